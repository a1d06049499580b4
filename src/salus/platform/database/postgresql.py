"""One way to open PostgreSQL, with the promises of SQLite: each store is a schema of its own.

Writers of one store come one after another. A lock of PostgreSQL that ends with the transaction
does for them what the lock on the file does; the snapshot is taken after it, so that whoever
writes has read what everybody before wrote, and nothing needs to be tried again.
"""

import os
import weakref
import zlib
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Dialect, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.pool import Pool

from salus.kernel.errors import SalusError
from salus.platform.database.engine import (
    READS,
    WAIT_SECONDS,
    Database,
    name_of,
    spelled_by,
    without_rows,
)
from salus.platform.database.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseOrder,
    DatabaseServer,
    DatabaseUnreachable,
)
from salus.platform.errors import DiskFull

OLDEST = 15
"""Older ones do not know at once how many dead rows a VACUUM had to leave; see `scrubbing`."""
_WRITERS = 0x53414C55  # the first half of the number of our lock; the second names the schema
_CONNECT_SECONDS = 10
_DIALECT: list[Dialect] = []  # one, as soon as it has learned the version of a server
_HERE = ("localhost", "127.0.0.1", "::1")
_SETTINGS = {
    "synchronous_commit": "on",  # a commit is on the disk
    "lock_timeout": f"{WAIT_SECONDS}s",
    "timezone": "UTC",
}
# By SQLSTATE, https://www.postgresql.org/docs/15/errcodes-appendix.html
_FULL = ("53100", "58030")  # disk_full, io_error
_AWAY = ("08", "53300", "53400", "57P", "28", "3D000", "25006")
_BUSY = ("55P03", "40P01", "57014")
_DAMAGED = ("XX001", "XX002", "42P01", "42703", "3F000")


def open_server(url: URL, schema: str) -> Database:
    """A store at a server; neither its schema nor its tables are made (see `claim`, `migrate`).

    Connects to nothing yet.
    """
    engine = create_engine(
        url,
        connect_args=_arguments(url, schema),
        pool_pre_ping=True,  # a server that came back is used again without a restart
        hide_parameters=True,
    )
    spelled_by(_dialect(engine.dialect), engine)
    event.listen(engine, "begin", partial(_begin, zlib.crc32(schema.encode())))
    event.listen(engine, "handle_error", _explain)
    weakref.finalize(engine, _hang_up, engine.pool, os.getpid())
    return Database.of(
        without_rows(engine), isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def _dialect(own: Dialect) -> Dialect:
    """One for all servers: since `OLDEST`, they take the same SQL."""
    if not _DIALECT or _DIALECT[0].server_version_info is None:
        _DIALECT[:] = [own]
    return _DIALECT[0]


def examine(database: Database) -> None:
    """Raises DatabaseUnreachable, DatabaseServer, DatabaseOrder."""
    asked = (
        "SELECT current_setting('server_version_num')::int / 10000, 'B' < 'a' AND 'a-c' < 'ab',"
        " current_setting('server_encoding') = 'UTF8'"
    )
    with database.read() as session:
        version, is_by_bytes, is_unicode = session.connection().exec_driver_sql(asked).one()
    if version < OLDEST:
        raise DatabaseServer(database=database.name, found=version, oldest=OLDEST)
    if not (is_by_bytes and is_unicode):
        name = str(database.engine.url.database)
        raise DatabaseOrder(database=database.name, name=name)


def _hang_up(pool: Pool, owner: int) -> None:
    """Nobody can use the store any more. A fork must not say good-bye on its parent's lines."""
    if os.getpid() == owner:
        pool.dispose()


def _arguments(url: URL, schema: str) -> dict[str, Any]:
    options = [f"-c {name}={value}" for name, value in _SETTINGS.items()]
    given = url.query.get("options", "")
    arguments: dict[str, Any] = {
        "options": " ".join([str(given), *options, f'-c search_path="{schema}"']).strip(),
        "connect_timeout": _CONNECT_SECONDS,
        "target_session_attrs": "read-write",  # never a standby
        "application_name": "salus",
        "keepalives_idle": WAIT_SECONDS,
        "tcp_user_timeout": 2 * WAIT_SECONDS * 1000,
    }
    if not _is_here(url):  # rows are private: whoever listens on the way must learn nothing
        arguments |= {"sslmode": "verify-full", "sslrootcert": "system"}
    return {name: value for name, value in arguments.items() if name not in _chosen(url)}


def _chosen(url: URL) -> set[str]:
    """What the operator decided; `options` are joined with ours."""
    chosen = set(url.query) - {"options"}
    return chosen | ({"sslrootcert"} if "sslmode" in chosen else set())


def _is_here(url: URL) -> bool:
    host = url.host or str(url.query.get("host", ""))
    return host in {"", *_HERE} or host.startswith("/")


def _begin(lock: int, connection: Connection) -> None:
    """A transaction that may write waits for its turn before it looks at anything."""
    if not connection.get_execution_options().get(READS, False):
        _take_turn(lock, connection)


def hold_writers(connection: Connection, schema: str) -> None:
    """Let nobody write into another store of the same server while the transaction lasts."""
    _take_turn(zlib.crc32(schema.encode()), connection)


def _take_turn(lock: int, connection: Connection) -> None:
    signed = lock - (1 << 32) if lock >> 31 else lock
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS}, {signed})")


def _explain(context: ExceptionContext) -> None:
    """Say what the operator can do, and never what the server quotes of rows."""
    failure = context.original_exception
    if not isinstance(failure, psycopg.Error):
        return
    known = _known(failure, name_of(context.engine.url if context.engine else None))
    if known is not None:
        raise known from None
    for kind, ours in ((psycopg.IntegrityError, IntegrityError), (psycopg.DataError, DataError)):
        if isinstance(failure, kind):
            plain = kind(f"{failure.sqlstate} {_why(failure)}")
            raise ours(context.statement, None, plain, hide_parameters=True) from None


def _why(failure: psycopg.Error) -> str:
    """The words of our own triggers, or the name of a constraint: no value of a row."""
    is_ours = failure.sqlstate == "23000"
    return _words(failure) if is_ours else failure.diag.constraint_name or ""


def _words(failure: psycopg.Error) -> str:
    return failure.diag.message_primary or ""


def _known(failure: psycopg.Error, database: str) -> SalusError | None:
    state = failure.sqlstate or ""
    if state in _FULL:
        return DiskFull()
    if state in _BUSY:
        return DatabaseBusy(database=database, seconds=WAIT_SECONDS)
    if state in _DAMAGED:
        # It quotes names from our own statements, whose values are apart.
        return DatabaseDamaged(database=database, reason=f"SQLSTATE {state}: {_words(failure)}")
    is_away = not state and isinstance(failure, psycopg.OperationalError)
    return DatabaseUnreachable(database=database) if is_away or state.startswith(_AWAY) else None
