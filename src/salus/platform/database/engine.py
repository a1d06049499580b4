"""One way to open SQLite: durable, erasing what is deleted, writers one after another."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

from salus.kernel.errors import SalusError
from salus.platform.database.errors import DatabaseBusy, DatabaseDamaged
from salus.platform.errors import DiskFull
from salus.platform.files import private_folder

WAIT_SECONDS = 30
READS = "salus_reads"
"""The option of a connection whose transactions write nothing, and wait for nobody."""
_NO_TEXT = "a text is not UTF-8"
_MISSING = ("no such", "has no column", "does not match any PRIMARY KEY", "foreign key mismatch")
"""How SQLite says that tables are not those of our statements."""
Sessions = Callable[[], Session]
_STATEMENTS: LRUCache[Any, Any] = LRUCache(2_000)
"""In SQL, for all stores: to spell a statement takes longer than to run it, and a home has a dozen
stores with the same tables.
"""
# secure_delete: without it a deleted row stays in the file. FULL: a commit is on the disk.
_PRAGMAS = (
    "PRAGMA secure_delete=ON",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",
    f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}",
)


@dataclass(frozen=True, slots=True)
class Database:
    """`write()` opens a session that holds the writer's lock from its first statement on;
    `read()` one that sees a snapshot, waits for nobody and must not write.
    """

    engine: Engine
    write: sessionmaker[Session]
    read: sessionmaker[Session]

    @classmethod
    def of(cls, engine: Engine, **reading: object) -> "Database":
        """`reading` are further options of connections that only read."""
        reads = engine.execution_options(**{READS: True}, **reading)
        return cls(
            engine,
            sessionmaker(engine, expire_on_commit=False),
            sessionmaker(reads, expire_on_commit=False),
        )

    @property
    def is_server(self) -> bool:
        """Whether other machines may work on it too, so that files of this one lock nothing."""
        return self.engine.dialect.name == "postgresql"

    @property
    def name(self) -> str:
        """What an operator calls it: a file, or the name at a host. No role, no password."""
        return name_of(self.engine.url)

    def close(self) -> None:
        self.engine.dispose()


def open_database(path: Path) -> Database:
    """A database in a file; its folder is made, its tables are not (see `migrate`)."""
    private_folder(path.parent)
    path.touch(mode=0o600)  # SQLite gives its log the same mode
    return Database.of(_engine(make_url("sqlite://").set(database=str(path))))


def open_memory() -> Database:
    """A database that ends with its engine. It has one connection: sessions take turns."""
    return Database.of(
        _engine(make_url("sqlite://"), poolclass=QueuePool, pool_size=1, max_overflow=0)
    )


def name_of(url: URL | None) -> str:
    if url is None or not url.database:
        return ":memory:"
    if url.drivername == "sqlite":
        return url.database
    return f"{url.database} at {url.host or 'localhost'}"


def without_rows(engine: Engine) -> Engine:
    """At its lowest level SQLAlchemy logs the rows that it reads; ours never does."""
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_is_no_row)
    return engine


def _is_no_row(line: logging.LogRecord) -> bool:
    return line.levelno > logging.DEBUG


def _engine(url: URL, **options: Any) -> Engine:
    connect_args = {"check_same_thread": False, "timeout": WAIT_SECONDS}
    # Keys are among the values of statements and rows: neither errors nor logs may show them.
    engine = create_engine(url, connect_args=connect_args, hide_parameters=True, **options)
    spelled_by(_dialect(), engine)
    event.listen(engine, "connect", partial(_prepare, name_of(url)))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _explain)
    return without_rows(engine)


def spelled_by(dialect: Dialect, engine: Engine) -> None:
    """Engines of one dialect spell each statement once; that of a new engine knows none."""
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=_STATEMENTS)


@cache
def _dialect() -> Dialect:
    """One for all files."""
    engine = create_engine("sqlite://")
    engine.connect().close()  # it learns the version of SQLite
    engine.dispose()
    return engine.dialect


def _prepare(database: str, connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions of its own: `_begin` does, with the right lock.
    connection.isolation_level = None
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except UnicodeDecodeError:  # SQLite quotes what it cannot read of the schema
        raise DatabaseDamaged(database=database, reason=_NO_TEXT) from None


def _begin(connection: Connection) -> None:
    """A transaction that may write takes the lock at once: an upgrade later could deadlock."""
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _explain(context: ExceptionContext) -> None:
    """Say what the operator can do where SQLite names a state of the disk or of the lock."""
    failure = context.original_exception
    if isinstance(failure, sqlite3.Error):
        known = _known(failure, name_of(context.engine.url if context.engine else None))
        if known is not None:
            raise known from failure


def _known(failure: sqlite3.Error, database: str) -> SalusError | None:
    name = getattr(failure, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")):
        return DiskFull()
    if name.startswith("SQLITE_BUSY"):
        return DatabaseBusy(database=database, seconds=WAIT_SECONDS)
    is_other = name == "SQLITE_ERROR" and any(words in str(failure) for words in _MISSING)
    if str(failure).startswith("Could not decode"):  # said by the driver, without a name
        return DatabaseDamaged(database=database, reason=_NO_TEXT)
    is_broken = name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR"))
    return DatabaseDamaged(database=database, reason=name) if is_other or is_broken else None
