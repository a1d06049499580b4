"""kill -9 of a process that sends to a node, before and after each thing that it keeps or tells.

The node is a process of its own, which loses its pool when the sender died: what was acknowledged
must be mined all the same, and nothing twice.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Ledger, RpcLedger, sender
from salus.platform.ledger.errors import NotFinal
from salus.platform.ledger.tests.ledgered import CHAIN, KEY, deployed, interface, new_ledger
from salus.platform.ledger.tests.pooled import Village, on_a_socket
from salus.platform.ledger.transactions import created_address
from salus.platform.web.serve import listen, serving
from tests.faults.killing import Act, live
from tests.support.anvil import anvil

CONTRACT = interface().at(created_address(KEY.address, 0))
KEYS = [KEY, *(SigningKey.from_bytes(bytes([at]) * 32) for at in range(21, 24))]
EACH, MANY = 3, 25


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A node with the contract."""
    with anvil(CHAIN) as address:
        client = RpcLedger(address, relayer=KEY, finality="latest", price=0)
        client.submit([interface().creation(b"\x11" * 20)])
        client._wire.ask("evm_mine")
        client.close()
        yield address


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TEND_SECONDS", 0.0)


def opened(url: str, home: Path) -> RpcLedger:
    return RpcLedger(url, relayer=KEYS, outbox=home / "outbox.db", finality="latest", price=0)


def sending(url: str, mark: str, home: Path) -> None:
    """Two submits; the first is mined and looked at, the second only sent."""
    client = opened(url, home)
    hashes = client.submit([CONTRACT.call("note", f"{mark} {at}") for at in range(EACH)])
    client._wire.ask("evm_mine")
    client.settled(hashes, seconds=5)
    client.submit([CONTRACT.call("note", f"{mark} {at}") for at in range(EACH, 2 * EACH)])


def notes(client: Ledger, mark: str) -> Counter[str]:
    last = client.head().number
    found = map(CONTRACT.event, client.events(first=0, last=last, contracts=[CONTRACT.address]))
    texts = [str(each.values["note"]) for each in found if each is not None]
    return Counter(each for each in texts if each.startswith(mark))


def drained(url: str, home: Path, mark: str) -> Counter[str]:
    """What is on the ledger after the node lost its pool and the home was opened again."""
    client = opened(url, home)
    try:
        client._wire.ask("anvil_dropAllTransactions")
        for _ in range(4):
            client._senders.tend()
            client._wire.ask("evm_mine")
        assert [client._outbox.owed(key.address) for key in KEYS] == [[]] * len(KEYS)
        return notes(client, mark)
    finally:
        client.close()


def act(url: str, mark: str) -> Act:
    return Act(mark, prepare=lambda _: None, run=partial(sending, url, mark))


def test_what_was_acknowledged_is_mined_once_wherever_the_sender_dies(
    url: str, tmp_path: Path
) -> None:
    (tmp_path / "all").mkdir()
    done, steps = live(tmp_path / "all", act(url, "all "), None)
    assert done
    assert steps > 20
    assert set(drained(url, tmp_path / "all", "all ").values()) == {1}
    for step in range(1, steps + 1):
        home, mark = tmp_path / str(step), f"step {step} "
        home.mkdir()
        acknowledged, _ = live(home, act(url, mark), step)
        found = drained(url, home, mark)

        assert set(found.values()) <= {1}, step
        assert len(found) in ({2 * EACH} if acknowledged else {0, EACH, 2 * EACH}), step


def forked(run: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        run()
        status = 0
    finally:
        os._exit(status)


def singly(url: str, home: Path, mark: str) -> None:
    client = opened(url, home)
    hashes = [client.submit([CONTRACT.call("note", f"{mark}{at}")])[0] for at in range(MANY)]
    client.settled(hashes, seconds=60)
    client.close()


@pytest.mark.parametrize("shared", [True, False], ids=["one home", "two homes with one key"])
def test_two_processes_send_at_a_time(tmp_path: Path, *, shared: bool) -> None:
    """Even where two homes have the same keys, as after a copy: each transaction comes once."""
    marks = ["one ", "other "]
    homes = [tmp_path, tmp_path] if shared else [tmp_path / "one", tmp_path / "other"]
    for home in homes:
        home.mkdir(exist_ok=True)
    with new_ledger() as chain, listen("127.0.0.1", 0) as listener:
        deployed(chain)
        village = Village(chain)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        children = {
            forked(partial(singly, url, home, mark))
            for home, mark in zip(homes, marks, strict=True)
        }
        with serving(on_a_socket(village.nodes["a"]), listener):
            statuses = mined_until_ended(village, children)
        sent = [village.chain.transactions(at) for at in range(2, chain.head().number + 1)]
        found = [notes(chain, mark) for mark in marks]

    assert statuses == [0, 0]
    assert [len(each) for each in found] == [MANY, MANY]
    assert [set(each.values()) for each in found] == [{1}, {1}]
    assert len({tx.sender for block in sent for tx, _ in block}) == len(KEYS)
    assert sum(map(len, sent)) == 2 * MANY or not shared  # nothing that only fills a gap


def mined_until_ended(village: Village, children: set[int]) -> list[int]:
    statuses: list[int] = []
    never = Event()
    while children:
        never.wait(0.01)  # the node answers meanwhile
        village.mine(5)
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended in children:
            children.discard(ended)
            statuses.append(status)
    return statuses


def test_a_sender_that_waits_is_told_that_it_is_kept(url: str, tmp_path: Path) -> None:
    client = opened(url, tmp_path)
    hashes = client.submit([CONTRACT.call("note", "kept")])
    with pytest.raises(NotFinal):
        client.settled(hashes, seconds=0)
    client.close()

    assert drained(url, tmp_path, "kept") == {"kept": 1}
