"""One suite for every ledger: the same signed stream has the same effects wherever it runs.

The engine of a network is one of them; `test_network.py` has several validators of it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.clock import SystemClock
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import (
    Block,
    Call,
    Contract,
    EmbeddedLedger,
    Ledger,
    Receipt,
    RpcLedger,
    deploy,
    settled,
)
from salus.platform.ledger.errors import (
    StateGone,
    TransactionRefused,
    WrongChain,
)
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.serve import ledger_app
from salus.platform.ledger.tests.ledgered import (
    ANCHOR,
    CHAIN,
    KEY,
    OWNER,
    deployed,
    interface,
    new_ledger,
)
from salus.platform.testing import memory_node
from salus.platform.web.inside import Inside
from salus.platform.work import Node
from salus.rights.custody.founding import plan
from salus.rights.identity.errors import BadSignature, NonceUsed, NotGovernor
from salus.rights.identity.ledger import send, signed
from salus.rights.identity.ledger import view as ask
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party
from tests.support.anvil import anvil as process
from tests.support.networked import Net, network

OTHER = SigningKey.generate()
Opening = Callable[[Path], AbstractContextManager[Ledger]]


@contextmanager
def memory(_: Path) -> Iterator[Ledger]:
    ledger = new_ledger(clock=SystemClock())
    yield ledger
    ledger.close()


class Reopening(EmbeddedLedger):
    """Answers every question from a chain that was closed and replayed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(path, clock=SystemClock(), relayer=KEY, chain_id=CHAIN)

    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        hashes = super().submit(calls, by=by)
        self.close()
        super().__init__(self._path, clock=SystemClock(), relayer=KEY, chain_id=CHAIN)
        return hashes


@contextmanager
def file(folder: Path) -> Iterator[Ledger]:
    ledger = Reopening(folder / "chain.db")
    yield ledger
    ledger.close()


@contextmanager
def served(_: Path) -> Iterator[Ledger]:
    ledger = new_ledger(clock=SystemClock())
    inside = Inside(ledger_app(ledger))
    client = RpcLedger("http://localhost", relayer=KEY, chain_id=CHAIN, transport=inside)
    yield client
    client.close()
    ledger.close()


class MinedOnDemand(RpcLedger):
    """Anvil mines when it is told to; a network does by itself."""

    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        hashes = super().submit(calls, by=by)
        self._wire.ask("evm_mine")
        return hashes


@contextmanager
def anvil(_: Path) -> Iterator[Ledger]:
    with process(CHAIN) as url:
        ledger = MinedOnDemand(url, relayer=KEY, chain_id=CHAIN, finality="latest", price=0)
        yield ledger
        ledger.close()


@contextmanager
def agreed(folder: Path) -> Iterator[Ledger]:
    """Three nodes of others, two of which must agree, and an outbox on the disk."""
    ledger = new_ledger(clock=SystemClock())
    inside = Inside(ledger_app(ledger))
    network = Network(("http://localhost:1", "http://localhost:2", "http://localhost:3"), own=False)
    client = RpcLedger(
        network, relayer=KEY, chain_id=CHAIN, outbox=folder / "outbox.db", transport=inside
    )
    yield client
    client.close()
    ledger.close()


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """The real engine, started once: its chain goes on from test to test."""
    place = tmp_path_factory.mktemp("network") / "net"
    with network(place, ["hospital"], chain=CHAIN, relayers=[KEY.address, OTHER.address]) as net:
        yield net


OPENINGS = [memory, file, anvil, served, agreed]


@pytest.fixture(
    params=[*OPENINGS, None], ids=lambda opening: getattr(opening, "__name__", "engine")
)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param is None:
        ledger = request.getfixturevalue("validator").ledger("hospital", KEY)
        yield ledger
        ledger.close()
        return
    opening: Opening = request.param
    with opening(tmp_path) as ledger:
        yield ledger


def run(ledger: Ledger, *calls: Call) -> list[Receipt]:
    return settled(ledger, ledger.submit(calls))


def shown(contract: Contract, receipt: Receipt, *, since: int = 0) -> tuple[Any, ...]:
    """What must be the same everywhere: all but time, hashes of blocks, and gas.

    Blocks are counted from that of number `since`.
    """
    decoded = [contract.event(event) for event in receipt.events]
    events = [(each.name, each.values, each.index) for each in decoded if each is not None]
    return receipt.ok, receipt.revert, receipt.block.number - since, events


def view(ledger: Ledger, contract: Contract, name: str, *arguments: Any) -> Any:
    raw = ledger.call([contract.call(name, *arguments)], at=ledger.final())[0]
    return contract.result(name, raw)


