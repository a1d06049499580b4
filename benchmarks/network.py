"""Four validators and eleven organizations on this machine: how much they take, and how fast.

The reference of the drain is what a prototype of the same engine took on two cores. The verbs sign
their intents, keep each transaction until it is final and read its receipt, on the same network in
the same run. `SALUS_BENCHMARKS_SOAK_MINUTES=30` adds half an hour at half of what was drained.
"""

import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.report import Row, row, scaled
from salus.kernel.ids import Address, RecordId, record_from_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Console
from salus.platform.ledger import Call, RpcLedger, settled
from salus.platform.ledger.transactions import sign
from salus.platform.ledger.wire import Request, Wire
from salus.platform.node import open_node, relayers
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.service import Granted
from salus.rights.custody.errors import NotPermitted, StaleHead
from salus.rights.custody.household import keepers_of
from salus.rights.custody.reading import as_reader, ask_for
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import signed
from salus.rights.records import service as records
from salus.surfaces.demo.patients import patient
from salus.surfaces.demo.scene import Story
from salus.surfaces.network.asking import size_of
from salus.surfaces.network.folder import Folder, folders
from salus.surfaces.network.holding import holder, pids
from salus.surfaces.network.settling import node_url
from salus.surfaces.network.story import running
from salus.surfaces.network.story_founding import usual
from salus.surfaces.network.story_scene import CLINIC, HOSPITAL, SECTION, NetworkScene

PROTOTYPE = 434  # anchors a second to drain, shared/prototypes/network
STORE = bytes.fromhex("666001600035550060005260076019f3")
"""Deploys a contract that writes 1 at the slot its input names, as an anchor does."""
GAS, PRICE, TIP = 60_000, 10**10, 10**8
BATCH = 100
WAIT = 300.0  # seconds
DAY = 86_400
_UNSETTLED = 40  # batches that may wait for their block
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Bench:
    """The network, the hospital's node on it, and a record whose section may be granted."""

    scene: NetworkScene
    node: Node
    record: RecordId

    @property
    def validators(self) -> list[Folder]:
        return folders(self.scene.folder)

    def ledgers(self) -> list[RpcLedger]:
        """One for each validator, with all its senders."""
        network = self.scene.network
        return [
            RpcLedger(
                node_url(peer),
                relayer=relayers(self.scene.folder / peer.name)[1:],
                chain_id=network.chain,
                genesis=network.genesis,
            )
            for peer in network.peers
        ]


def run() -> list[Row]:
    with _bench() as bench:
        rows = [*_idle(bench), *_grants(bench), _refusal(bench)]
        drained, drain = _drain(bench)
        rows += [drain, _verbs(bench, drained)]
        minutes = int(os.environ.get("SALUS_BENCHMARKS_SOAK_MINUTES", "0"))
        return rows + (_soak(bench, drained / 2, minutes) if minutes else [])


@contextmanager
def _bench() -> Iterator[Bench]:
    os.environ.setdefault("SALUS_LEDGER_WAIT_SECONDS", "60")
    with TemporaryDirectory(prefix=f"salus-bench-{secrets.token_hex(2)}-") as place:
        folder = Path(place) / "homes"
        story = Story(Console(folder, as_json=True))
        with running(story, folder, usual()) as scene:
            file = scene.paper("patient.json")
            file.write_bytes(patient(1, resources=40))
            (made,) = scene.do(HOSPITAL, "import", file)["records"]
            with open_node(folder / HOSPITAL) as node:
                yield Bench(scene, node, record_from_text(made["record"]))


"""IDLE"""


def _idle(bench: Bench) -> list[Row]:
    """Nothing is sent, and what was is on the disk; a day is what this while comes to."""
    while_ = scaled(60, quick=10)
    time.sleep(while_ / 2)
    before, bytes_before = _cpu(bench), _disk(bench)
    time.sleep(while_)
    cores = (_cpu(bench) - before) / while_
    grown = (_disk(bench) - bytes_before) / len(bench.validators) / while_ * DAY
    return [
        row("cores that four idle validators take", cores, "cores", at_most=0.5),
        row("disk a day of an idle validator", grown / 1e6, "MB", at_most=100),
    ]


