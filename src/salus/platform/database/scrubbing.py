"""Making sure that what was deleted has left the files of a database."""

import sqlite3
from pathlib import Path
from time import sleep

from sqlalchemy import Connection

from salus.platform.database.engine import READS, Database
from salus.platform.database.errors import DatabaseBusy, StillRead
from salus.platform.errors import DiskFull

AT_ONCE = 256 * 2**20
"""Up to this size in bytes a file is written anew each time; a larger one with its next key."""
_TRIES = 4


def scrub(database: Database, *, whole: bool = False) -> None:
    """Leave nothing of deleted rows in the files of a database. Raises StillRead.

    `whole` does that for a database of any size, others only where it is small. At a server the
    write-ahead log and its archives remain: what lies in them dies with the storage key.
    """
    if database.is_server:
        _scrub_server(database, whole=whole)
    else:
        _scrub_file(database, whole=whole)


def _scrub_file(database: Database, *, whole: bool) -> None:
    """`secure_delete` overwrites a row where it lies, but not the copies that stay behind when
    SQLite moves rows to other pages (measured: a deleted key was found in 3 of 15 files). Only a
    file written anew holds none.
    """
    connection = database.engine.raw_connection()
    try:
        driver: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]
        if whole or _size(database) <= AT_ONCE:
            driver.execute("VACUUM")
        _empty_log(driver)
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith("SQLITE_FULL"):
            raise DiskFull from None
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StillRead from None
        raise
    finally:
        connection.close()


def _empty_log(driver: sqlite3.Connection) -> None:
    """The first column is 1 while a reader needs the log: then the bytes are still there."""
    for again in range(_TRIES):
        (is_busy, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy:
            return
        sleep(0.05 * 2**again)
    raise StillRead


def _size(database: Database) -> int:
    name = database.engine.url.database
    place = Path(name) if name else None
    return place.stat().st_size if place is not None and place.exists() else 0


"""SERVER"""


def _scrub_server(database: Database, *, whole: bool) -> None:
    """A VACUUM frees the room of deleted rows and leaves their bytes in it; one that is FULL writes
    the table anew. It copies what an older snapshot may still see, so that must be gone before.

    The samples of ANALYZE are copies of values too, and so are its older samples.
    """
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT", **{READS: True})
    with engine.connect() as connection:
        try:
            _free(connection)
            if whole or _size_at_server(connection) <= AT_ONCE:
                for table in _tables(connection):
                    connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')
                _forget_samples(connection)
        except DatabaseBusy:
            raise StillRead from None


def _free(connection: Connection) -> None:
    """Raises StillRead while somebody could still see a row that is deleted."""
    for again in range(_TRIES):
        for table in _tables(connection):
            connection.exec_driver_sql(f'VACUUM "{table}"')
        if not _left(connection):
            return
        sleep(0.05 * 2**again)
    raise StillRead


def _tables(connection: Connection) -> list[str]:
    asked = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    return [str(name) for name in connection.exec_driver_sql(asked).scalars()]


def _left(connection: Connection) -> int:
    """Dead rows that the last VACUUM had to leave."""
    asked = "SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = current_schema()"
    connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
    return int(connection.exec_driver_sql(asked).scalar() or 0)


def _size_at_server(connection: Connection) -> int:
    asked = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = current_schema()::regnamespace"
    )
    return int(connection.exec_driver_sql(asked).scalar() or 0)


def _forget_samples(connection: Connection) -> None:
    """Old rows of `pg_statistic`: whoever does not own the database is only warned by the server,
    and autovacuum frees them later.
    """
    connection.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")
