"""Making sure that what was deleted has left the files of a database."""

import sqlite3
from pathlib import Path
from time import sleep

from salus.platform.database.engine import Database
from salus.platform.database.errors import StillRead
from salus.platform.errors import DiskFull

AT_ONCE = 256 * 2**20
"""Up to this size in bytes a file is written anew each time; a larger one with its next key."""
_TRIES = 4


def scrub(database: Database, *, whole: bool = False) -> None:
    """Leave nothing of deleted rows in the file and in its log. Raises StillRead.

    `secure_delete` overwrites a row where it lies, but not the copies that stay behind when SQLite
    moves rows to other pages (measured: a deleted key was found in 3 of 15 files). Only a file
    written anew holds none. `whole` does that for a file of any size.
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
