"""The stores of a home between a server and files: one store at a time out, all at once in.

What a backup holds of a store is a file of SQLite wherever the rows were, so a home comes back in
files or at a server, and moves from one to the other.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from salus.platform.backup.errors import StoreUnknown
from salus.platform.database import migrate, open_database, open_in
from salus.platform.database.copying import Copied, copy_rows
from salus.platform.database.engine import Database
from salus.platform.database.errors import DatabaseFilled
from salus.platform.database.notes import SchemaNote, schemas_of, write_note
from salus.platform.database.places import Server, schema_of, server_of
from salus.platform.database.schema import migrate_within

_ANY = Path("node") / "node.db"  # it is the server that is asked, and no store
_FILLED = """
    SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
    OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspname LIKE 'salus\\_%')
"""


@dataclass(frozen=True, slots=True)
class Store:
    """`place` is its file in a home; `branches` are the packages with its tables, None for all."""

    place: Path
    branches: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What arrived in one store."""

    store: Store
    tables: tuple[Copied, ...]


def extract(home: Path, store: Store, to: Path) -> tuple[Copied, ...]:
    """Write the rows of a store at a server, as one transaction left them, into a new file.

    Raises DatabaseVersion where another release wrote them, and what `open_in` raises.
    """
    source = open_in(home, store.place)
    try:
        with source.read() as rows:
            return copy_into_file(rows, store, to)
    finally:
        source.close()


def copy_into_file(rows: Session, store: Store, to: Path) -> tuple[Copied, ...]:
    with closing(open_database(to)) as target:
        migrate(target, store.branches)
        with target.write() as session, session.begin():
            return copy_rows(rows, session)


def refuse_unknown(home: Path, stores: Sequence[Store]) -> None:
    """Raises StoreUnknown where the server has a store of the home that nobody would copy."""
    server, known = server_of(home), {schema_of(store.place) for store in stores}
    assert server is not None, "its rows are at a server"
    with closing(open_in(home, stores[0].place)) as database, database.read() as session:
        more = schemas_of(session, server.home) - known
    if more:
        raise StoreUnknown(database=database.name, schema=min(more))


@contextmanager
def filled(
    server: Server, files: Sequence[tuple[Store, Path]], *, trial: str = ""
) -> Iterator[tuple[Filled, ...]]:
    """All stores in an empty database, in one transaction that ends with the block.

    With the name of a `trial` they get schemas of other names, and nothing of them stays. Raises
    DatabaseFilled, DatabaseVersion, CopyDiffers, and what opening a server raises.
    """
    from salus.platform.database.postgresql import (  # noqa: PLC0415 - rarely needed
        examine,
        open_server,
    )

    database = open_server(server.url, trial + schema_of(files[0][0].place))
    try:
        examine(database)
        with database.write() as session, session.begin() as transaction:
            if not trial:
                _refuse_filled(session, database)
            yield tuple(_fill(session, server, store, file, trial) for store, file in files)
            if trial:
                transaction.rollback()
    finally:
        database.close()


def _refuse_filled(session: Session, database: Database) -> None:
    if session.scalar(text(_FILLED)):
        raise DatabaseFilled(database=database.name)


def _fill(session: Session, server: Server, store: Store, file: Path, trial: str) -> Filled:
    name, connection = trial + schema_of(store.place), session.connection()
    connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
    connection.exec_driver_sql(f'SET LOCAL search_path TO "{name}"')
    write_note(session, SchemaNote(server.home))
    migrate_within(session, store.branches)
    with closing(open_database(file)) as source:
        migrate(source, store.branches)
        with source.read() as rows:
            return Filled(store, copy_rows(rows, session))


def forget(server: Server) -> None:
    """Drop what somebody who died had put at the server for a home that never came to be."""
    database = server.open(_ANY)
    try:
        with database.write() as session, session.begin():
            for name in sorted(schemas_of(session, server.home)):
                session.connection().exec_driver_sql(f'DROP SCHEMA "{name}" CASCADE')
    finally:
        database.close()
