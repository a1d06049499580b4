"""The rows of a whole store from one database into another, whichever kind each of them is.

Values travel as Python has them, so that a file and a server of any version understand each other.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Table, insert, inspect, select
from sqlalchemy.orm import Session

from salus.kernel.ids import Digest
from salus.platform.capability import import_tables
from salus.platform.database.engine import name_of
from salus.platform.database.errors import CopyDiffers, DatabaseVersion
from salus.platform.database.tables import IndexTable, PrivateTable

_CHUNK = 2_000  # rows that are in memory at a time
_REVISIONS = "alembic_version"


@dataclass(frozen=True, slots=True)
class Copied:
    """A table, how many rows arrived, and the SHA-256 over them in the order of their keys."""

    table: str
    rows: int
    sha256: Digest


def copy_rows(source: Session, target: Session) -> tuple[Copied, ...]:
    """Every row of a store, in the transactions of the two sessions, read again where it arrived.

    The target has the tables of this release and no rows. Raises DatabaseVersion where the source
    has others, and CopyDiffers.
    """
    if _revisions(source) != _revisions(target):
        raise DatabaseVersion(database=_name(source))
    return tuple(_copy(table, source, target) for table in _tables(source))


def _revisions(session: Session) -> set[str]:
    if _REVISIONS not in _names(session):
        return set()
    asked = f"SELECT version_num FROM {_REVISIONS}"  # noqa: S608
    return set(session.connection().exec_driver_sql(asked).scalars())


def _tables(session: Session) -> list[Table]:
    """Those of a store, each after the tables that it refers to. Raises DatabaseVersion."""
    import_tables()
    kinds = (PrivateTable.metadata, IndexTable.metadata)
    known = [table for kind in kinds for table in kind.sorted_tables]
    there = _names(session) - {_REVISIONS}
    if there - {table.name for table in known}:
        raise DatabaseVersion(database=_name(session))
    return [table for table in known if table.name in there]


def _names(session: Session) -> set[str]:
    """Asked for by the schema: an inspector would remember that of the first connection."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return set(inspect(connection).get_table_names())
    asked = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    return set(connection.exec_driver_sql(asked).scalars())


def _copy(table: Table, source: Session, target: Session) -> Copied:
    sent, arrived = _Sum(), _Sum()
    with closing(_chunks(table, source)) as chunks:
        for rows in chunks:
            target.connection().execute(insert(table), rows)
            sent.add(rows)
    _go_on_counting(table, target)
    with closing(_chunks(table, target)) as chunks:
        for rows in chunks:
            arrived.add(rows)
    if (sent.rows, sent.digest()) != (arrived.rows, arrived.digest()):
        raise CopyDiffers(table=table.name)
    return Copied(table.name, arrived.rows, arrived.digest())


def _chunks(table: Table, session: Session) -> Generator[Sequence[Mapping[str, Any]]]:
    """Closed by who asks, so that a cursor at a server is not left open where the copy breaks."""
    asked = select(table).order_by(*table.primary_key).execution_options(yield_per=_CHUNK)
    with session.execute(asked) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _go_on_counting(table: Table, target: Session) -> None:
    """A file numbers rows after the last one; a server must be told which that is, if it is 1 or
    more: so it begins, and a number that is NULL changes nothing.
    """
    column = table.autoincrement_column
    if column is None or target.get_bind().dialect.name == "sqlite":
        return
    last = f'(SELECT nullif(greatest(max("{column.name}"), 0), 0) FROM "{table.name}")'  # noqa: S608
    sequence = f"pg_get_serial_sequence('\"{table.name}\"', '{column.name}')"
    target.connection().exec_driver_sql(f"SELECT setval({sequence}, {last})")


class _Sum:
    """A hash over rows in order. The text of a row has its quotes, so no two rows share one."""

    def __init__(self) -> None:
        self.rows, self._hash = 0, sha256()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._hash.update(f"{tuple(row.values())!r}\n".encode())

    def digest(self) -> Digest:
        return Digest(self._hash.digest())


def _name(session: Session) -> str:
    return name_of(session.connection().engine.url)
