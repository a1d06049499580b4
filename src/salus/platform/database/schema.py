"""Bring a database to the tables of this release: one Alembic branch for each capability."""

import zlib
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Dialect, Table, inspect
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from salus.platform.capability import folder_of, import_tables, packages
from salus.platform.database.engine import Database, name_of
from salus.platform.database.errors import DatabaseVersion
from salus.platform.database.notes import remember, seen
from salus.platform.database.tables import IndexTable, PrivateTable

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "alembic"
_ONE_AT_A_TIME = Lock()  # Alembic keeps its context in module globals


def create_all(database: Database) -> None:
    """The tables of this release that are missing, without a history: for what lives in memory."""
    import_tables()
    create_index(database, *PrivateTable.metadata.sorted_tables)


def create_index(database: Database, *more: Table) -> None:
    """The tables of the index that are missing, of those that were imported, and others first."""
    with database.engine.begin() as connection:
        for table in (*more, *IndexTable.metadata.sorted_tables):
            _create(connection, table)


def _create(connection: Connection, table: Table) -> None:
    """Where it is missing, with what guards its rows."""
    guard = table.dispatch.after_create
    if guard and inspect(connection).has_table(table.name):
        return
    for statement in _definition(table, connection.dialect):
        connection.exec_driver_sql(statement)
    guard(table, connection)


@cache
def _definition(table: Table, dialect: Dialect) -> tuple[str, ...]:
    """A table and its indexes in SQL. To spell them takes far longer than to run them."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    made: list[DDLElement] = [CreateTable(table, if_not_exists=True)]
    made += [CreateIndex(index, if_not_exists=True) for index in indexes]
    return tuple(str(each.compile(dialect=dialect)) for each in made)


def migrate(database: Database, branches: Sequence[str] | None = None) -> None:
    """Upgrade to the head of every branch, or of those of the packages named; twice is once.

    A database that has seen the same migrations is left alone without loading Alembic. Raises
    DatabaseVersion.
    """
    places = version_locations(branches)
    mark = _fingerprint(places)
    with database.read() as session:
        if seen(session) == mark:
            return
    _upgrade(database, places)
    with database.write() as session, session.begin():
        remember(session, mark)


def migrate_within(session: Session, branches: Sequence[str] | None = None) -> None:
    """As `migrate` for a store without tables, in the transaction that the session holds."""
    places = version_locations(branches)
    _upgrade_on(session.connection(), places)
    remember(session, _fingerprint(places))


def _upgrade(database: Database, places: Sequence[Path]) -> None:
    with database.engine.begin() as connection:
        _upgrade_on(connection, places)


def _upgrade_on(connection: Connection, places: Sequence[Path]) -> None:
    from alembic import command  # noqa: PLC0415 - half a second that few commands need
    from alembic.util import CommandError  # noqa: PLC0415

    config = alembic_config(places)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        try:
            command.upgrade(config, "heads")
        except CommandError as error:
            raise DatabaseVersion(database=name_of(connection.engine.url)) from error


def alembic_config(places: Sequence[Path]) -> "Config":
    """Alembic's configuration with one folder of revisions for each branch."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _escaped(str(_SCRIPTS)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped("\n".join(map(str, places))))
    return config


def version_locations(branches: Sequence[str] | None = None) -> list[Path]:
    """`migrations/` of the platform and below each capability, or of the packages named."""
    own = Path(__file__).parent / "migrations"
    if branches is None:
        return [own, *_of_all()]
    named = (folder_of(import_module(branch)) / "migrations" for branch in branches)
    return [own, *(place for place in named if place.is_dir())]


@cache
def _of_all() -> tuple[Path, ...]:
    """A part of a capability that keepers have without the rest has a branch of its own."""
    found = (sorted(folder_of(package).rglob("migrations")) for package in packages())
    return tuple(place for places in found for place in places if place.is_dir())


def _fingerprint(places: Sequence[Path]) -> int:
    names = sorted(file.name for place in places for file in place.glob("*.py"))
    return zlib.crc32("\n".join(names).encode()) >> 1


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
