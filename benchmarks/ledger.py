"""Anchors on the embedded ledger, against an engine and a file with nothing around them.

The reference runs the same calls of the same contract on pyrevm and commits the same rows to
SQLite, but signs no transaction, counts no nonce, keeps no receipt and undoes nothing.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrevm

from benchmarks.report import Row, paired, row, scaled, seconds
from salus.kernel.clock import SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call, EmbeddedLedger, deploy
from salus.platform.ledger.log import Signed
from salus.platform.testing import memory_node
from salus.rights.custody.founding import plan
from salus.rights.identity.ledger import signed
from salus.rights.identity.model import Roles
from salus.rights.identity.service import admit, new_party

CHAIN = 31_337
BLOCK = 100
RUNS = 5
RELAYER = SigningKey.from_bytes(b"\x2a" * 32)
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE block (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, time INTEGER NOT NULL);
CREATE TABLE tx (
  block INTEGER, position INTEGER, sender BLOB NOT NULL, raw BLOB NOT NULL,
  PRIMARY KEY (block, position)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """What brings an empty chain to where an organization may anchor, and its anchors."""

    setup: list[Signed]
    anchors: list[Call]
    question: Call

    def blocks(self, size: int) -> Iterator[list[Call]]:
        calls = iter(self.anchors)
        return iter(lambda: list(islice(calls, size)), [])


def run() -> list[Row]:
    stream = _stream(scaled(2_000, quick=200))
    few = replace(stream, anchors=stream.anchors[: scaled(500, quick=100)])
    with TemporaryDirectory() as folder:
        places = (Path(folder) / f"{number}.db" for number in count())
        return [
            _anchors(few, places, 1, "anchors, each durable by itself"),
            _anchors(stream, places, BLOCK, f"anchors, {BLOCK} in a durable block"),
            *_reads(stream, next(places)),
        ]


def _stream(size: int) -> Stream:
    """Everything is signed before the clock runs."""
    with _opened(":memory:") as ledger:
        governors = [new_party("hospital", Roles.SOURCE), new_party("clinic", Roles.READER)]
        contracts = deploy(ledger, plan([each.address for each in governors], 2))
        node = replace(memory_node(), ledger=ledger, contracts=contracts, clock=SystemClock())
        admit(node, governors, governors=governors)
        blocks = range(1, ledger.head().number + 1)
        setup = [each for number in blocks for each in ledger.transactions(number)]
        by = governors[0].signing
        anchors = [
            signed(node, "Anchors", "anchor", number.to_bytes(32, "big"), 1, by=by, actor=True)
            for number in range(size)
        ]
        return Stream(setup, anchors, contracts["Anchors"].call("batches"))


def _opened(path: Path | str) -> EmbeddedLedger:
    return EmbeddedLedger(path, clock=SystemClock(), relayer=RELAYER, chain_id=CHAIN)


def _prepared(path: Path, stream: Stream) -> EmbeddedLedger:
    ledger = _opened(path)
    ledger.send_many([raw for _, raw in stream.setup])
    return ledger


def _anchors(stream: Stream, places: Iterator[Path], size: int, what: str) -> Row:
    """Each run has a chain of its own, made before the clock runs."""
    ledgers = [_prepared(next(places), stream) for _ in range(RUNS)]
    bares = [_Bare(next(places), stream) for _ in range(RUNS)]
    waiting = iter(ledgers), iter(bares)

    def ours() -> None:
        ledger = next(waiting[0])
        for calls in stream.blocks(size):
            ledger.submit(calls)

    def theirs() -> None:
        bare = next(waiting[1])
        for number, calls in enumerate(stream.blocks(size), 1):
            bare.submit(number, calls)

    own, reference = paired(ours, theirs, runs=RUNS)
    for ledger in ledgers:
        ledger.close()
    for bare in bares:
        bare.close()
    amount = len(stream.anchors)
    return row(what, amount / own, "1/s", reference=amount / reference, ratio_at_least=0.5)


class _Bare:
    """pyrevm in a loop, and one SQLite commit a block."""

    def __init__(self, path: Path, stream: Stream) -> None:
        rules = pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=CHAIN))
        self._evm = pyrevm.EVM(env=rules, spec_id="CANCUN", gas_limit=2**63)
        self._evm.set_block_env(pyrevm.BlockEnv(number=1, timestamp=int(_now())))
        for tx, _ in stream.setup:
            if tx.to:
                self._call(tx.to, tx.input, tx.gas)
            else:
                self._evm.deploy("0x" + tx.sender.hex(), tx.input, gas=tx.gas)
        self._sql = sqlite3.connect(path, isolation_level=None)
        self._sql.executescript(_TABLES)

    def _call(self, to: bytes, content: bytes, gas: int) -> None:
        sender = "0x" + RELAYER.address.hex()
        self._evm.message_call(sender, "0x" + to.hex(), calldata=content, gas=gas)

    def submit(self, number: int, calls: list[Call]) -> None:
        for call in calls:
            self._call(call.to, call.input, call.gas)
        rows = [(number, at, RELAYER.address, call.input) for at, call in enumerate(calls)]
        self._sql.execute("BEGIN IMMEDIATE")
        self._sql.execute("INSERT INTO block VALUES (?, ?, ?)", (number, bytes(32), number))
        self._sql.executemany("INSERT INTO tx VALUES (?, ?, ?, ?)", rows)
        self._sql.execute("COMMIT")

    def close(self) -> None:
        self._sql.close()


def _now() -> float:
    return SystemClock().now().timestamp()


def _reads(stream: Stream, place: Path) -> list[Row]:
    """What opening costs, which replays everything, and what a question costs."""
    ledger = _prepared(place, stream)
    for calls in stream.blocks(BLOCK):
        ledger.submit(calls)

    def ask() -> None:
        for _ in stream.anchors:
            ledger.call([stream.question], at=ledger.head())

    asked = seconds(ask)
    ledger.close()
    opened = seconds(lambda: _opened(place).close())
    amount = len(stream.anchors)
    return [
        row("transactions replayed on opening", (len(stream.setup) + amount) / opened, "1/s"),
        row("views at the head", amount / asked, "1/s"),
    ]
