"""One process of many does what one must do: who holds a lock of the server, while it lives."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from salus.kernel.errors import SalusError
from salus.platform.database.engine import READS, Database

FOLLOWER, RUNNER = "follower", "runner"
"""Who brings the index up to the ledger, and who runs the jobs of the work table."""
_ROLES = 0x53414C56


@contextmanager
def elected(database: Database, role: str) -> Iterator[bool]:
    """Whether this process has a role, until the block ends, the process, or its connection.

    The lock is no proof at a later moment: what its holder does must be right when done twice. A
    file has one process that writes the ledger, and everybody may do what is to be done.
    """
    if not database.is_server:
        yield True
        return
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT", **{READS: True})
    with engine.connect() as connection:
        has = bool(_ask(connection, "pg_try_advisory_lock", role))
        try:
            yield has
        finally:
            if has:
                _give_back(connection, role)


def _give_back(connection: Connection, role: str) -> None:
    """A connection that broke has given it back already, and is not to be used again."""
    with suppress(SQLAlchemyError, SalusError):
        if _ask(connection, "pg_advisory_unlock", role):
            return
    connection.invalidate()


def _ask(connection: Connection, function: str, role: str) -> object:
    """Roles are those of one store, so its schema is part of the number."""
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
    number = zlib.crc32(f"{schema} {role}".encode())
    signed = number - (1 << 32) if number >> 31 else number
    return connection.exec_driver_sql(f"SELECT {function}({_ROLES}, {signed})").scalar()
