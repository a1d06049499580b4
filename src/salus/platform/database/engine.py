"""SQLite with WAL, full fsync and secure deletion on every connection; one writer at a time."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from salus.platform.database.migrate import migrate
from salus.platform.database.tables import IndexTable, PrivateTable

Sessions = Callable[[], Session]
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "busy_timeout=10000",
)


def open_sessions(path: Path, branches: tuple[str, ...]) -> sessionmaker[Session]:
    """A database file, brought to the newest revision of the capabilities named."""
    engine = _prepared(create_engine(f"sqlite:///{path}"))
    migrate(engine, branches)
    return sessionmaker(engine, expire_on_commit=False)


def memory_sessions() -> sessionmaker[Session]:
    """A database for one test, with the tables of every capability that was imported."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    _prepared(engine)
    PrivateTable.metadata.create_all(engine)
    IndexTable.metadata.create_all(engine)
    return sessionmaker(engine, expire_on_commit=False)


def _prepared(engine: Engine) -> Engine:
    @event.listens_for(engine, "connect")
    def _connect(connection: Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    return engine
