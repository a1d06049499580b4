"""The people whom this node knows: writing them down, and finding those who may be one of them."""

import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.encoding import TAG, H
from salus.kernel.ids import RecordId, record_text
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.storage import guard
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.blocking import CROWDED, blocks
from salus.rights.identity.matching.errors import UnknownPerson
from salus.rights.identity.matching.events import Kind, LinkEvent, Links
from salus.rights.identity.matching.model import FLOOR, Candidate, judge, score
from salus.rights.identity.matching.person import Person

NEAR: Final = 2_000
"""The most people of one block who are compared, however crowded it is."""


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate; `is_active` says that its record is the one that stands for its person."""

    candidate: Candidate
    is_active: bool


def keep_person(session: Session, record: str, person: Person, *, storage_key: bytes) -> None:
    """Write a person down in the place of what was known; the enterprise id stays."""
    guard(session, storage_key)
    row = session.scalar(select(t.Known).where(t.Known.record == record))
    if row is None:
        row = t.Known(record=record, enterprise=secrets.token_hex(16), sealed=b"")
        session.add(row)
    row.sealed = seal_at_rest(storage_key, person_at_rest(record), canonical_bytes(person))
    session.flush()
    session.execute(delete(t.Blocked).where(t.Blocked.record == record))
    session.add_all(
        t.Blocked(record=record, key=key, second=second)
        for key, second in hashed_blocks(person, storage_key)
    )


def forget_person(session: Session, record: RecordId) -> None:
    """Erase what was known of a person. Events stay: they name random handles only."""
    text = record_text(record)
    for table in (t.Blocked, t.Written, t.Known):
        session.execute(delete(table).where(table.record == text))
    drop_reviews(session, text)


def drop_reviews(session: Session, record: str) -> None:
    of_record = or_(t.Review.left == record, t.Review.right == record)
    session.execute(delete(t.Review).where(of_record))


def person_in(session: Session, record: str, *, storage_key: bytes) -> Person:
    """Raises UnknownPerson."""
    row = session.scalar(select(t.Known).where(t.Known.record == record))
    if row is None:
        raise UnknownPerson(record=record)
    return opened_person(row, storage_key)


def find_known(session: Session, text: str) -> str:
    """A record by its handle, or by a beginning of it that is like no other.

    Raises UnknownPerson.
    """
    beginning = t.Known.record.startswith(text.lower(), autoescape=True)
    found = list(session.scalars(select(t.Known.record).where(beginning).limit(2)))
    if len(found) != 1 or not text:
        raise UnknownPerson(record=text[:32])
    return found[0]


def near(
    session: Session, person: Person, *, without: Collection[str] = (), storage_key: bytes
) -> list[Match]:
    """Candidates for a person, best first; `without` are records that are known to be theirs."""
    found = hashed_blocks(person, storage_key)
    keys = {each for key, second in found for each in _members(session, key, second)}
    rows = [
        row
        for chunk in _chunks(sorted(keys - set(without)))
        for row in session.scalars(select(t.Known).where(t.Known.record.in_(chunk)))
    ]
    people = {row.record: opened_person(row, storage_key) for row in rows}
    likely = [key for key, other in people.items() if score(person, other).bits > FLOOR]
    heads = enterprises(session, likely)
    own = {row.record: row.enterprise for row in rows}
    judged = judge(person, ((key, heads[key], people[key]) for key in likely))
    return [Match(each, each.cluster == own[each.key]) for each in judged]


def _members(session: Session, key: bytes, second: bytes) -> Iterator[str]:
    """The records of a block; of a crowded one those that share the second key too."""
    of_key = select(t.Blocked.record).where(t.Blocked.key == key)
    found = list(session.scalars(of_key.limit(CROWDED + 1)))
    if len(found) > CROWDED:
        found = list(session.scalars(of_key.where(t.Blocked.second == second).limit(NEAR)))
    yield from found


def hashed_blocks(person: Person, storage_key: bytes) -> list[tuple[bytes, bytes]]:
    """The two keys of each block."""
    secret = H(TAG("salus/match-block/1"), storage_key)

    def hashed(text: str) -> bytes:
        return blake2b(text.encode(), key=secret, digest_size=16).digest()

    return [(hashed(each.key), hashed(each.second)) for each in blocks(person)]


def opened_person(row: t.Known, storage_key: bytes) -> Person:
    return parse(Person, open_at_rest(storage_key, person_at_rest(row.record), row.sealed))


def person_at_rest(record: str) -> bytes:
    return TAG("identity_person") + record.encode()


def enterprises(session: Session, records: Iterable[str]) -> dict[str, str]:
    """The enterprise id of each record: that of the oldest record of its person."""
    wanted = list(records)
    links = links_of(session, wanted)
    groups = {record: links.group(record) for record in wanted}
    known = {
        row.record: (row.number, row.enterprise)
        for chunk in _chunks(sorted({each for group in groups.values() for each in group}))
        for row in session.scalars(select(t.Known).where(t.Known.record.in_(chunk)))
    }
    return {
        record: min(known[each] for each in group if each in known)[1]
        for record, group in groups.items()
    }


def links_of(session: Session, records: Iterable[str]) -> Links:
    """The links of records, and of all records that those lead to."""
    found: dict[int, LinkEvent] = {}
    seen: set[str] = set()
    waiting = set(records)
    while waiting:
        rows = [row for chunk in _chunks(sorted(waiting)) for row in _events(session, chunk)]
        events = [parse(LinkEvent, row.event) for row in rows]
        found |= {event.number: event for event in events}
        seen |= waiting
        linked = [event for event in events if event.kind == Kind.LINKED.value]
        waiting = {end for event in linked for end in event.pair()} - seen
    return Links.of(found[number] for number in sorted(found))


def _events(session: Session, records: list[str]) -> Iterable[t.Event]:
    asked = or_(t.Event.left.in_(records), t.Event.right.in_(records))
    return session.scalars(select(t.Event).where(asked))


def _chunks(records: list[str], size: int = 400) -> Iterator[list[str]]:
    """SQLite takes a limited number of values in one statement."""
    return (records[at : at + size] for at in range(0, len(records), size))