def test_contract_stands_where_its_address_was_foretold(ledger: Ledger) -> None:
    foretold = [ledger.next_address(ahead) for ahead in range(2)]
    creation = interface().creation(OWNER)
    receipts = run(ledger, creation, creation)

    assert [receipt.ok for receipt in receipts] == [True, True]
    assert len({ledger.code_hash(address) for address in foretold}) == 1
    assert view(ledger, interface().at(foretold[1]), "owner") == OWNER


def test_success_has_its_events_and_no_revert(ledger: Ledger) -> None:
    start = ledger.head().number
    contract = deployed(ledger)
    first, second = run(ledger, contract.call("anchor", *ANCHOR), contract.call("note", "hé"))
    sender = {"batch": 0, "root": ANCHOR[0], "size": 5, "by": KEY.address}
    names = [contract.event(event).name for event in second.events]  # type: ignore[union-attr]

    assert (True, b"", 2, [("Anchored", sender, 0)]) == shown(contract, first, since=start)
    assert (names, [event.index for event in second.events]) == (["Noted", "Noted"], [1, 2])
    assert first.block == second.block == ledger.block(start + 2)


def test_another_key_sends_where_the_contract_looks_at_the_sender(ledger: Ledger) -> None:
    contract, other = deployed(ledger), OTHER
    anchored = contract.call("anchor", *ANCHOR)
    sent = [
        settled(ledger, ledger.submit([anchored, anchored], by=by)) for by in (other, None, other)
    ]
    senders = [
        contract.event(receipt.events[0]).values["by"]  # type: ignore[union-attr]
        for receipts in sent
        for receipt in receipts
    ]

    assert [other.address] * 2 + [KEY.address] * 2 + [other.address] * 2 == senders


REFUSED = ["unforeseen", "broken", "said", "silent", "endless"]


@pytest.mark.parametrize("verb", REFUSED)
def test_failure_is_a_receipt_and_leaves_nothing(ledger: Ledger, verb: str) -> None:
    start = ledger.head().number
    contract = deployed(ledger)
    (receipt,) = run(ledger, contract.call(verb, gas=200_000))
    with new_ledger() as reference:
        expected = run(reference, deployed(reference).call(verb, gas=200_000))[0]

    assert shown(contract, expected) == shown(contract, receipt, since=start)
    assert not receipt.ok
    assert view(ledger, contract, "batches") == 0


def test_failure_between_successes_undoes_only_itself(ledger: Ledger) -> None:
    contract = deployed(ledger)
    anchor = contract.call("anchor", *ANCHOR)
    receipts = run(ledger, anchor, contract.call("gone", 7), anchor)

    assert [receipt.ok for receipt in receipts] == [True, False, True]
    assert StateGone is type(contract.error(receipts[1].revert))
    assert contract.error(receipts[1].revert).details == {"block": 7}
    assert view(ledger, contract, "batches") == 2


def test_refusing_constructor_creates_nothing(ledger: Ledger) -> None:
    address = ledger.next_address(0)
    (receipt,) = run(ledger, interface().creation(Address(bytes(20))))
    nothing = ledger.code_hash(Address(b"\x77" * 20))

    assert not receipt.ok
    assert nothing == ledger.code_hash(address)
    assert deployed(ledger).address != address


def test_events_come_in_order_of_the_contracts_asked_for(ledger: Ledger) -> None:
    start = ledger.head().number
    first, second = deployed(ledger), deployed(ledger)
    for contract in (first, second, first):
        run(ledger, contract.call("anchor", *ANCHOR), contract.call("note", "x"))
    last = ledger.head().number
    both = list(ledger.events(first=0, last=last, contracts=[first.address, second.address]))
    one = list(ledger.events(first=start + 3, last=last - 1, contracts=[first.address]))

    assert len(both) == 9
    assert sorted((e.block.number, e.index) for e in both) == [
        (e.block.number, e.index) for e in both
    ]
    assert len(one) == 3
    assert {(first.address, start + 3)} == {(event.address, event.block.number) for event in one}
    assert list(ledger.events(first=0, last=last, contracts=[])) == []


def test_view_that_fails_tells_the_reason(ledger: Ledger) -> None:
    contract = deployed(ledger)
    with pytest.raises(TransactionRefused) as caught:
        ledger.call([contract.call("unforeseen")], at=ledger.final())
    told = contract.error(bytes.fromhex(str(caught.value.details["reason"])[2:]))

    assert told.details["reason"] == "Unforeseen"


def test_view_that_writes_answers_and_changes_nothing(ledger: Ledger) -> None:
    contract = deployed(ledger)
    anchor = contract.call("anchor", *ANCHOR)
    answers = ledger.call([anchor, anchor], at=ledger.final())

    assert [contract.result("anchor", answer) for answer in answers] == [0, 0]
    assert view(ledger, contract, "batches") == 0


