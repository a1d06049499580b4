"""Writing the audit in the transaction of what it tells, reading it, and proving it.

The log of a node, or of one keeper, is numbered from 1. Whoever writes holds the writer's lock of
the database, so two processes never write the same line.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, cast, delete, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest, RecordId, record_text
from salus.kernel.merkle import consistency, root
from salus.rights.consent.audit.errors import AuditBroken
from salus.rights.consent.audit.model import (
    ID,
    PSEUDONYM,
    SALT,
    Act,
    Entry,
    Fault,
    Line,
    Link,
    faults,
    line_of,
)
from salus.rights.consent.audit.tables import AuditEntry, AuditSubject

_CHUNK = 1_000


# WRITING


def append(session: Session, node: Address, acts: Sequence[Act]) -> None:
    """Add the lines of acts to the log of `node`, in their order; the caller commits.

    Raises AuditBroken where what a line would follow is nothing that was written here.
    """
    if not acts:
        return
    last = end_of(session)
    names = {record: _pseudonym(session, record) for record in {act.record for act in acts}}
    if not all(isinstance(each, bytes) for each in (last.leaf, *names.values())):
        raise AuditBroken(log=to_hex(node), sequence=last.sequence, reason="unreadable")
    rows = []
    for act in acts:
        line = line_of(_entry(act, node, names[act.record], last), secrets.token_bytes(SALT))
        rows.append(
            {
                "sequence": line.sequence,
                "subject": line.subject,
                "salt": line.salt,
                "leaf": line.leaf,
                "content": line.content,
            }
        )
        last = Link(line.sequence, Digest(line.leaf))
    session.connection().execute(insert(AuditEntry), rows)


def _entry(act: Act, node: Address, subject: bytes, last: Link) -> Entry:
    return Entry(
        id=secrets.token_bytes(ID),
        sequence=last.sequence + 1,
        at=act.at,
        node=node,
        request=act.request,
        action=act.action,
        purpose=act.purpose,
        outcome=act.outcome.value,
        actor=act.actor,
        subject=subject,
        parts=act.parts,
        query=act.query,
        count=act.count or len(act.parts),
        basis=act.basis,
        previous=last.leaf,
    )


def _pseudonym(session: Session, record: RecordId) -> bytes:
    """The pseudonym of a record in this log: random, and made when it is first needed."""
    found = session.get(AuditSubject, record_text(record))
    if found is None:
        found = AuditSubject(record=record_text(record), pseudonym=secrets.token_bytes(PSEUDONYM))
        session.add(found)
        session.flush()
    return found.pseudonym


def erase(session: Session, record: RecordId) -> None:
    """Forget whose lines they are, and what opens their hashes; the lines and the chain stay."""
    found = session.get(AuditSubject, record_text(record))
    if found is None:
        return
    mine = update(AuditEntry).where(
        AuditEntry.subject == found.pseudonym, AuditEntry.salt.is_not(None)
    )
    session.execute(mine.values(salt=None))
    session.execute(delete(AuditSubject).where(AuditSubject.record == record_text(record)))


# READING


def end_of(session: Session) -> Link:
    """The last line of the log; the link of an empty one has the number 0."""
    columns = select(AuditEntry.sequence, AuditEntry.leaf)
    row = session.execute(columns.order_by(AuditEntry.sequence.desc()).limit(1)).first()
    return Link(row.sequence, Digest(row.leaf)) if row else Link()


def lines(
    session: Session, record: RecordId | None = None, *, after: int = 0, most: int | None = None
) -> Iterator[Line]:
    """The lines of one record, or all, behind a number, oldest first, `most` at the most."""
    left = most
    while left is None or left > 0:
        chunk = _lines(session, record, after, _CHUNK if left is None else min(left, _CHUNK))
        yield from chunk
        if not chunk:
            return
        after = chunk[-1].sequence
        left = None if left is None else left - len(chunk)


def _lines(session: Session, record: RecordId | None, after: int, most: int) -> list[Line]:
    columns = (AuditEntry.subject, AuditEntry.salt, AuditEntry.content, AuditEntry.leaf)
    rows = select(AuditEntry.sequence, *map(_raw, columns)).where(AuditEntry.sequence > after)
    if record is not None:
        own = select(AuditSubject.pseudonym).where(AuditSubject.record == record_text(record))
        rows = rows.where(AuditEntry.subject.in_(own))
    found = session.execute(rows.order_by(AuditEntry.sequence).limit(most))
    return [
        Line(sequence, subject, salt or b"", content, leaf)
        for sequence, subject, salt, content, leaf in found
    ]


def _raw(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Bytes, also where somebody who changed a row has left a text."""
    return cast(column, LargeBinary)


# PROVING


@dataclass(frozen=True, slots=True)
class Head:
    """How long a log is, and its RFC 6962 root; zeros of an empty one."""

    size: int
    root: Digest


def leaves(session: Session, size: int | None = None) -> list[bytes]:
    """The leaf hashes of a log, or of its first lines."""
    rows = select(_raw(AuditEntry.leaf)).order_by(AuditEntry.sequence)
    return list(session.scalars(rows if size is None else rows.where(AuditEntry.sequence <= size)))


def head_of(known: Sequence[bytes]) -> Head:
    """The head over leaf hashes."""
    return Head(len(known), Digest(root(known) if known else bytes(32)))


def extends(known: Sequence[bytes], since: int) -> tuple[Digest, ...]:
    """The proof that a log extends its own first `since` lines; empty where there is none."""
    return tuple(map(Digest, consistency(known, since))) if 0 < since <= len(known) else ()


def verify(session: Session, node: Address) -> Iterator[Fault]:
    """Every line of a log that is not what it was."""
    return faults(lines(session), node)
