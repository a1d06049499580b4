"""The table of a bridge: the head of the execution chain at each height of consensus.

One row a height, on disk before CometBFT hears that the height is committed. Nothing else is kept:
payloads are in the store of CometBFT, state is in the execution client, and a table that was lost
grows again from both.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from salus.kernel.ids import Digest
from salus.surfaces.validator.model import Head, Powers

_SCHEMA = """
CREATE TABLE IF NOT EXISTS heads (
    height INTEGER PRIMARY KEY, number INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS heads_by_number ON heads (number, height);
CREATE TABLE IF NOT EXISTS founders (key BLOB PRIMARY KEY, power INTEGER NOT NULL) STRICT;
"""


class Heads:
    """Height 0 is the genesis of the execution chain."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_SCHEMA)

    def put(self, height: int, head: Head) -> None:
        """On disk on return."""
        self._database.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)",
            (height, head.number, head.hash, head.time),
        )

    def last(self) -> tuple[int, Head] | None:
        """The highest height and its head."""
        row = self._database.execute("SELECT * FROM heads ORDER BY height DESC LIMIT 1").fetchone()
        return None if row is None else _read(row)

    def at(self, height: int) -> Head | None:
        row = self._database.execute("SELECT * FROM heads WHERE height=?", (height,)).fetchone()
        return None if row is None else _read(row)[1]

    def downwards(self, number: int) -> Iterator[tuple[int, Head]]:
        """Heights whose head is block `number` or below, from the highest."""
        rows = self._database.execute(
            "SELECT * FROM heads WHERE number<=? ORDER BY height DESC", (number,)
        )
        return map(_read, rows)

    def made(self, *, above: int, upto: int) -> list[tuple[int, Head]]:
        """The height that decided each block of an interval of numbers, in order."""
        rows = self._database.execute(
            "SELECT min(height), number, hash, time FROM heads WHERE number>? AND number<=?"
            " GROUP BY number ORDER BY number",
            (above, upto),
        )
        return [_read(row) for row in rows]

    def forget_above(self, height: int) -> None:
        self._database.execute("DELETE FROM heads WHERE height>?", (height,))

    def found(self, powers: Powers) -> None:
        """Keep who votes at genesis."""
        self._database.execute("BEGIN")
        self._database.execute("DELETE FROM founders")
        self._database.executemany("INSERT INTO founders VALUES (?, ?)", powers.items())
        self._database.execute("COMMIT")

    def founders(self) -> Mapping[bytes, int]:
        return dict(self._database.execute("SELECT key, power FROM founders"))

    def close(self) -> None:
        self._database.close()


def _read(row: tuple[int, int, bytes, int]) -> tuple[int, Head]:
    height, number, digest, time = row
    return height, Head(number, Digest(digest), time)
