"""What a copy of a database says: how far its index is, and which key its rows lie under."""

import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath

from salus.platform.backup.model import Keys
from salus.platform.storage import fingerprint

STORAGE_KEY = "storage.key"
_NEXT = f"{STORAGE_KEY}.next"
_BEFORE_GENESIS = -1


def block_of(database: Path) -> int:
    """The last block in the index, -1 for none."""
    asked = "SELECT block FROM platform_index_cursor WHERE name = 'ledger'"
    row = _first(database, asked)
    return _BEFORE_GENESIS if row is None else int(row)  # type: ignore[call-overload]


def fits(name: str, database: Path, keys: Keys) -> bool:
    """Whether the key in the folder of a database, or the next one, is what its rows lie under."""
    named = _first(database, "SELECT fingerprint FROM platform_storage_key WHERE number = 1")
    if named is None:  # never replaced, or no database that has one
        return True
    folder = PurePosixPath(name).parent
    places = {str(folder / each) for each in (STORAGE_KEY, _NEXT)}
    found = [each.content for each in keys.secrets if each.path in places]
    return any(fingerprint(bytes.fromhex(each.decode().strip())) == named for each in found)


def _first(database: Path, asked: str) -> object:
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        try:
            row = opened.execute(asked).fetchone()
        except sqlite3.OperationalError:  # it has no such table
            return None
    return None if row is None else row[0]
