"""A keeper deletes what the ledger says is not in force any more, and signs for it."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import UnitId, record_text
from salus.platform.database import scrub
from salus.rights.custody.erasure.messages import Erased, HeldPart, deleted_digest
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.resharing.errors import BadSplit
from salus.rights.custody.resharing.messages import Retire
from salus.rights.custody.resharing.ordering import Ordered, ordered
from salus.rights.custody.resharing.tables import JoinedShare
from salus.rights.custody.tables import HeldSecret, StoredObject


def retire(keeper: Keeper, ask: Retire) -> Erased:
    """Delete parts of a record that are for another set than the present, or of an ended epoch.

    What was deleted has left the files before anything is signed; twice is once. Raises
    NotOrdered, StillRead, and BadSplit for a part that is in force: nothing is deleted then.
    """
    order = ordered(keeper, ask.order, by_source=True)
    with keeper.sessions() as session, session.begin():
        mine = select(HeldSecret).where(HeldSecret.record == record_text(ask.order.record))
        rows = list(session.scalars(mine.order_by(HeldSecret.generation)))
        found = {part_of(Held.of(row)): row for row in rows}
        gone = [found[part] for part in ask.parts if part in found]
        if any(_is_in_force(keeper, order, Held.of(row)) for row in gone):
            raise BadSplit(holder=keeper.party.name, reason="in-force")
        keeper.vault.delete_all(_bodies(keeper, session, order, gone))
        superseded = [
            row
            for row, held in ((row, Held.of(row)) for row in rows)
            if found[part_of(held)] is not row and not _is_in_force(keeper, order, held)
        ]
        for row in (*gone, *superseded):
            session.delete(row)
        left = JoinedShare.record == record_text(ask.order.record)
        session.execute(delete(JoinedShare).where(left, JoinedShare.set != ask.order.set))
    keeper.kept.forget()
    if gone:
        scrub(keeper.database)
    return _signed(keeper, ask.parts)


def part_of(held: Held) -> HeldPart:
    """A part as a receipt of its deletion names it."""
    dealing = held.dealing
    return HeldPart(UnitId(dealing.unit), dealing.epoch, held.index, dealing.commit_of(held.index))


def _is_in_force(keeper: Keeper, order: Ordered, held: Held) -> bool:
    present = keeper.ledger.set_of(held.record, at=order.block)
    return held.dealing.set == present and not _has_ended(keeper, order, held)


def _has_ended(keeper: Keeper, order: Ordered, held: Held) -> bool:
    in_force = keeper.ledger.epochs(held.record, held.dealing, at=order.block)
    return held.dealing.epoch not in in_force


def _bodies(
    keeper: Keeper, session: Session, order: Ordered, gone: Sequence[HeldSecret]
) -> list[bytes]:
    """What lies under keys of epochs that have ended, whose wraps are deleted on the way.

    They go before the rows do: a row names what is left.
    """
    names: list[bytes] = []
    for row in gone:
        if row.index != 0 or not _has_ended(keeper, order, Held.of(row)):
            continue
        for stored in session.scalars(select(StoredObject).where(StoredObject.unit == row.unit)):
            found = keeper.kept.object(session, stored.object_id)
            if found is not None and found.manifest.epoch == row.epoch:
                names.append(found.manifest.segment_root)
                session.delete(stored)
    return names


def _signed(keeper: Keeper, parts: Sequence[HeldPart]) -> Erased:
    """Once it is gone: for what was deleted before, and what never was here, too."""
    time, sign = seconds(keeper.clock.now()), keeper.party.signing.sign
    digests = (deleted_digest(keeper.ledger.domain, part, time) for part in parts)
    return Erased(time, tuple(map(sign, digests)))