def _processes(bench: Bench) -> list[int]:
    """The engine's and those who look after it."""
    found = [pid for each in bench.validators for pid in pids(each).values()]
    return found + [pid for each in bench.validators if (pid := holder(each)) is not None]


def _cpu(bench: Bench) -> float:
    """Seconds of all programs of the engine since they started."""
    ticks = 0
    for pid in _processes(bench):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def _disk(bench: Bench) -> int:
    return sum(size_of(each.engine) for each in bench.validators)


def _memory(bench: Bench) -> int:
    """Bytes of all programs of the engine."""
    page = os.sysconf("SC_PAGE_SIZE")
    return sum(
        int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in _processes(bench)
    )


"""GRANTS"""


def _grants(bench: Bench) -> list[Row]:
    """From the signature of the patient until the ledger says that it is final."""
    light = [_timed(lambda: _grant(bench)) for _ in range(scaled(60, quick=20))]
    rested = []
    for _ in range(scaled(20, quick=4)):
        time.sleep(3)  # longer than any block takes, so that consensus sleeps
        rested.append(_timed(lambda: _grant(bench)))
    return [
        row("grant to finality, p95, light load", _p95(light), "s", at_most=2),
        row("grant to finality, p95, from idle", _p95(rested), "s", at_most=2),
    ]


def _grant(bench: Bench) -> Granted:
    with bench.node.reading() as session:
        key = consent.controller(session, bench.record)
        units = records.units_of(session, bench.record, [SECTION])
    return consent.grant(
        bench.node,
        record=bench.record,
        units=[unit.id for unit in units],
        readers=[of_home(bench.scene.folder / HOSPITAL).member(CLINIC).address],
        purpose="TREAT",
        until=bench.node.clock.now() + timedelta(days=30),
        by=key,
    )


def _refusal(bench: Bench) -> Row:
    """From the moment in which a revocation is final until a custodian refuses."""
    waits = [_refused_after(bench) for _ in range(scaled(10, quick=3))]
    return row("revocation, final, to refusal, longest", max(waits), "s", at_most=2)


def _refused_after(bench: Bench) -> float:
    granted = _grant(bench)
    clinic = of_home(bench.scene.folder / CLINIC).party(CLINIC)
    with bench.node.reading() as session:
        units = records.units_of(session, bench.record, [SECTION])
        key = consent.controller(session, bench.record)
    custodian = keepers_of(bench.node, bench.scene.folder / HOSPITAL).custodians[0]

    def asks() -> bool:
        asked = ask_for(bench.node, as_reader(clinic, granted), bench.record, units)
        try:
            custodian.shares(asked)
        except NotPermitted:
            return False
        except StaleHead:  # its node has not the block yet that the reader saw at his own
            return True
        return True

    assert asks(), "what was granted is released"
    consent.revoke(bench.node, granted, by=key)
    begun = time.perf_counter()
    while asks():
        pass
    return time.perf_counter() - begun


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _p95(waits: Sequence[float]) -> float:
    return quantiles(waits, n=20, method="inclusive")[18]


"""CAPACITY"""


def _drain(bench: Bench) -> tuple[float, Row]:
    """Signed before the clock runs, sent to all validators, until the last one is final."""
    contract = _store(bench)
    with ExitStack() as stack:
        wires = [Wire(node_url(peer)) for peer in bench.scene.network.peers]
        for each in wires:
            stack.callback(each.close)
        amount = scaled(12_000, quick=1_500)
        raws = [_presigned(bench, wire, contract, at, amount) for at, wire in enumerate(wires)]
        begun = time.perf_counter()
        hashes = [_sent(wire, each) for wire, each in zip(wires, raws, strict=True)]
        for wire, sent in zip(wires, hashes, strict=True):
            _until_final(wire, sent)
        took = time.perf_counter() - begun
    rate = sum(map(len, hashes)) / took
    what = "presigned anchors, sent to all until the last is final"
    return rate, row(what, rate, "1/s", reference=PROTOTYPE, at_least=430)


def _store(bench: Bench) -> Address:
    ledger = bench.ledgers()[0]
    address = ledger.next_address(0)
    (receipt,) = settled(ledger, ledger.submit([Call(b"", STORE, 200_000)]), wait_seconds=WAIT)
    ledger.close()
    assert receipt.ok
    return address


