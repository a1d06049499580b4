"""Load on a network: senders note what was acknowledged, and one looks for all of it."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from salus.kernel.ids import Address
from salus.platform.ledger import Call, RpcLedger, settled
from salus.platform.ledger.errors import LedgerUnreachable
from salus.platform.ledger.transactions import created_address
from salus.platform.node import relayers
from tests.support.networked import Net
from tests.support.validating import STORE

GAS = 60_000
BATCH = 25  # writes that are acknowledged together
PAUSE = 0.25  # seconds between two of them
PATIENCE = 180.0  # seconds until all that was acknowledged must be final
_ASKED = 200  # questions in one batch


@dataclass(slots=True)
class Sender:
    """One home that writes through its own validator, whatever happens to that.

    `mined`: the hashes under which it is in blocks, in the order of what was acknowledged.
    """

    ledger: RpcLedger
    contract: Address
    first: int
    acknowledged: list[bytes] = field(default_factory=list)
    mined: list[bytes] = field(default_factory=list)
    unheard: int = 0

    def send(self) -> None:
        """One batch; what nobody acknowledged was not written and is not counted."""
        start = self.first + len(self.acknowledged)
        calls = [store(self.contract, start + at) for at in range(BATCH)]
        try:
            self.acknowledged += self.ledger.submit(calls)
        except LedgerUnreachable:
            self.unheard += 1


def store(contract: Address, slot: int) -> Call:
    """Writes 1 at a slot, as an anchor does."""
    return Call(contract, slot.to_bytes(32, "big"), GAS)


def lay_store(net: Net, name: str) -> Address:
    """A contract whose address nobody foretold."""
    key = relayers(net.folders(name)[0].home)[0]
    ledger = net.ledger(name, key)
    nonce = ledger.next_address(0)
    (receipt,) = settled(ledger, ledger.submit([Call(b"", STORE, 200_000)]), wait_seconds=60)
    ledger.close()
    assert receipt.ok
    assert nonce != created_address(net.network.deployer, 0)
    return nonce


@contextmanager
def loaded(net: Net, contract: Address, folder: Path, *names: str) -> Iterator[list[Sender]]:
    """Writes go on while the block runs; then all that was acknowledged is final everywhere."""
    folder.mkdir(exist_ok=True)
    ends = Event()
    with ExitStack() as stack:
        senders = [_sender(net, contract, folder, name) for name in names]
        for each in senders:
            stack.callback(each.ledger.close)
        threads = [Thread(target=_go_on, args=(each, ends), daemon=True) for each in senders]
        for thread in threads:
            thread.start()
        try:
            yield senders
        finally:
            ends.set()
            for thread in threads:
                thread.join(60)
        for each in senders:
            receipts = settled(each.ledger, each.acknowledged, wait_seconds=PATIENCE)
            assert [] == [receipt for receipt in receipts if not receipt.ok]
            each.mined += [receipt.tx for receipt in receipts]


def _sender(net: Net, contract: Address, folder: Path, name: str) -> Sender:
    key = relayers(net.folders(name)[0].home)[1]
    ledger = RpcLedger(
        net.url(name),
        relayer=key,
        chain_id=net.network.chain,
        genesis=net.network.genesis,
        outbox=folder / f"{name}.db",
    )
    return Sender(ledger, contract, secrets.randbits(200))


def _go_on(sender: Sender, ends: Event) -> None:
    while not ends.is_set():
        sender.send()
        ends.wait(PAUSE)


def lost(net: Net, name: str, senders: Sequence[Sender]) -> list[bytes]:
    """What was acknowledged and is not in a block of a validator."""
    hashes = [each for sender in senders for each in sender.mined]
    found = asked(
        net.url(name), "eth_getTransactionReceipt", [["0x" + each.hex()] for each in hashes]
    )
    return [each for each, receipt in zip(hashes, found, strict=True) if receipt is None]


def asked(url: str, method: str, params: Sequence[list[Any]]) -> list[Any]:
    """The answers of a node to one question about many things."""
    answers: list[Any] = []
    with httpx.Client(timeout=30, trust_env=False) as client:
        for first in range(0, len(params), _ASKED):
            batch = [
                {"jsonrpc": "2.0", "id": at, "method": method, "params": each}
                for at, each in enumerate(params[first : first + _ASKED])
            ]
            said = client.post(url, json=batch).json()
            answers += [each["result"] for each in sorted(said, key=lambda each: each["id"])]
    return answers


def blocks_of(url: str, upto: int) -> list[str]:
    """The hash of each block, which covers everything in it and before it."""
    found = asked(url, "eth_getBlockByNumber", [[hex(at), False] for at in range(upto + 1)])
    return [each["hash"] for each in found]
