"""An EVM in this process: pyrevm for the rules, an SQLite log for durability, replay on open."""

import fcntl
import os
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import IO

import pyrevm

from salus.kernel.clock import Clock, seconds
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger.errors import SecondWriter, StateGone, TransactionRefused, WrongChain
from salus.platform.ledger.port import Block, Call, Event, Receipt
from salus.platform.ledger.transactions import (
    Malformed,
    Transaction,
    block_hash,
    created_address,
    read,
    sign,
)

CHAIN_ID = 7_254_881
NOBODY = "0x" + "00" * 20
VIEW_GAS = 30_000_000
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
_GAS_USED = re.compile(r"gas_used: ([0-9]+)")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS chain (id INTEGER NOT NULL, genesis BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS block (
  number INTEGER PRIMARY KEY, hash BLOB NOT NULL, time INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tx (
  position INTEGER PRIMARY KEY, block INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,
  sender BLOB NOT NULL, raw BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    ok: bool
    gas_used: int
    revert: bytes
    logs: tuple[tuple[Address, tuple[bytes, ...], bytes], ...]


class EmbeddedLedger:
    """The whole chain in one file with one writer; `:memory:` for tests."""

    def __init__(
        self, path: Path | str, *, clock: Clock, relayer: SigningKey, chain_id: int = CHAIN_ID
    ) -> None:
        self.chain_id = chain_id
        self._clock, self._relayer, self._lock = clock, relayer, RLock()
        self._guard = _only_writer(path)
        self._log = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._log.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + _SCHEMA
        )
        rules = pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id))
        self._evm = pyrevm.EVM(env=rules, spec_id="CANCUN", gas_limit=2**63)
        self._blocks: list[Block] = []
        self._receipts: dict[bytes, Receipt] = {}
        self._events: list[Event] = []
        self._block_start = 0  # of the events of the newest block
        self._raw: dict[bytes, bytes] = {}
        self._nonces: dict[bytes, int] = {}
        self.genesis = self._open_chain()
        self._replay()

    def _open_chain(self) -> bytes:
        row = self._log.execute("SELECT id, genesis FROM chain").fetchone()
        if row is None:
            now = seconds(self._clock.now())
            genesis = block_hash(os.urandom(32), 0, now, [])
            self._log.execute("BEGIN IMMEDIATE")
            self._log.execute("INSERT INTO chain VALUES (?, ?)", (self.chain_id, genesis))
            self._log.execute("INSERT INTO block VALUES (0, ?, ?)", (genesis, now))
            self._log.execute("COMMIT")
            return genesis
        if row[0] != self.chain_id:
            raise WrongChain(found=row[0], expected=self.chain_id)
        return bytes(row[1])

    def _replay(self) -> None:
        rows = self._log.execute("SELECT block, hash, sender, raw FROM tx ORDER BY position")
        pending = rows.fetchone()
        for number, hashed, time in self._log.execute("SELECT * FROM block ORDER BY number"):
            block = Block(number, hashed, time)
            self._begin(block)
            position = 0
            while pending and pending[0] == number:
                tx = read(pending[3], chain_id=self.chain_id, sender=Address(pending[2]))
                self._keep(tx, pending[3], block, self._execute(tx), position)
                position, pending = position + 1, rows.fetchone()
            self._blocks.append(block)

    # SUBMIT

    def submit(self, calls: Sequence[Call]) -> list[bytes]:
        with self._lock:
            nonce = self._nonces.get(self._relayer.address, 0)
            signed = [
                sign(call, nonce=nonce + at, chain_id=self.chain_id, price=0, key=self._relayer)
                for at, call in enumerate(calls)
            ]
            sender = self._relayer.address
            return self._mine(
                [(read(raw, chain_id=self.chain_id, sender=sender), raw) for raw in signed]
            )

    def send_raw(self, raw: bytes) -> bytes:
        """Take a transaction that somebody else signed. Raises Malformed."""
        with self._lock:
            tx = read(raw, chain_id=self.chain_id)
            if tx.nonce != self._nonces.get(tx.sender, 0):
                raise Malformed("nonce too low or too high")
            return self._mine([(tx, raw)])[0]

    def advance(self) -> None:
        with self._lock:
            if seconds(self._clock.now()) > self.head().time:
                self._mine([])

    def _mine(self, transactions: Sequence[tuple[Transaction, bytes]]) -> list[bytes]:
        """One block: execute, write it down in one SQL transaction, only then acknowledge."""
        head = self._blocks[-1]
        time = max(seconds(self._clock.now()), head.time)
        hashes = [tx.hash for tx, _ in transactions]
        block = Block(head.number + 1, block_hash(head.hash, head.number + 1, time, hashes), time)
        self._write(block, transactions)
        self._begin(block)
        for position, (tx, raw) in enumerate(transactions):
            self._keep(tx, raw, block, self._execute(tx), position)
        self._blocks.append(block)
        return hashes

    def _write(self, block: Block, transactions: Sequence[tuple[Transaction, bytes]]) -> None:
        self._log.execute("BEGIN IMMEDIATE")
        try:
            self._log.execute(
                "INSERT INTO block VALUES (?, ?, ?)", (block.number, block.hash, block.time)
            )
            self._log.executemany(
                "INSERT INTO tx (block, hash, sender, raw) VALUES (?, ?, ?, ?)",
                [(block.number, tx.hash, tx.sender, raw) for tx, raw in transactions],
            )
            self._log.execute("COMMIT")
        except BaseException:
            if self._log.in_transaction:
                self._log.execute("ROLLBACK")
            raise

    def _begin(self, block: Block) -> None:
        self._evm.set_block_env(pyrevm.BlockEnv(number=block.number, timestamp=block.time))

    def _execute(self, tx: Transaction) -> Outcome:
        """Run one transaction; whatever a failing one did is undone."""
        evm, sender = self._evm, "0x" + tx.sender.hex()
        evm.reset_transient_storage()
        before = evm.snapshot()
        self._nonces[tx.sender] = tx.nonce + 1
        try:
            if tx.to:
                evm.message_call(sender, "0x" + tx.to.hex(), calldata=tx.input, gas=tx.gas)
            else:
                evm.deploy(sender, tx.input, gas=tx.gas)
        except RuntimeError as error:
            evm.revert(before)
            self._bump_nonce(sender, tx)
            return _failure(error, tx)
        result = evm.result
        assert result is not None, "the engine ran"
        evm.commit()
        self._bump_nonce(sender, tx)
        logs = tuple(
            (
                Address(bytes.fromhex(log.address[2:])),
                tuple(bytes.fromhex(topic[2:]) for topic in log.topics),
                bytes(log.data[1]),
            )
            for log in result.logs
        )
        return Outcome(ok=True, gas_used=result.gas_used, revert=b"", logs=logs)

    def _bump_nonce(self, sender: str, tx: Transaction) -> None:
        """The engine counts nonces of creations only; an account of ours counts every one."""
        info = self._evm.basic(sender)
        if info.nonce != tx.nonce + 1:
            self._evm.insert_account_info(sender, pyrevm.AccountInfo(nonce=tx.nonce + 1))

    def _keep(
        self, tx: Transaction, raw: bytes, block: Block, outcome: Outcome, position: int
    ) -> None:
        start = len(self._events)
        if position == 0:
            self._block_start = start
        base = start - self._block_start
        self._events += [
            Event(address, topics, body, block, tx.hash, base + index)
            for index, (address, topics, body) in enumerate(outcome.logs)
        ]
        self._raw[tx.hash] = raw
        self._receipts[tx.hash] = Receipt(
            tx.hash,
            outcome.ok,
            block,
            outcome.gas_used,
            outcome.revert,
            tuple(self._events[start:]),
        )

    # READ

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        return [self._receipts.get(each) for each in hashes]

    def raw(self, tx: bytes) -> bytes | None:
        return self._raw.get(tx)

    def call(self, views: Sequence[Call], *, at: Block) -> list[bytes]:
        with self._lock:
            head = self._blocks[-1]
            if at.hash != head.hash:
                raise StateGone(block=at.number)
            return [self._view(view) for view in views]

    def _view(self, view: Call) -> bytes:
        self._evm.reset_transient_storage()
        to = "0x" + view.to.hex()
        try:
            return bytes(
                self._evm.message_call(
                    NOBODY, to, calldata=view.input, gas=VIEW_GAS, is_static=True
                )
            )
        except RuntimeError as error:
            reason = _revert_reason(error)
            raise TransactionRefused(contract=to, reason="0x" + reason.hex()) from None

    def events(self, *, first: int, last: int, contracts: Collection[Address]) -> Iterator[Event]:
        wanted = set(contracts)
        for event in self._events[self._first_event(first) :]:
            if event.block.number > last:
                return
            if event.address in wanted:
                yield event

    def _first_event(self, block: int) -> int:
        low, high = 0, len(self._events)
        while low < high:
            middle = (low + high) // 2
            if self._events[middle].block.number < block:
                low = middle + 1
            else:
                high = middle
        return low

    def head(self) -> Block:
        return self._blocks[-1]

    def final(self) -> Block:
        return self._blocks[-1]

    def block(self, number: int) -> Block | None:
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def nonce(self, account: bytes) -> int:
        return self._nonces.get(account, 0)

    def code(self, address: bytes) -> bytes:
        with self._lock:
            return bytes(self._evm.get_code("0x" + address.hex()) or b"")

    def code_hash(self, address: Address) -> bytes:
        return keccak256(self.code(address))

    def next_address(self, ahead: int) -> Address:
        sender = self._relayer.address
        return created_address(sender, self._nonces.get(sender, 0) + ahead)

    def close(self) -> None:
        self._log.close()
        if self._guard is not None:
            self._guard.close()


def _failure(error: RuntimeError, tx: Transaction) -> Outcome:
    used = _GAS_USED.search(str(error))
    gas = int(used[1]) if used else tx.gas
    return Outcome(ok=False, gas_used=gas, revert=_revert_reason(error), logs=())


def _revert_reason(error: RuntimeError) -> bytes:
    """Pyrevm gives revert data in the text of its exception only."""
    output = _OUTPUT.search(str(error))
    return bytes.fromhex(output[1]) if output else b""


def _only_writer(path: Path | str) -> IO[str] | None:
    """Hold a lock beside the file. Raises SecondWriter with the holder's process id."""
    if str(path) == ":memory:":
        return None
    guard = Path(f"{path}.lock").open("a+", encoding="ascii")  # held while open
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.seek(0)
        holder = guard.read().strip()
        guard.close()
        raise SecondWriter(pid=holder) from None
    guard.seek(0)
    guard.truncate()
    guard.write(str(os.getpid()))
    guard.flush()
    return guard
