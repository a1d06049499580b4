"""What was sent and is not final yet: on the disk before any node has it, until it is final."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from threading import RLock

from salus.kernel.ids import Address
from salus.platform.errors import DiskFull, FileTrouble
from salus.platform.ledger.private import private_file

MEMORY = ":memory:"
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE})
_WAIT_SECONDS = 30
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS outbox (
  hash BLOB PRIMARY KEY, named BLOB NOT NULL, sender BLOB NOT NULL, nonce INTEGER NOT NULL,
  raw BLOB NOT NULL, since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS turn ON outbox (sender, nonce);
CREATE INDEX IF NOT EXISTS renamed ON outbox (named) WHERE hash != named;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One signed transaction. `named`: the hash that its caller knows, also when it was signed
    again; nothing for one that only fills a gap. `raw` is empty once it is final under another
    hash than its caller knows. `since` in seconds.
    """

    hash: bytes
    named: bytes
    sender: Address
    nonce: int
    raw: bytes
    since: int


class Outbox:
    """May be shared by the processes of a home. Raises DiskFull and FileTrouble."""

    def __init__(self, path: Path | str = MEMORY) -> None:
        self._path, self._lock = str(path), RLock()
        self._over: list[bytes] = []  # what is final, to be dropped with the next write
        with self._naming_trouble():
            if self._path != MEMORY:
                private_file(Path(path))
            self._sql = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=_WAIT_SECONDS
            )
            self._sql.executescript(_SCHEMA)

    # WRITE

    def keep(self, kept: Sequence[Kept], *, instead_of: Collection[bytes] = ()) -> None:
        """Durable on return, all or nothing; in the place of what cannot be mined any more."""
        rows = [astuple(each) for each in kept]
        with self._writing() as sql:
            sql.executemany("DELETE FROM outbox WHERE hash = ?", [(each,) for each in instead_of])
            sql.executemany("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?)", rows)

    def drop(self, hashes: Collection[bytes]) -> None:
        """What no node took, or what only filled a gap."""
        self.keep([], instead_of=hashes)

    def finish(self, kept: Kept) -> None:
        """One that is final. Where its caller knows another hash, that goes on leading to it."""
        with self._writing() as sql:
            sql.execute(
                "DELETE FROM outbox WHERE sender = ? AND nonce = ?", (kept.sender, kept.nonce)
            )
            if kept.named not in {kept.hash, b""}:
                row = (kept.hash, kept.named, kept.sender, kept.nonce, b"", kept.since)
                sql.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", row)

    def over(self, hashes: Collection[bytes]) -> None:
        """They are final under the hash that their callers know; need not be durable at once."""
        with self._lock:
            self._over += hashes

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._naming_trouble():
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                over, self._over = self._over, []
                self._sql.executemany(
                    "DELETE FROM outbox WHERE (sender, nonce) IN"
                    " (SELECT sender, nonce FROM outbox WHERE hash = ?)",
                    [(each,) for each in over],
                )
                yield self._sql
                self._sql.execute("COMMIT")
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    @contextmanager
    def _naming_trouble(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) in _FULL:
                raise DiskFull from None
            raise FileTrouble(file=self._path, reason=str(error)) from None

    # READ

    def owed(self, sender: Address) -> list[Kept]:
        """What is not final of one sender, by its nonces."""
        query = "SELECT * FROM outbox WHERE sender = ? AND raw != x'' ORDER BY nonce, since"
        with self._lock, self._naming_trouble():
            over = set(self._over)
            rows = [Kept(*row) for row in self._sql.execute(query, (sender,))]
        return [each for each in rows if each.hash not in over]

    def last_nonce(self, sender: Address) -> int:
        """The highest that is given away and not final; -1 when there is none."""
        query = "SELECT max(nonce) FROM outbox WHERE sender = ? AND raw != x''"
        with self._lock, self._naming_trouble():
            found = self._sql.execute(query, (sender,)).fetchone()[0]
        return -1 if found is None else int(found)

    def senders(self) -> list[Address]:
        query = "SELECT DISTINCT sender FROM outbox WHERE raw != x''"
        with self._lock, self._naming_trouble():
            return [Address(row[0]) for row in self._sql.execute(query)]

    def renamed(self) -> dict[bytes, list[bytes]]:
        """The hashes under which a transaction was signed again, by the one its caller knows."""
        found: dict[bytes, list[bytes]] = {}
        query = "SELECT named, hash FROM outbox INDEXED BY renamed WHERE hash != named"
        with self._lock, self._naming_trouble():
            for named, hashed in self._sql.execute(query):
                found.setdefault(named, []).append(hashed)
        found.pop(b"", None)
        return found

    def close(self) -> None:
        with self._lock:
            if self._over:
                self.keep([])
            self._sql.close()
