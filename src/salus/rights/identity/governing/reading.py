"""What the index knows of proposals and of the members of the consortium."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest
from salus.rights.identity.governing.errors import NoSuchProposal
from salus.rights.identity.governing.model import Action, Proposal
from salus.rights.identity.governing.projections import counted, needed
from salus.rights.identity.governing.tables import (
    ApprovalRow,
    GovernorRow,
    OrganizationRow,
    ProposalRow,
)
from salus.rights.identity.model import ActionKind, Roles


@dataclass(frozen=True, slots=True)
class Organization:
    """A member; `attributes` are the word that governors attest, `admitted_at` in seconds."""

    address: Address
    roles: Roles
    attributes: Digest
    is_active: bool
    is_governor: bool
    admitted_at: int


def proposals(session: Session) -> list[Proposal]:
    """Every one that there was, the oldest first."""
    rows = session.scalars(select(ProposalRow).order_by(ProposalRow.number))
    return [_proposal(session, row) for row in rows.all()]


def find_proposal(session: Session, text: str) -> Proposal:
    """One by its id or a beginning of it. Raises NoSuchProposal."""
    prefix = text.lower().removeprefix("0x")
    rows = session.scalars(select(ProposalRow)).all()
    found = [row for row in rows if row.id.hex().startswith(prefix)]
    if len(found) != 1 or not prefix:
        raise NoSuchProposal(proposal=text[:66])
    return _proposal(session, found[0])


def _proposal(session: Session, row: ProposalRow) -> Proposal:
    mine = select(ApprovalRow.governor).where(ApprovalRow.proposal == row.id)
    approvals = session.scalars(mine.order_by(ApprovalRow.number)).all()
    action = Action(
        ActionKind(row.kind),
        Address(row.org),
        int.from_bytes(row.value, "big"),
        Digest(row.attributes),
        Address(row.other),
    )
    return Proposal(
        Digest(row.id),
        action,
        Address(row.proposer),
        row.proposed_at,
        row.done_at,
        tuple(map(Address, approvals)),
        counted(session, row.id),
        needed(session),
    )


def governors(session: Session) -> list[Address]:
    """Who decides, in the order of their addresses."""
    return [
        Address(org) for org in session.scalars(select(GovernorRow.org).order_by(GovernorRow.org))
    ]


def organizations(session: Session) -> list[Organization]:
    """Every member that was admitted, in the order of admission."""
    deciding = set(governors(session))
    rows = session.scalars(
        select(OrganizationRow).order_by(OrganizationRow.admitted_at, OrganizationRow.org)
    )
    return [
        Organization(
            Address(row.org),
            Roles(int.from_bytes(row.roles, "big")),
            Digest(row.attributes),
            row.is_active,
            row.org in deciding,
            row.admitted_at,
        )
        for row in rows
    ]
