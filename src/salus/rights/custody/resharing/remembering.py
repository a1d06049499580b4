"""What the source remembers of keys that went to other holders."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import UnitId
from salus.platform.database import insert_or_replace
from salus.rights.custody.dealing import close
from salus.rights.custody.ledger import bump, epochs_of
from salus.rights.custody.resharing.handing import Ack
from salus.rights.custody.resharing.messages import Dealt
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.tables import Acknowledgement, DealtUnit
from salus.rights.identity.ledger import send
from salus.rights.records.model import UnitKind


def keep_acks(session: Session, acks: Sequence[Ack]) -> None:
    """Who signed that it holds its part of which new dealing."""
    rows = [
        {"dealing_id": ack.dealing, "holder": ack.holder, "signature": ack.signature}
        for ack in acks
    ]
    insert_or_replace(session, Acknowledgement, rows)


def keep_dealings(session: Session, dealt: Dealt) -> None:
    """The dealings that are in force; the key of the unit stays what it was."""
    for deal in dealt.deals:
        dealing = deal.dealing
        row = session.get(DealtUnit, (dealing.unit, dealing.epoch))
        if row is not None:
            row.dealing, row.dealing_id = canonical_bytes(dealing), dealing.id()


def begin_next_epochs(move: Move, dealt: Dealt) -> None:
    """A unit whose present key was known to the old holders gets another for what is added.

    A snapshot gets nothing any more. Done twice it begins no second one.
    """
    growing = [each for each in dealt.replaced if each.kind != UnitKind.SNAPSHOT]
    units = list(dict.fromkeys((UnitId(each.unit), each.section) for each in growing))
    present = zip(units, epochs_of(move.node, move.record, units), strict=True)
    newest = {unit: in_force[-1] for (unit, _), in_force in present}
    due = [each for each in growing if newest[UnitId(each.unit)] == each.epoch]
    by = move.source.signing
    if due:
        calls = [bump(move.node, move.record, UnitId(each.unit), by=by) for each in due]
        send(move.node, *calls)
    with move.node.sessions() as session, session.begin():
        for each in dealt.replaced:
            unit, below = UnitId(each.unit), each.epoch + 1
            close(session, unit, below=below, storage_key=move.storage_key)
