"""Controllers and grants on the ledger, and the rows of grants in the index."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, GrantId, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call, DecodedEvent
from salus.platform.work import Node
from salus.rights.consent.authority.projections import PROJECTIONS as CONTROL
from salus.rights.consent.model import GrantState, Terms
from salus.rights.consent.tables import GrantRow
from salus.rights.identity.ledger import View, signed, view


class Stated(NamedTuple):
    """A grant as the ledger has it, in the order of the ABI."""

    grant: GrantId
    record: RecordId
    commitment: Digest
    wording: Digest
    purposes: int
    not_before: int
    not_after: int


def enroll(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, "Authority", "enroll", record, by.address, by=by)


def controller_of(node: Node, record: RecordId) -> Address:
    return Address(view(node, "Authority", "controllerOf", record))


def account_of(node: Node, record: RecordId) -> Address:
    """The subject account of a record, also before it is enrolled."""
    return Address(view(node, "Authority", "accountOf", record))


def propose(node: Node, grant: GrantId, terms: Terms, salt: Digest, *, by: SigningKey) -> Call:
    first, last = terms.days()
    stated = Stated(
        grant,
        terms.record,
        terms.commitment(salt),
        terms.wording,
        terms.clause.purpose_bits(),
        first,
        last,
    )
    return signed(node, "ConsentRegistry", "propose", tuple(stated), by=by)


def revoke(node: Node, grant: GrantId, *, by: SigningKey) -> Call:
    return signed(node, "ConsentRegistry", "revoke", grant, by=by)


def stated(ask: View, grant: bytes, *, at: Block) -> tuple[Stated, bool]:
    """A grant and whether it is live at a block."""
    terms, _, _ = ask("ConsentRegistry", "grantState", grant, at=at)
    return Stated(*terms), bool(ask("ConsentRegistry", "isLive", grant, at=at))


def _proposed(session: Session, event: DecodedEvent) -> None:
    terms = Stated(*event.values["terms"])
    session.add(
        GrantRow(
            grant=terms.grant,
            record=record_text(terms.record),
            state=GrantState.PROPOSED,
            commitment=terms.commitment,
            not_before=terms.not_before,
            not_after=terms.not_after,
            block=event.block.number,
        )
    )


def _live(session: Session, event: DecodedEvent) -> None:
    session.get_one(GrantRow, event.values["grant"]).state = GrantState.LIVE


def _ended(session: Session, event: DecodedEvent) -> None:
    session.get_one(GrantRow, event.values["grant"]).state = GrantState.ENDED


PROJECTIONS = CONTROL | {
    ("ConsentRegistry", "GrantProposed"): _proposed,
    ("ConsentRegistry", "GrantLive"): _live,
    ("ConsentRegistry", "GrantEnded"): _ended,
}
