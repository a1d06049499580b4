"""The embedded chain: what it keeps, what it refuses, and what a crash may do to it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.platform.errors import DiskFull, FileTrouble
from salus.platform.ledger import Block, EmbeddedLedger, Receipt
from salus.platform.ledger.errors import (
    BadTransaction,
    LedgerDamaged,
    SecondWriter,
    StateGone,
    WrongChain,
)
from salus.platform.ledger.port import Call
from salus.platform.ledger.tests.ledgered import (
    ANCHOR,
    CHAIN,
    KEY,
    deployed,
    interface,
    new_clock,
    new_ledger,
)
from salus.platform.ledger.transactions import MAX_GAS, Transaction, created_address, sign

CONTRACT = interface().at(created_address(KEY.address, 0))
WRITER = """
import itertools
from pathlib import Path
from salus.platform.ledger.tests.ledgered import ANCHOR, deployed, new_ledger
ledger = new_ledger(Path("chain.db"))
contract = deployed(ledger)
calls = [contract.call("anchor", *ANCHOR)] * 3
for _ in itertools.repeat(None, 100_000):
    hashes = ledger.submit(calls)
    print(*(each.hex() for each in hashes), flush=True)
"""


def everything(ledger: EmbeddedLedger) -> tuple[list[Block], list[Receipt | None]]:
    blocks = [block for number in range(10_000) if (block := ledger.block(number))]
    hashes = [tx.hash for block in blocks for tx, _ in ledger.transactions(block.number)]
    return blocks, ledger.receipts(hashes)


def filled(path: Path) -> EmbeddedLedger:
    ledger = new_ledger(path)
    contract = deployed(ledger)
    for count in range(1, 4):
        ledger.submit([contract.call("anchor", *ANCHOR)] * count + [contract.call("gone", 1)])
    return ledger


def test_reopened_chain_is_the_same(tmp_path: Path) -> None:
    with filled(tmp_path / "chain.db") as ledger:
        before = everything(ledger)
        genesis = ledger.genesis
    with new_ledger(tmp_path / "chain.db") as ledger:
        assert everything(ledger) == before
        assert ledger.genesis == genesis
        assert ledger.block_of(ledger.head().hash) == ledger.head()


def test_two_chains_never_have_the_same_genesis() -> None:
    with new_ledger() as one, new_ledger() as other:
        assert one.genesis != other.genesis


def test_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    with new_ledger(tmp_path / "chain.db"):
        with pytest.raises(SecondWriter) as caught:
            new_ledger(tmp_path / "chain.db")

        assert caught.value.details == {"pid": str(os.getpid())}
    new_ledger(tmp_path / "chain.db").close()


def test_file_of_another_chain_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    new_ledger(path).close()
    with pytest.raises(WrongChain):
        EmbeddedLedger(path, clock=new_clock(), relayer=KEY, chain_id=CHAIN + 1)

    new_ledger(path).close()  # the refusal let go of the file


@pytest.mark.parametrize(
    ("change", "block"),
    [
        ("UPDATE tx SET raw = (SELECT raw FROM tx WHERE block = 3 AND position = 0)", 1),
        ("UPDATE block SET time = time + 1 WHERE number = 2", 2),
        ("UPDATE block SET hash = zeroblob(32) WHERE number = 3", 3),
        ("DELETE FROM tx WHERE block = 3 AND position = 1", 3),
        ("DELETE FROM block WHERE number = 2", 3),
        ("DELETE FROM block WHERE number = 4", 4),
        ("UPDATE tx SET raw = zeroblob(9) WHERE block = 4", 4),
    ],
)
def test_damage_is_found_on_opening(tmp_path: Path, change: str, block: int) -> None:
    path = tmp_path / "chain.db"
    filled(path).close()
    damaged = sqlite3.connect(path)
    with damaged:
        damaged.execute(change)
    damaged.close()
    with pytest.raises(LedgerDamaged) as caught:
        new_ledger(path)

    assert caught.value.details == {"block": block}


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    path.write_bytes(b"something else " * 100)
    with pytest.raises(LedgerDamaged):
        new_ledger(path)


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble):
        new_ledger(tmp_path / "nowhere" / "chain.db")


def test_full_disk_changes_nothing(tmp_path: Path) -> None:
    with filled(tmp_path / "chain.db") as ledger:
        before = everything(ledger)
        ledger._log._sql.execute("PRAGMA max_page_count = 1")
        with pytest.raises(DiskFull):
            ledger.submit([CONTRACT.call("note", "x" * 9_000)] * 3)

        assert everything(ledger) == before
        ledger._log._sql.execute("PRAGMA max_page_count = 100000")
        assert ledger.receipts(ledger.submit([CONTRACT.call("anchor", *ANCHOR)]))[0].ok  # type: ignore[union-attr]
        after = everything(ledger)
    with new_ledger(tmp_path / "chain.db") as ledger:
        assert everything(ledger) == after


def test_torn_log_loses_whole_blocks_only(tmp_path: Path) -> None:
    """The write-ahead log cut at any length gives the chain up to some block."""
    with filled(tmp_path / "chain.db") as ledger:
        blocks, receipts = everything(ledger)
        whole = (tmp_path / "chain.db-wal").read_bytes()
        for size in range(0, len(whole) + 1, 1_700):
            copy = tmp_path / f"cut-{size}"
            copy.mkdir()
            shutil.copy(tmp_path / "chain.db", copy)
            (copy / "chain.db-wal").write_bytes(whole[:size])
            with new_ledger(copy / "chain.db") as cut:
                found, kept = everything(cut)

            assert found == blocks[: len(found)] or len(found) == 1
            assert kept == [receipt for receipt in receipts if receipt.block in found]  # type: ignore[union-attr]


def test_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    for lines in (1, 7, 20):
        folder = tmp_path / str(lines)
        folder.mkdir()
        acknowledged = []
        with subprocess.Popen(
            [sys.executable, "-c", WRITER], cwd=folder, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                acknowledged += writer.stdout.readline().split()
            writer.send_signal(signal.SIGKILL)
        with new_ledger(folder / "chain.db") as ledger:
            receipts = ledger.receipts([bytes.fromhex(each) for each in acknowledged])
            blocks = [ledger.transactions(number) for number in range(2, ledger.head().number + 1)]

            assert len(acknowledged) == 3 * lines
            assert all(receipt is not None and receipt.ok for receipt in receipts)
            assert {len(block) for block in blocks} == {3}


STEPS = st.lists(
    st.sampled_from(["anchor", "gone", "endless", "bear", "view", "bad view", "attempt"]),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.data())
def test_questions_leave_no_trace(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], data: st.DataObject
) -> None:
    """A replay without the questions gives the same receipts, to the last unit of gas."""
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    arguments = {"anchor": ANCHOR, "gone": (1,)}
    with new_ledger(path) as ledger:
        deployed(ledger)
        for step in steps:
            if "view" in step:
                verb = "batches" if step == "view" else "unforeseen"
                ledger._machine.view(CONTRACT.address, CONTRACT.call(verb).input, gas=99_999)
            elif step == "attempt":
                gas = data.draw(st.integers(21_000, 90_000))
                ledger.attempt(CONTRACT.call("anchor", *ANCHOR, gas=gas), sender=KEY.address)
            else:
                gas = data.draw(st.integers(30_000, 120_000))
                ledger.submit([CONTRACT.call(step, *arguments.get(step, ()), gas=gas)])
        before = everything(ledger)
    with new_ledger(path) as ledger:
        assert everything(ledger) == before


def test_state_of_an_older_block_is_gone() -> None:
    with new_ledger() as ledger:
        contract = deployed(ledger)
        before = ledger.head()
        ledger.submit([contract.call("anchor", *ANCHOR)])
        with pytest.raises(StateGone):
            ledger.call([contract.call("batches")], at=before)


def test_idle_chain_advances_once_a_second() -> None:
    clock = new_clock()
    with new_ledger(clock=clock) as ledger:
        ledger.advance()
        assert ledger.head().number == 0

        clock.move(timedelta(seconds=5))
        ledger.advance()
        ledger.advance()
        assert (ledger.head().number, ledger.head().time) == (1, ledger.block(0).time + 5)  # type: ignore[union-attr]


def test_time_of_blocks_never_goes_back() -> None:
    clock = new_clock()
    with new_ledger(clock=clock) as ledger:
        deployed(ledger)
        clock.move(timedelta(minutes=-10))
        ledger.submit([CONTRACT.call("anchor", *ANCHOR)])

        assert ledger.head().time == ledger.block(0).time  # type: ignore[union-attr]


def test_nothing_submitted_is_no_block() -> None:
    with new_ledger() as ledger:
        assert ledger.submit([]) == []
        assert ledger.head().number == 0


def test_threads_may_write_and_read_together() -> None:
    with new_ledger() as ledger, ThreadPoolExecutor(4) as pool:
        contract = deployed(ledger)
        sent = list(
            pool.map(lambda _: ledger.submit([contract.call("anchor", *ANCHOR)]), range(50))
        )
        (raw,) = ledger.call([contract.call("batches")], at=ledger.head())

        assert len({tx for (tx,) in sent}) == 50
        assert contract.result("batches", raw) == 50


def test_call_that_the_engine_would_not_survive_is_not_written() -> None:
    with new_ledger() as ledger:
        for call in (
            Call(bytes(20), b"", gas=2**64),
            Call(bytes(20), b"", gas=MAX_GAS + 1),
            Call(bytes(20), b"", gas=-1),
            Call(bytes(19), b""),
            Call(bytes(20), bytes(1_000_001)),
        ):
            with pytest.raises(BadTransaction):
                ledger.submit([call])

        assert ledger.head().number == 0


def foreign(nonce: int = 0, gas: int = 100_000, chain_id: int = CHAIN) -> tuple[Transaction, bytes]:
    call = Call(bytes(20), b"", gas)
    return sign(call, nonce=nonce, chain_id=chain_id, price=3, key=KEY)


def test_foreign_transactions_are_checked_one_by_one() -> None:
    good, raw = foreign()
    following, raw_following = foreign(1)
    with new_ledger() as ledger:
        answers = ledger.send_many(
            [raw, raw, foreign(5)[1], foreign(1, gas=20_999)[1], raw_following]
        )
        reasons = [
            each.details["reason"] if isinstance(each, BadTransaction) else each for each in answers
        ]

        assert reasons == [
            good.hash,
            "nonce too low: 0, not 1",
            "nonce too high: 5, not 1",
            "intrinsic gas too low",
            following.hash,
        ]
        assert [tx.hash for tx, _ in ledger.transactions(1)] == [good.hash, following.hash]
        for refused, word in ((raw, "known"), (foreign(2, chain_id=1)[1], "another chain")):
            with pytest.raises(BadTransaction, match=word):
                ledger.send_raw(refused)
