"""From the events of Organizations to rows of the index.

The ledger does not say which approval was the last that was needed: it is counted here as there.
"""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY
from salus.platform.ledger import DecodedEvent
from salus.rights.identity.governing.tables import (
    ApprovalRow,
    CouncilRow,
    GovernorRow,
    OrganizationRow,
    ProposalRow,
)

_ONE = 1


def _proposed(session: Session, event: DecodedEvent) -> None:
    values = event.values
    kind, org, value, attributes, other = values["action"]
    count = session.scalar(select(func.count()).select_from(ProposalRow)) or 0
    session.add(
        ProposalRow(
            id=values["id"],
            number=count + 1,
            kind=kind,
            org=org,
            value=value.to_bytes(32, "big"),
            attributes=attributes,
            other=other,
            proposer=values["governor"],
            proposed_at=event.block.time,
            done_at=0,
        )
    )


def _approved(session: Session, event: DecodedEvent) -> None:
    proposal, governor = event.values["id"], event.values["governor"]
    mine = select(func.max(ApprovalRow.number)).where(ApprovalRow.proposal == proposal)
    last = session.scalar(mine) or 0
    session.add(ApprovalRow(proposal=proposal, governor=governor, number=last + 1))
    session.flush()
    if counted(session, proposal) >= needed(session):
        session.get_one(ProposalRow, proposal).done_at = event.block.time


def counted(session: Session, proposal: bytes) -> int:
    """The approvals of those who govern now."""
    found = session.scalar(
        select(func.count())
        .select_from(ApprovalRow)
        .join(GovernorRow, GovernorRow.org == ApprovalRow.governor)
        .where(ApprovalRow.proposal == proposal)
    )
    return found or 0


def needed(session: Session) -> int:
    """How many governors have to agree."""
    return session.get_one(CouncilRow, _ONE).threshold


def _withdrawn(session: Session, event: DecodedEvent) -> None:
    session.execute(
        delete(ApprovalRow).where(
            ApprovalRow.proposal == event.values["id"],
            ApprovalRow.governor == event.values["governor"],
        )
    )


def _governors_changed(session: Session, event: DecodedEvent) -> None:
    org = event.values["org"]
    if event.values["isGovernor"]:
        session.merge(GovernorRow(org=org))
    elif org != NOBODY:
        session.execute(delete(GovernorRow).where(GovernorRow.org == org))
    session.merge(CouncilRow(one=_ONE, threshold=event.values["threshold"]))


def _admitted(session: Session, event: DecodedEvent) -> None:
    session.add(
        OrganizationRow(
            org=event.values["org"],
            roles=_bits(event.values["roles"]),
            attributes=event.values["attributes"],
            is_active=True,
            admitted_at=event.block.time,
        )
    )


def _suspended(session: Session, event: DecodedEvent) -> None:
    _organization(session, event).is_active = False


def _reinstated(session: Session, event: DecodedEvent) -> None:
    _organization(session, event).is_active = True


def _roles_set(session: Session, event: DecodedEvent) -> None:
    _organization(session, event).roles = _bits(event.values["roles"])


def _attributes_set(session: Session, event: DecodedEvent) -> None:
    _organization(session, event).attributes = event.values["attributes"]


def _organization(session: Session, event: DecodedEvent) -> Any:
    return session.get_one(OrganizationRow, event.values["org"])


def _bits(roles: int) -> bytes:
    return roles.to_bytes(20, "big")


BOOK = "Organizations"
PROJECTIONS = {
    (BOOK, "Proposed"): _proposed,
    (BOOK, "Approved"): _approved,
    (BOOK, "Withdrawn"): _withdrawn,
    (BOOK, "GovernorsChanged"): _governors_changed,
    (BOOK, "Admitted"): _admitted,
    (BOOK, "Suspended"): _suspended,
    (BOOK, "Reinstated"): _reinstated,
    (BOOK, "RolesSet"): _roles_set,
    (BOOK, "AttributesSet"): _attributes_set,
}
