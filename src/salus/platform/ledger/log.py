"""The file of an embedded chain: blocks and their signed transactions, one writer at a time."""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO

from salus.kernel.ids import Address
from salus.platform.errors import DiskFull, FileTrouble
from salus.platform.ledger.errors import (
    BadTransaction,
    LedgerDamaged,
    SecondWriter,
    WrongChain,
)
from salus.platform.ledger.port import Block
from salus.platform.ledger.private import private_file
from salus.platform.ledger.transactions import Transaction, block_hash, read

MEMORY = ":memory:"
Signed = tuple[Transaction, bytes]
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE})
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS chain (id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS block (
  number INTEGER PRIMARY KEY, hash BLOB NOT NULL, time INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tx (
  block INTEGER NOT NULL, position INTEGER NOT NULL, sender BLOB NOT NULL, raw BLOB NOT NULL,
  PRIMARY KEY (block, position)
) WITHOUT ROWID;
"""


class ChainLog:
    """Opening raises SecondWriter, WrongChain, LedgerDamaged, DiskFull and FileTrouble."""

    def __init__(self, path: Path | str, *, chain_id: int, now: int) -> None:
        self._chain_id = chain_id
        self._path = str(path)
        self._guard = None if self._path == MEMORY else _only_writer(Path(path))
        try:
            if self._path != MEMORY:
                private_file(Path(path))
            self._sql = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._sql.executescript(_SCHEMA)
            self.genesis = self._genesis(now)
        except sqlite3.OperationalError as error:
            self.close()
            raise self._trouble(error) from None
        except sqlite3.DatabaseError:
            self.close()
            raise LedgerDamaged(block=0) from None
        except BaseException:
            self.close()
            raise

    def _genesis(self, now: int) -> Block:
        """Block 0, made from a random parent so that no two chains are the same."""
        row = self._sql.execute("SELECT id FROM chain").fetchone()
        if row is not None and row[0] != self._chain_id:
            raise WrongChain(found=row[0], expected=self._chain_id)
        if row is None:
            genesis = Block(0, block_hash(secrets.token_bytes(32), 0, now, []), now)
            self._sql.execute("BEGIN IMMEDIATE")
            self._sql.execute("INSERT INTO chain VALUES (?)", (self._chain_id,))
            self._sql.execute("INSERT INTO block VALUES (0, ?, ?)", (genesis.hash, genesis.time))
            self._sql.execute("COMMIT")
            return genesis
        stored = self._sql.execute("SELECT hash, time FROM block WHERE number = 0").fetchone()
        if stored is None:
            raise LedgerDamaged(block=0)
        return Block(0, *stored)

    def append(self, block: Block, transactions: Sequence[Signed]) -> None:
        """Durable on return, all or nothing. Raises DiskFull and FileTrouble."""
        try:
            self._sql.execute("BEGIN IMMEDIATE")
            self._sql.execute(
                "INSERT INTO block VALUES (?, ?, ?)", (block.number, block.hash, block.time)
            )
            self._sql.executemany(
                "INSERT INTO tx VALUES (?, ?, ?, ?)",
                [
                    (block.number, position, tx.sender, raw)
                    for position, (tx, raw) in enumerate(transactions)
                ],
            )
            self._sql.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._undo()
            raise self._trouble(error) from None
        except BaseException:
            self._undo()
            raise

    def _trouble(self, error: sqlite3.OperationalError) -> DiskFull | FileTrouble:
        if error.sqlite_errorcode in _FULL:
            return DiskFull()
        return FileTrouble(file=self._path, reason=str(error))

    def _undo(self) -> None:
        if self._sql.in_transaction:
            self._sql.execute("ROLLBACK")

    def blocks(self) -> Iterator[tuple[Block, list[Signed]]]:
        """Every block after genesis with its transactions. Raises LedgerDamaged.

        The hashes are computed again: they cover every transaction. Only the signatures are not
        checked again, since each was before it was written.
        """
        rows = groupby(self._transactions(), key=lambda row: int(row[0]))
        parent, ahead = self.genesis, next(rows, None)
        headers = "SELECT number, hash, time FROM block WHERE number > 0 ORDER BY number"
        for row in self._sql.execute(headers):
            block, found = Block(*row), []
            if ahead is not None and ahead[0] == block.number:
                found = [self._signed(each) for each in ahead[1]]
                ahead = next(rows, None)
            hashes = [tx.hash for tx, _ in found]
            expected = block_hash(parent.hash, parent.number + 1, block.time, hashes)
            if block.hash != expected or block.number != parent.number + 1:
                raise LedgerDamaged(block=block.number)
            yield block, found
            parent = block
        if ahead is not None:
            raise LedgerDamaged(block=ahead[0])

    def _transactions(self) -> sqlite3.Cursor:
        return self._sql.execute("SELECT block, sender, raw FROM tx ORDER BY block, position")

    def _signed(self, row: tuple[int, bytes, bytes]) -> Signed:
        block, sender, raw = row
        try:
            return read(raw, chain_id=self._chain_id, sender=Address(sender)), raw
        except BadTransaction:
            raise LedgerDamaged(block=block) from None

    def transactions(self, number: int) -> list[Signed]:
        """Those of one block, in their order."""
        query = "SELECT block, sender, raw FROM tx WHERE block = ? ORDER BY position"
        return [self._signed(row) for row in self._sql.execute(query, (number,))]

    def close(self) -> None:
        if hasattr(self, "_sql"):
            self._sql.close()
        if self._guard is not None:
            self._guard.close()


def _only_writer(path: Path) -> IO[str]:
    """Hold a lock beside the file. Raises SecondWriter with the holder's process id."""
    try:
        guard = path.with_name(f"{path.name}.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise FileTrouble(file=str(path), reason=error.strerror) from None
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.seek(0)
        holder = guard.read().strip()
        guard.close()
        raise SecondWriter(pid=holder) from None
    guard.truncate(0)
    guard.write(str(os.getpid()))
    guard.flush()
    return guard