def _presigned(bench: Bench, wire: Wire, contract: Address, at: int, amount: int) -> list[bytes]:
    """The share of one validator, from all its senders but the first, which others use."""
    keys = relayers(bench.scene.folder / bench.scene.network.peers[at].name)[1:]
    each = amount // len(bench.validators) // len(keys)
    return [raw for key in keys for raw in _of(bench, wire, contract, key, each)]


def _of(bench: Bench, wire: Wire, to: Address, key: SigningKey, count: int) -> Iterator[bytes]:
    asked = wire.ask("eth_getTransactionCount", "0x" + key.address.hex(), "pending")
    start = int(str(asked), 16)
    for nonce in range(start, start + count):
        slot = secrets.token_bytes(32)
        yield sign(
            Call(to, slot, GAS),
            nonce=nonce,
            chain_id=bench.scene.network.chain,
            price=PRICE,
            tip=TIP,
            key=key,
        )[1]


def _sent(wire: Wire, raws: Sequence[bytes]) -> list[str]:
    found: list[str] = []
    for first in range(0, len(raws), BATCH):
        batch = raws[first : first + BATCH]
        found += wire.all(
            [Request("eth_sendRawTransaction", ("0x" + each.hex(),)) for each in batch]
        )
    return found


def _until_final(wire: Wire, hashes: Sequence[str]) -> None:
    """Every one: a block that is there is final on this engine."""
    left, end = list(hashes), time.perf_counter() + WAIT
    while left:
        assert time.perf_counter() < end, f"{len(left)} were lost"
        asked = wire.all([Request("eth_getTransactionReceipt", (each,)) for each in left[-BATCH:]])
        if all(asked):
            del left[-BATCH:]
        else:
            time.sleep(0.05)


def _verbs(bench: Bench, drained: float) -> Row:
    """Anchors of the hospital: each intent is signed, each transaction kept until it is final."""
    amount, by = scaled(4_000, quick=500), of_home(bench.scene.folder / HOSPITAL).party(HOSPITAL)
    ledgers = bench.ledgers()
    begun = time.perf_counter()
    sent: list[tuple[RpcLedger, list[bytes]]] = []
    for number in range(0, amount, BATCH):
        calls = [
            signed(
                bench.node, "Anchors", "anchor", secrets.token_bytes(32), 1,
                by=by.signing, actor=True,
            )
            for _ in range(BATCH)
        ]  # fmt: skip
        ledger = ledgers[number // BATCH % len(ledgers)]
        sent.append((ledger, ledger.submit(calls)))
    for ledger, hashes in sent:
        _all_ok(ledger, hashes)
    rate = amount / (time.perf_counter() - begun)
    for ledger in ledgers:
        ledger.close()
    return row(
        "Salus anchors, signed to receipt", rate, "1/s", reference=drained, ratio_at_least=0.5
    )


def _all_ok(ledger: RpcLedger, hashes: list[bytes]) -> None:
    assert all(receipt.ok for receipt in settled(ledger, hashes, wait_seconds=WAIT))


"""SOAK"""


def _soak(bench: Bench, rate: float, minutes: int) -> list[Row]:
    """So many a second for so long. Memory is flat when the second half adds little."""
    contract, end = _store(bench), time.monotonic() + 60 * minutes
    half, ledgers, sent = time.monotonic() + 30 * minutes, bench.ledgers(), 0
    middle, begun = 0, time.monotonic()
    waiting: deque[tuple[RpcLedger, list[bytes]]] = deque()
    while time.monotonic() < end:
        ledger = ledgers[sent // BATCH % len(ledgers)]
        calls = [Call(contract, secrets.token_bytes(32), GAS) for _ in range(BATCH)]
        waiting.append((ledger, ledger.submit(calls)))
        sent += BATCH
        if len(waiting) > _UNSETTLED:
            _all_ok(*waiting.popleft())
        if not middle and time.monotonic() > half:
            middle = _memory(bench)
        time.sleep(max(0.0, begun + sent / rate - time.monotonic()))
    for each in waiting:
        _all_ok(*each)
    took = time.monotonic() - begun
    for ledger in ledgers:
        ledger.close()
    return [
        row(f"soak of {minutes} minutes", sent / took, "1/s", reference=rate, ratio_at_least=0.9),
        row("memory after it, of that halfway", _memory(bench) / middle, "x", at_most=1.2),
    ]
