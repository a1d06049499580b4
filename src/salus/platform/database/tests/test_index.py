"""The index is a function of the events: replayed, it is the same."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.platform.database import (
    Database,
    Difference,
    IndexTable,
    SqlIndex,
    open_memory,
    rebuild,
)
from salus.platform.ledger import Block, DecodedEvent


class Tally(IndexTable):
    """How often each name was called, and where last."""

    __tablename__ = "test_tally"

    name: Mapped[bytes] = mapped_column(primary_key=True)
    calls: Mapped[int]
    block: Mapped[int]


TALLIES = IndexTable.metadata.tables[Tally.__tablename__]
IndexTable.metadata.remove(TALLIES)


@pytest.fixture(autouse=True, scope="module")
def among_the_tables() -> Iterator[None]:
    """While these tests run, and not where others rebuild the index of a whole home."""
    added = TALLIES.to_metadata(IndexTable.metadata)
    yield
    IndexTable.metadata.remove(added)


def called(session: Session, event: DecodedEvent) -> None:
    row = session.get(Tally, event.values["name"])
    if row is None:
        row = Tally(name=event.values["name"], calls=0)
        session.add(row)
    row.calls += 1
    row.block = event.block.number


PROJECTIONS = {("Bell", "Called"): called}
Calls = Sequence[tuple[int, bytes]]


def block(number: int) -> Block:
    return Block(number, number.to_bytes(32, "big"), number)


def event(number: int, name: bytes) -> DecodedEvent:
    return DecodedEvent("Bell", "Called", {"name": name}, block(number), bytes(32), 0)


def replay(calls: Calls, *, step: int = 3) -> Callable[[SqlIndex], None]:
    """A follower that brings `calls` in steps of blocks, to 20."""

    def follow(index: SqlIndex) -> None:
        while (cursor := index.cursor()) < 20:
            last = min(cursor + step, 20)
            events = [event(*each) for each in calls if cursor < each[0] <= last]
            index.apply(events, block(last))

    return follow


def followed(calls: Calls) -> Database:
    database = open_memory()
    IndexTable.metadata.create_all(database.engine)
    replay(calls)(SqlIndex(database.write, PROJECTIONS))
    return database


def rows(database: Database) -> list[tuple[bytes, int, int]]:
    with database.read() as session:
        return sorted((row.name, row.calls, row.block) for row in session.query(Tally))


CALLS = [(1, b"a"), (2, b"b"), (2, b"a"), (15, b"c")]
_calls = st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=2)), max_size=30).map(sorted)


def test_events_become_rows_and_move_the_cursor() -> None:
    database = followed(CALLS)

    assert SqlIndex(database.write, PROJECTIONS).cursor() == 20
    assert rows(database) == [(b"a", 2, 2), (b"b", 1, 2), (b"c", 1, 15)]


def test_an_empty_index_stands_before_the_first_block() -> None:
    database = open_memory()
    IndexTable.metadata.create_all(database.engine)

    assert SqlIndex(database.write, PROJECTIONS).cursor() == -1


def test_events_applied_twice_count_once() -> None:
    database = followed(CALLS)
    index = SqlIndex(database.write, PROJECTIONS)
    index.apply([event(*each) for each in CALLS], block(20))
    index.apply([event(15, b"c"), event(21, b"c")], block(21))

    assert rows(database) == [(b"a", 2, 2), (b"b", 1, 2), (b"c", 2, 21)]


def test_a_projection_that_fails_moves_neither_rows_nor_cursor() -> None:
    def fails(session: Session, event: DecodedEvent) -> None:
        called(session, event)
        raise RuntimeError("torn")

    database = open_memory()
    IndexTable.metadata.create_all(database.engine)
    index = SqlIndex(database.write, {("Bell", "Called"): fails})
    with pytest.raises(RuntimeError, match="torn"):
        index.apply([event(1, b"a")], block(1))

    assert index.cursor() == -1
    assert rows(database) == []


def test_an_event_without_projection_only_moves_the_cursor() -> None:
    database = open_memory()
    IndexTable.metadata.create_all(database.engine)
    index = SqlIndex(database.write, {})
    index.apply([event(1, b"a")], block(1))

    assert index.cursor() == 1


@settings(max_examples=25, deadline=None)
@given(_calls, st.integers(1, 21))
def test_a_rebuilt_index_is_the_same(calls: Calls, step: int) -> None:
    database = followed(calls)
    before = rows(database)

    assert rebuild(database, PROJECTIONS, replay(calls, step=step)) == ()
    assert rows(database) == before


def test_rebuilding_names_and_mends_what_was_changed() -> None:
    database = followed(CALLS)
    before = rows(database)
    with database.write() as session, session.begin():
        session.get_one(Tally, b"a").calls = 7
        session.delete(session.get_one(Tally, b"b"))
        session.add(Tally(name=b"z", calls=1, block=1))

    assert rebuild(database, PROJECTIONS, replay(CALLS)) == (Difference("test_tally", 3),)
    assert rows(database) == before


def test_rebuilding_compares_where_the_old_index_stands() -> None:
    late = [*CALLS, (25, b"late")]
    database = followed(CALLS)

    def further(index: SqlIndex) -> None:
        for number, group in groupby(late, key=lambda each: each[0]):
            index.apply([event(*each) for each in group], block(number))

    assert rebuild(database, PROJECTIONS, further) == ()
    assert (b"late", 1, 25) in rows(database)


def test_an_index_that_was_dropped_comes_back() -> None:
    database = followed(CALLS)
    before = rows(database)
    IndexTable.metadata.drop_all(database.engine)
    rebuild(database, PROJECTIONS, replay(CALLS))

    assert rows(database) == before
    assert SqlIndex(database.write, PROJECTIONS).cursor() == 20


def test_a_replay_that_fails_leaves_the_old_index() -> None:
    database = followed(CALLS)
    before = rows(database)

    def fails(index: SqlIndex) -> None:
        index.apply([event(1, b"x")], block(1))
        raise RuntimeError("ledger gone")

    with pytest.raises(RuntimeError, match="ledger gone"):
        rebuild(database, PROJECTIONS, fails)

    assert rows(database) == before
