"""Several nodes of a ledger: the own one first, and what the others agree on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import httpx
import pytest

from salus.kernel.ids import Address
from salus.platform.ledger import EmbeddedLedger, RpcLedger, endpoint
from salus.platform.ledger.errors import (
    FinalityBroken,
    LedgerBehind,
    LedgersDisagree,
    LedgerUnreachable,
    StateGone,
    TooFewNodes,
    TransactionRefused,
    WrongChain,
)
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.tests.ledgered import (
    ANCHOR,
    KEY,
    deployed,
    interface,
    new_clock,
    new_ledger,
)
from salus.platform.ledger.tests.pooled import Change, Json, Node, Village
from salus.platform.ledger.transactions import created_address
from salus.platform.ledger.wire import quantity

CONTRACT = interface().at(created_address(KEY.address, 0))
OWNER = Address(b"\x11" * 20)
BLOCK, CALL, LOGS = "eth_getBlockByNumber", "eth_call", "eth_getLogs"
RECEIPT = "eth_getTransactionReceipt"
OTHER = "0x" + 64 * "5"


@pytest.fixture
def village() -> Iterator[Village]:
    """Four nodes; the contract is in block 1, something that it says in block 2."""
    with new_ledger() as chain:
        village = Village(chain, "abcd")
        with Opened(village, own=True) as client:
            for call in (interface().creation(OWNER), CONTRACT.call("anchor", *ANCHOR)):
                client.submit([call])
                village.mine()
        yield village


class Opened:
    """A client for as long as a test asks it."""

    def __init__(self, village: Village, *, own: bool, hosts: str = "abcd", **rest: Any) -> None:
        lag_seconds = rest.pop("lag_seconds", 30)
        network = Network(tuple(f"http://{host}" for host in hosts), own, 2, lag_seconds)
        usual: dict[str, Any] = {"transport": village.transport(), "clock": new_clock()}
        self._client = RpcLedger(network, relayer=KEY, **usual | rest)

    def __enter__(self) -> RpcLedger:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()


def adding(**members: Any) -> Callable[[Any], Any]:
    return lambda found: found | members


def about(method: str, change: Callable[[Any], Any]) -> Change:
    def changed(asked: Json, result: Any) -> Any:
        return change(result) if asked["method"] == method and result is not None else result

    return changed


def all_of(client: RpcLedger, chain: EmbeddedLedger) -> list[Any]:
    """Everything on which a decision rests."""
    tx = chain.transactions(2)[0][0].hash
    return [
        client.final(),
        client.block(1),
        client.receipts([tx]),
        client.call([CONTRACT.call("batches")], at=client.final()),
        list(client.events(first=0, last=2, contracts=[CONTRACT.address])),
        client.code_hash(CONTRACT.address),
    ]


LIES = {
    "block": about(BLOCK, lambda found: found | {"hash": OTHER}),
    "time": about(BLOCK, lambda found: found | {"timestamp": "0x1"}),
    "future": about(BLOCK, lambda found: found | {"number": "0xffff"}),
    "failure": about(RECEIPT, lambda found: found | {"status": "0x0", "revertReason": "0x12"}),
    "events": about(RECEIPT, lambda found: found | {"logs": []}),
    "logs": about(LOGS, lambda _: []),
    "call": about(CALL, lambda _: OTHER),
    "code": about("eth_getCode", lambda _: "0x6001"),
    "nothing": lambda _, __: None,
    "nonsense": lambda _, __: {"number": [], "logs": 7},
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("liar", ["a", "b", "c"])
def test_one_liar_of_three_changes_nothing(village: Village, liar: str, lie: str) -> None:
    with Opened(village, own=True) as honest, Opened(village, own=False, hosts="abc") as client:
        expected = all_of(honest, village.chain)
        village.nodes[liar].change = LIES[lie]

        assert expected == all_of(client, village.chain)


@pytest.mark.parametrize("lie", ["block", "failure", "events", "logs", "call", "code"])
def test_two_that_differ_decide_nothing(village: Village, lie: str) -> None:
    """The third does not answer."""
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["a"].change = LIES[lie]
        village.nodes["c"].down = True
        try:
            found = all_of(client, village.chain)
        except (LedgersDisagree, LedgerUnreachable):
            pass  # a node whose first block is another one does not count
        else:
            assert found[2] == [None]


def test_an_extra_that_one_node_adds_is_not_believed(village: Village) -> None:
    """A reason for a failure that the others do not tell is found by running the call again."""
    with Opened(village, own=False, hosts="abc") as client:
        hashes = client.submit([CONTRACT.call("gone", 7)])
        village.mine()
        for node, reason in zip(village.nodes.values(), ("0x12", "0x34", "0x56"), strict=False):
            node.change = about(RECEIPT, adding(revertReason=reason))
        (receipt,) = client.receipts(hashes)

        assert receipt is not None
        assert receipt.revert not in {b"\x12", b"\x34", b"\x56"}


def test_a_failing_view_is_agreed_on_too(village: Village) -> None:
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["a"].change = LIES["call"]
        with pytest.raises(TransactionRefused):
            client.call([CONTRACT.call("unforeseen")], at=client.final())


def test_a_block_is_final_when_two_nodes_have_it(village: Village) -> None:
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["a"].late = village.nodes["b"].late = True
        village.idle()
        alone = client.final().number
        village.nodes["b"].late = False
        village.idle()
        both = client.final().number

    assert (alone, both) == (2, 4)


def test_a_final_block_stays_final_when_who_had_it_is_away(village: Village) -> None:
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["c"].late = True
        village.idle()
        known = client.final()
        village.nodes["a"].down = True

        assert known.number == 3
        assert client.final() == known


def test_a_lone_node_of_others_is_refused(village: Village) -> None:
    with pytest.raises(TooFewNodes):
        Opened(village, own=False, hosts="a")


def test_without_agreement_there_is_no_answer(village: Village) -> None:
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["a"].down = village.nodes["b"].down = True
        with pytest.raises(LedgerUnreachable):
            client.final()


def test_the_own_node_alone_is_asked_while_it_answers(village: Village) -> None:
    with Opened(village, own=True) as client:
        for node in list(village.nodes.values())[1:]:
            node.asked.clear()
        client.receipts([bytes(32)])
        client.call([CONTRACT.call("batches")], at=client.head())

        assert [node.asked for node in village.nodes.values()][1:] == [[], [], []]


def test_others_stand_in_for_the_own_node_and_it_comes_back(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_FIRST_REST", 0.0)
    with Opened(village, own=True) as client:
        village.nodes["a"].down = True
        hashes = client.submit([CONTRACT.call("anchor", *ANCHOR)])
        village.mine()
        receipts = client.settled(hashes, seconds=5)
        village.nodes["a"].down = False
        client._wire._every[0]._until = 0.0
        client.final()
        village.nodes["b"].asked.clear()
        client.receipts(hashes)

        assert receipts[0].ok
        assert village.nodes["b"].asked == []


def test_of_the_others_too_two_must_agree(village: Village) -> None:
    with Opened(village, own=True, hosts="abc") as client:
        village.nodes["a"].down = True
        village.nodes["b"].change = LIES["call"]
        with pytest.raises(LedgersDisagree):
            client.call([CONTRACT.call("batches")], at=client.final())


def test_one_other_node_does_not_stand_in(village: Village) -> None:
    with Opened(village, own=True, hosts="ab") as client:
        village.nodes["a"].down = True
        with pytest.raises(LedgerUnreachable):
            client.final()


def test_a_node_of_another_chain_never_counts(village: Village) -> None:
    foreign = about("eth_chainId", lambda _: "0x1")
    village.nodes["b"].change = foreign
    with Opened(village, own=False, hosts="abc") as client:
        village.nodes["a"].down = True
        with pytest.raises(LedgerUnreachable):
            client.final()
    village.nodes["c"].change = foreign
    with pytest.raises(WrongChain), Opened(village, own=False, hosts="bcd", chain_id=31_337):
        pass


def test_a_node_that_follows_another_chain_after_a_rest_is_refused(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_FIRST_REST", 0.0)
    with Opened(village, own=True, hosts="a") as client:
        village.nodes["a"].down = True
        with pytest.raises(LedgerUnreachable):
            client.final()
        village.nodes["a"].down = False
        village.nodes["a"].change = about(BLOCK, lambda found: found | {"hash": OTHER})
        with pytest.raises(WrongChain):
            client.final()


def test_an_own_node_that_is_far_behind_is_left(village: Village) -> None:
    clock = new_clock()
    with Opened(village, own=True, clock=clock, lag_seconds=30) as client:
        assert client.final().number == 2
        village.nodes["a"].late = True
        village.idle()
        client._lookout._next = 0.0
        soon = client.final().number
        clock.move(timedelta(seconds=31))
        client._lookout._next = 0.0
        later = client.final().number

        assert (soon, later) == (2, 3)
        assert client._wire.by_agreement


def test_an_idle_network_is_not_behind(village: Village) -> None:
    clock = new_clock()
    with Opened(village, own=True, clock=clock) as client:
        clock.move(timedelta(days=30))
        client._lookout._next = 0.0
        client.final()

        assert not client._wire.by_agreement


def test_an_own_node_on_a_fork_is_named(village: Village) -> None:
    with Opened(village, own=True) as client:
        village.nodes["a"].change = about(BLOCK, lambda found: found | {"hash": OTHER})
        with pytest.raises(FinalityBroken) as raised:
            client.final()

    assert raised.value.details == {"url": "http://a", "block": 2}


def test_one_other_node_cannot_raise_the_alarm(village: Village) -> None:
    village.nodes["b"].change = about(BLOCK, lambda found: found | {"hash": OTHER})
    with Opened(village, own=True) as client:
        assert client.final().number == 2


def test_a_node_that_lost_its_last_blocks_is_behind_and_not_a_liar(village: Village) -> None:
    """As an execution client is after `kill -9`, until it was fed again."""
    with Opened(village, own=True, hosts="a") as client:
        known = client.final()
        village.nodes["a"].height = 1
        with pytest.raises(LedgerBehind):
            client.final()
        village.nodes["a"].height = 2

        assert client.final() == known


def test_a_state_that_few_have_is_gone(village: Village) -> None:
    with Opened(village, own=False, hosts="abc") as client:
        old = client.final()
        village.idle()
        with pytest.raises(StateGone):
            client.call([CONTRACT.call("batches")], at=old)


def test_a_node_that_hangs_holds_up_nobody(village: Village) -> None:
    """Its answers never come: the other two are enough."""
    hung: list[Node] = []
    released = Event()

    class Hanging(httpx.BaseTransport):
        def __init__(self) -> None:
            self._inner = village.transport()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == "c" and hung:
                released.wait(20)
            return self._inner.handle_request(request)

    with Opened(village, own=False, hosts="abc", transport=Hanging()) as client:
        hung.append(village.nodes["c"])
        try:
            for _ in range(20):
                assert client.final().number == 2
        finally:
            released.set()


def test_what_one_node_swallows_reaches_the_others(village: Village) -> None:
    """Where no node is one's own, a transaction goes to two."""
    for node in village.nodes.values():
        node.gossips = False
    with Opened(village, own=False, hosts="abc") as client:
        client.submit([CONTRACT.call("anchor", *ANCHOR)])
        holding = [host for host, node in village.nodes.items() if node.pool]

    assert len(holding) >= 2


def test_a_liar_about_nonces_does_not_misplace_a_transaction(village: Village) -> None:
    def saying(lie: str) -> Change:
        return about("eth_getTransactionCount", lambda _: lie)

    for liar, lie in (("a", quantity(10**6)), ("b", "0x0")):
        village.nodes[liar].change = saying(lie)
        with Opened(village, own=False, hosts="abc") as client:
            hashes = client.submit([CONTRACT.call("anchor", *ANCHOR)])
            village.mine()
            assert client.receipts(hashes) != [None]
        village.nodes[liar].change = None


def test_the_contract_is_the_one_of_other_tests() -> None:
    with new_ledger() as other:
        assert deployed(other).address == CONTRACT.address
