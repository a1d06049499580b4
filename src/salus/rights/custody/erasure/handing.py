"""Remembering what leaves for the keepers until it is written down as a record's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import Digest, ObjectId, record_text
from salus.platform.database import insert_or_replace
from salus.platform.work import Node, Work, enqueue, is_waiting
from salus.rights.custody.erasure.tables import HandedOut
from salus.rights.custody.model import Dealing

SWEEP = "custody.sweep"
SWEPT_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """An object and the dealing of its unit; `is_new` says that the unit comes with it."""

    object_id: ObjectId
    segment_root: Digest
    dealing: Dealing
    is_new: bool


def note(node: Node, leaving: Sequence[Leaving]) -> None:
    """In a transaction of its own, before anything leaves; a job looks after it an hour later."""
    now = node.clock.now()
    rows = [
        {
            "object_id": each.object_id,
            "record": record_text(each.dealing.record),
            "unit": each.dealing.unit,
            "dealing": canonical_bytes(each.dealing) if each.is_new else b"",
            "segment_root": each.segment_root,
            "at": seconds(now),
        }
        for each in leaving
    ]
    if not rows:
        return
    with node.sessions() as session, session.begin():
        insert_or_replace(session, HandedOut, rows)
        work = Work(node, session)
        if not is_waiting(work, SWEEP):
            enqueue(work, SWEEP, run_at=now + SWEPT_AFTER)


def forget(session: Session, objects: Sequence[ObjectId]) -> None:
    """They are a record's from this transaction on."""
    session.connection().execute(delete(HandedOut).where(HandedOut.object_id.in_(list(objects))))
