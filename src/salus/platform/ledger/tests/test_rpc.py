"""The ledger behind JSON-RPC when the network or the node misbehaves."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from salus.kernel.ids import NOBODY
from salus.platform.ledger import Block, EmbeddedLedger, RpcLedger
from salus.platform.ledger.errors import (
    BadTransaction,
    LedgerFailed,
    LedgerUnreachable,
    StateGone,
)
from salus.platform.ledger.port import Call
from salus.platform.ledger.serve import ledger_app
from salus.platform.ledger.tests.ledgered import (
    ANCHOR,
    CHAIN,
    KEY,
    deployed,
    interface,
    new_ledger,
)
from salus.platform.ledger.transactions import created_address
from salus.platform.ledger.wire import BATCH
from salus.platform.web.inside import Inside

Json = dict[str, Any]
CONTRACT = interface().at(created_address(KEY.address, 0))


class Flaky(Inside):
    """A served chain whose answers a test may change, drop or count."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        super().__init__(ledger_app(ledger))
        self.sizes: list[int] = []
        self.drop_answers = self.drop_requests = 0
        self.change: Callable[[Json, Json], Json] = lambda _, answer: answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = orjson.loads(request.read())
        self.sizes.append(len(asked))
        if self.drop_requests:
            self.drop_requests -= 1
            raise httpx.ConnectError("down")
        answers = orjson.loads(super().handle_request(request).content)
        if self.drop_answers:
            self.drop_answers -= 1
            raise httpx.ReadError("lost")
        changed = [self.change(one, other) for one, other in zip(asked, answers, strict=True)]
        return httpx.Response(200, content=orjson.dumps(changed[::-1]))


def opened(node: Flaky, **rest: Any) -> RpcLedger:
    return RpcLedger("http://localhost", relayer=KEY, transport=node, **rest)


def error(code: int, message: str) -> Callable[[Json, Json], Json]:
    def change(asked: Json, _: Json) -> Json:
        return {"id": asked["id"], "error": {"code": code, "message": message}}

    return change


def test_long_lists_go_in_batches_and_come_back_in_order() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        contract = deployed(client)
        node.sizes.clear()
        hashes = client.submit([contract.call("note", str(at)) for at in range(2 * BATCH + 1)])
        sent = list(node.sizes)
        receipts = client.receipts(hashes)
        notes = [contract.event(each.events[0]).values["note"] for each in receipts]  # type: ignore[union-attr]

        assert sent == [BATCH, BATCH, 1]
        assert notes == [str(at) for at in range(2 * BATCH + 1)]


def test_lost_answer_does_not_send_twice() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        contract = deployed(client)
        node.drop_answers = 1
        hashes = client.submit([contract.call("anchor", *ANCHOR)] * 2)
        more = client.submit([contract.call("anchor", *ANCHOR)])
        (raw,) = client.call([contract.call("batches")], at=client.final())

        assert all(receipt and receipt.ok for receipt in client.receipts(hashes + more))
        assert contract.result("batches", raw) == 3


def test_short_outage_is_bridged_and_a_long_one_named() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        node.drop_requests = 2
        assert client.head() == ledger.head()

        node.drop_requests = 99
        with pytest.raises(LedgerUnreachable) as caught:
            client.submit([Call(bytes(20), b"")])
        assert caught.value.details == {"url": "http://localhost"}

        node.drop_requests = 0
        assert client.receipts(client.submit([Call(bytes(20), b"")]))[0].ok  # type: ignore[union-attr]


def test_two_processes_may_share_a_relayer() -> None:
    with new_ledger() as ledger:
        one, other = opened(Flaky(ledger)), opened(Flaky(ledger))
        contract = deployed(one)
        for client in (other, one, other):
            receipts = client.receipts(client.submit([contract.call("anchor", *ANCHOR)] * 2))

            assert all(receipt and receipt.ok for receipt in receipts)