def test_struct_comes_back_as_a_tuple(ledger: Ledger) -> None:
    contract = deployed(ledger)
    run(ledger, contract.call("anchor", *ANCHOR))

    assert (1, (ANCHOR[0], 7)) == view(ledger, contract, "pair")


def test_unknown_transaction_has_no_receipt(ledger: Ledger) -> None:
    assert ledger.receipts([bytes(32)]) == [None]


def test_head_is_the_block_of_the_last_submit(ledger: Ledger) -> None:
    contract = deployed(ledger)
    (receipt,) = run(ledger, contract.call("anchor", *ANCHOR))

    assert receipt.block == ledger.head() == ledger.final()
    assert ledger.block(0) == Block(0, ledger.genesis, ledger.block(0).time)  # type: ignore[union-attr]
    assert ledger.block(receipt.block.number + 1) is None
    assert receipt.block.time == view(ledger, contract, "time")


def test_state_of_another_block_is_gone_or_exact(ledger: Ledger) -> None:
    """An embedded chain keeps its last state only; asking for another must never give that."""
    contract = deployed(ledger)
    before = ledger.final()
    run(ledger, contract.call("anchor", *ANCHOR))
    try:
        found = contract.result("batches", ledger.call([contract.call("batches")], at=before)[0])
    except StateGone:
        found = None

    assert found in {None, 0}


def test_contract_that_creates_a_contract(ledger: Ledger) -> None:
    contract = deployed(ledger)
    foretold = view(ledger, contract, "bear")
    (receipt,) = run(ledger, contract.call("bear"))

    assert receipt.ok
    assert foretold != view(ledger, contract, "bear")
    assert ledger.code_hash(Address(bytes(20))) != ledger.code_hash(foretold)


STREAM = st.lists(
    st.lists(
        st.one_of(
            st.tuples(st.just("anchor"), st.binary(min_size=32, max_size=32), st.just(1)),
            st.tuples(st.just("note"), st.text(max_size=40)),
            st.tuples(st.just("gone"), st.integers(0, 2**64 - 1)),
            st.tuples(st.sampled_from([*REFUSED, "bear"])),
        ),
        min_size=1,
        max_size=5,
    ),
    max_size=5,
)


def played(ledger: Ledger, stream: list[list[tuple[Any, ...]]]) -> list[Any]:
    """A stream of verbs in blocks, on a contract of its own, as everybody must see it."""
    contract = deployed(ledger)
    start = ledger.head().number
    seen: list[Any] = []
    for verbs in stream:
        for receipt in run(ledger, *(contract.call(*verb, gas=300_000) for verb in verbs)):
            ok, revert, number, events = shown(contract, receipt)
            seen.append((ok, revert, number - start, events))
        seen.append(view(ledger, contract, "pair"))
    return seen


def test_same_stream_has_the_same_effects(ledger: Ledger) -> None:
    @settings(max_examples=12, deadline=None)
    @given(STREAM)
    def same(stream: list[list[tuple[Any, ...]]]) -> None:
        with new_ledger() as reference:
            assert played(reference, stream) == played(ledger, stream)

    same()


def consortium(ledger: Ledger, governors: list[Party]) -> Node:
    contracts = deploy(ledger, plan([each.address for each in governors], 2))
    return replace(memory_node(), ledger=ledger, contracts=contracts, clock=SystemClock())


def test_consortium_acts_by_signatures(ledger: Ledger) -> None:
    """The contracts of Salus themselves: an intent is taken once, and only from its signer."""
    governors = [new_party("hospital", Roles.SOURCE), new_party("clinic", Roles.READER)]
    node = consortium(ledger, governors)
    admit(node, governors, governors=governors)
    anchor = signed(node, "Anchors", "anchor", bytes(32), 3, by=governors[0].signing, actor=True)
    forged = signed(node, "Anchors", "anchor", bytes(32), 3, by=governors[0].signing, actor=True)
    forged = Call(forged.to, forged.input.replace(bytes([*bytes(31), 3]), bytes([*bytes(31), 4])))
    stranger = new_party("stranger", Roles.READER)
    foreign = signed(node, "Organizations", "approve", bytes(32), by=stranger.signing)
    send(node, anchor)

    assert ask(node, "Anchors", "batches") == 1
    assert ask(node, "Organizations", "isActive", governors[1].address)
    for call, refusal in ((anchor, NonceUsed), (forged, BadSignature), (foreign, NotGovernor)):
        with pytest.raises(refusal):
            send(node, call)


@pytest.mark.parametrize("opening", [anvil, served], ids=["anvil", "served"])
def test_another_chain_is_refused(opening: Opening, tmp_path: Path) -> None:
    with opening(tmp_path) as ledger:
        assert isinstance(ledger, RpcLedger)
        with pytest.raises(WrongChain):
            ledger._check(CHAIN + 1, None)
        with pytest.raises(WrongChain):
            ledger._check(CHAIN, bytes(32))
