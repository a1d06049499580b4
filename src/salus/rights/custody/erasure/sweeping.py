"""A source takes back what imports that died left with keepers and in the vault, an hour later."""

from collections.abc import Callable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Digest, ObjectId, RecordId, UnitId, record_from_text
from salus.platform.work import Node
from salus.rights.consent.authority.tables import ControlRow
from salus.rights.custody.erasure.errors import KeepersMissing
from salus.rights.custody.erasure.handing import SWEPT_AFTER
from salus.rights.custody.erasure.messages import Withdraw, withdraw_digest
from salus.rights.custody.erasure.service import Eraser, request
from salus.rights.custody.erasure.tables import HandedOut
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import ask_all
from salus.rights.records.tables import Object, Subject

FindEraser = Callable[[RecordId], Eraser]


def sweep(node: Node, eraser_for: FindEraser) -> int:
    """Take back what is older than an hour, and erase again what a restored backup brought back.

    Returns how many objects were taken back. Raises KeepersMissing; the others are done then.
    """
    for record in _returned(node):
        request(eraser_for(record), record)
    done, missing = 0, set[str]()
    for record, rows in _stale(node).items():
        silent = _withdraw(eraser_for(record), record, rows)
        missing |= silent
        done += 0 if silent else _drop(node, rows)
    if missing:
        raise KeepersMissing(missing=", ".join(sorted(missing)))
    return done


def _returned(node: Node) -> list[RecordId]:
    """Records that are here though the ledger says that they are erased."""
    erased = select(Subject.record).join(ControlRow, ControlRow.record == Subject.record)
    with node.reading() as session:
        found = session.scalars(erased.where(ControlRow.erased_at != 0))
        return [record_from_text(each) for each in found]


def _stale(node: Node) -> dict[RecordId, list[HandedOut]]:
    oldest = seconds(node.clock.now() - SWEPT_AFTER)
    found: dict[RecordId, list[HandedOut]] = {}
    with node.reading() as session:
        for row in session.scalars(select(HandedOut).where(HandedOut.at <= oldest)):
            found.setdefault(record_from_text(row.record), []).append(row)
    return found


def _withdraw(eraser: Eraser, record: RecordId, rows: Sequence[HandedOut]) -> set[str]:
    """Who did not answer."""
    objects = tuple(ObjectId(row.object_id) for row in rows)
    units = tuple(dict.fromkeys(UnitId(row.unit) for row in rows if row.dealing))
    digest = withdraw_digest(domain_of(eraser.node), record, objects, units)
    told = Withdraw(record, objects, units, eraser.by.sign(digest))
    _, errors = ask_all(eraser.keepers.all(), lambda keeper: keeper.withdraw(told))
    return set(errors)


def _drop(node: Node, rows: Sequence[HandedOut]) -> int:
    """Bodies first: a row names what is left to do."""
    with node.reading() as session:
        names = [Digest(row.segment_root) for row in rows if not _is_kept(session, row)]
    node.vault.delete_all(names)
    with node.sessions() as session, session.begin():
        ids = [row.object_id for row in rows]
        session.connection().execute(delete(HandedOut).where(HandedOut.object_id.in_(ids)))
    return len(rows)


def _is_kept(session: Session, row: HandedOut) -> bool:
    mine = select(Object.object_id).where(Object.segment_root == row.segment_root)
    return session.scalar(mine.limit(1)) is not None