def test_refusal_of_the_node_is_told_and_leaves_no_gap() -> None:
    with new_ledger() as ledger:
        client = opened(Flaky(ledger))
        contract = deployed(client)
        with pytest.raises(BadTransaction, match="intrinsic gas too low"):
            client.submit([contract.call("note", "x", gas=20_000)])

        assert client.receipts(client.submit([contract.call("note", "x")]))[0].ok  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "message", ["missing trie node ab", "header not found", "the state of block 3 is gone"]
)
def test_pruned_state_is_told_apart(message: str) -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        deployed(client)
        node.change = error(-32000, message)
        with pytest.raises(StateGone):
            client.call([CONTRACT.call("batches")], at=Block(3, bytes(32), 0))


def test_missing_method_is_named() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        node.change = error(-32601, "no method")
        with pytest.raises(LedgerFailed, match="eth_call: no method"):
            client.call([CONTRACT.call("batches")], at=ledger.head())
        with pytest.raises(LedgerFailed, match="eth_getBlockByNumber"):
            client.head()


def test_span_of_events_is_cut_to_what_the_node_allows() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        contract = deployed(client)
        for _ in range(9):
            client.submit([contract.call("anchor", *ANCHOR)])

        def limited(asked: Json, answer: Json) -> Json:
            span = asked["params"][0] if asked["method"] == "eth_getLogs" else None
            if span and int(span["toBlock"], 16) - int(span["fromBlock"], 16) >= 3:
                return error(-32005, "block range too wide")(asked, answer)
            return answer

        node.change = limited
        found = list(client.events(first=0, last=30, contracts=[contract.address]))

        assert [event.block.number for event in found] == list(range(2, 11))


def test_node_that_cannot_give_events_is_named() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        node.change = error(-32000, "no logs here")
        with pytest.raises(LedgerFailed, match="no logs here"):
            list(client.events(first=0, last=9, contracts=[NOBODY]))


def without(method: str) -> Callable[[Json, Json], Json]:
    """A plain node: it adds no revert reason, and lacks one method."""

    def change(asked: Json, answer: Json) -> Json:
        if asked["method"] == method:
            return error(-32601, "no such method")(asked, answer)
        if isinstance(answer.get("result"), dict):
            answer["result"].pop("revertReason", None)
        if asked["method"] == "eth_call":
            asked["params"][1] = "latest"
        return answer

    return change


def test_revert_data_is_found_by_a_trace() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        contract = deployed(client)
        hashes = client.submit([contract.call("gone", 4)])
        plain = without("")

        def traced(asked: Json, answer: Json) -> Json:
            if asked["method"] == "debug_traceTransaction":
                return {"id": asked["id"], "result": {"output": "0x1234"}}
            return plain(asked, answer)

        node.change = traced

        assert client.receipts(hashes)[0].revert == b"\x12\x34"  # type: ignore[union-attr]


def test_revert_data_is_found_by_running_again() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node)
        contract = deployed(client)
        hashes = client.submit([contract.call("gone", 4)])
        asked_before: list[str] = []

        def rerun(asked: Json, answer: Json) -> Json:
            if asked["method"] == "eth_call":
                asked_before.append(asked["params"][1])
                body = {"code": 3, "message": "execution reverted", "data": "0x5678"}
                return {"id": asked["id"], "error": body}
            return without("debug_traceTransaction")(asked, answer)

        node.change = rerun

        assert client.receipts(hashes)[0].revert == b"\x56\x78"  # type: ignore[union-attr]
        assert asked_before == ["0x1"]


@pytest.mark.parametrize("content", [b"<html>", b"{}", b"[]"])
def test_answer_that_is_no_json_rpc_is_named(content: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, content=content))
    with pytest.raises(LedgerFailed):
        RpcLedger("http://localhost", relayer=KEY, transport=transport)


def test_idle_served_chain_advances_when_asked() -> None:
    with new_ledger() as ledger:
        node = Flaky(ledger)
        client = opened(node, chain_id=CHAIN, genesis=ledger.genesis)
        ledger._clock.moment = ledger._clock.moment.replace(hour=5)  # type: ignore[attr-defined]
        client.advance()
        assert client.head().number == 1

        node.change = error(-32601, "no method salus_advance")
        client.advance()
        node.sizes.clear()
        client.advance()
        assert node.sizes == []
