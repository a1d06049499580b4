"""Make the index anew from the ledger, and say where the present one was wrong."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from salus.platform.database.engine import Database, open_memory
from salus.platform.database.index import Projections, SqlIndex, cursor_of
from salus.platform.database.schema import create_index
from salus.platform.database.tables import IndexTable
from salus.platform.ledger import Block, DecodedEvent

Replay = Callable[[SqlIndex], object]
"""Brings an index up to the ledger's last final block."""
_Row = tuple[Any, ...]
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A table of the index and the number of its rows that the ledger did not confirm."""

    table: str
    rows: int


def rebuild(database: Database, projections: Projections, replay: Replay) -> tuple[Difference, ...]:
    """Replay the ledger into a fresh index, compare at the old cursor, put the fresh one in.

    The old index is replaced in one transaction: a crash leaves one of the two, whole.
    """
    create_index(database)
    fresh = open_memory()
    try:
        create_index(fresh)
        index = _Replica(fresh, projections, database)
        replay(index)
        found = index.differences()
        _swap(fresh, database)
    finally:
        fresh.close()
    return found


class _Replica(SqlIndex):
    """A fresh index that stops once, where the old one stands, to compare the two."""

    def __init__(self, fresh: Database, projections: Projections, old: Database) -> None:
        super().__init__(fresh.write, projections)
        self._fresh, self._old = fresh, old
        self._found: tuple[Difference, ...] | None = None
        with old.read() as session:
            self._stop = cursor_of(session)

    def apply(self, events: Sequence[DecodedEvent], upto: Block) -> None:
        if self._found is None and self._stop <= upto.number:
            self._apply(events, self._stop)
            self.differences()
        self._apply(events, upto.number)

    def differences(self) -> tuple[Difference, ...]:
        if self._found is None:
            with self._fresh.read() as fresh, self._old.read() as old:
                self._found = tuple(_compare(fresh, old))
        return self._found


def _compare(fresh: Session, old: Session) -> Iterator[Difference]:
    for table in IndexTable.metadata.sorted_tables:
        merged = heapq.merge(_rows(fresh, table), _rows(old, table))
        pairs = (list(rows) for _, rows in groupby(merged, key=lambda keyed: keyed[0]))
        differing = sum(len(rows) != 2 or rows[0] != rows[1] for rows in pairs)
        if differing:
            yield Difference(table.name, differing)


def _rows(session: Session, table: Table) -> Iterator[tuple[_Row, str]]:
    """Each row as (primary key, all columns as text), in the order of the key."""
    keys = list(table.primary_key)
    for row in session.execute(select(*keys, *table.columns).order_by(*keys)):
        yield tuple(row[: len(keys)]), repr(tuple(row[len(keys) :]))


def _swap(fresh: Database, old: Database) -> None:
    tables = IndexTable.metadata.sorted_tables
    with fresh.read() as source, old.write() as target, target.begin():
        for table in reversed(tables):
            target.execute(delete(table))
        for table in tables:
            rows = source.execute(select(table)).mappings().partitions(_CHUNK)
            for chunk in rows:
                target.execute(insert(table), [dict(row) for row in chunk])
