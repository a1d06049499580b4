"""What goes with a record that is erased, and moving people under the next storage key."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import RecordId
from salus.kernel.wrap import seal_at_rest
from salus.platform.work import Work
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.register import (
    forget_person,
    hashed_blocks,
    opened_person,
    person_at_rest,
)

_CHUNK = 1_000


def erase(work: Work, record: RecordId) -> None:
    forget_person(work.session, record)


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """People are sealed under the key, and what they are found by is hashed under it."""
    session.execute(delete(t.Blocked))
    last, ordered = 0, select(t.Known).order_by(t.Known.number)
    while rows := session.scalars(ordered.where(t.Known.number > last).limit(_CHUNK)).all():
        for row in rows:
            _move(session, row, old, new)
        last = rows[-1].number
        session.flush()
        session.expunge_all()


def _move(session: Session, row: t.Known, old: bytes, new: bytes) -> None:
    person = opened_person(row, old)
    row.sealed = seal_at_rest(new, person_at_rest(row.record), canonical_bytes(person))
    session.add_all(
        t.Blocked(record=row.record, key=key, second=second)
        for key, second in hashed_blocks(person, new)
    )
