"""The embedded chain as an Ethereum node: what clients ask, and who may ask."""

from typing import Any

import httpx
import orjson
import pytest
from eth_account import Account

from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import Contract, EmbeddedLedger
from salus.platform.ledger.serve import MAX_BATCH, ledger_app
from salus.platform.ledger.tests.ledgered import ANCHOR, CHAIN, KEY, deployed, new_ledger
from salus.platform.web.inside import Inside

ANCHORED = "0x" + keccak256(b"Anchored(uint64,bytes32,uint64,address)").hex()
STRANGER = Account.from_key(b"\5" * 32)


class Client:
    def __init__(self, ledger: EmbeddedLedger) -> None:
        self.http = httpx.Client(base_url="http://localhost", transport=Inside(ledger_app(ledger)))

    def post(self, content: Any, **headers: str) -> httpx.Response:
        return self.http.post("/", content=orjson.dumps(content), headers=headers)

    def answer(self, method: str, *params: Any) -> Any:
        asked = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
        found = self.post(asked).json()
        assert (found["id"], found["jsonrpc"]) == (7, "2.0")
        return found

    def ask(self, method: str, *params: Any) -> Any:
        return self.answer(method, *params)["result"]

    def refused(self, method: str, *params: Any) -> Any:
        return self.answer(method, *params)["error"]


def served() -> tuple[EmbeddedLedger, Contract, Client]:
    """A chain of three blocks: the contract, two anchors with a failure between, a note."""
    ledger = new_ledger()
    contract = deployed(ledger)
    anchor = contract.call("anchor", *ANCHOR)
    ledger.submit([anchor, contract.call("gone", 4), anchor])
    ledger.submit([contract.call("note", "x")])
    return ledger, contract, Client(ledger)


def signed(nonce: int, to: str, **changed: Any) -> str:
    values = {"type": 2, "chainId": CHAIN, "nonce": nonce, "to": to, "gas": 100_000, "value": 0}
    fees = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
    return "0x" + bytes(STRANGER.sign_transaction(values | fees | changed).raw_transaction).hex()


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("eth_chainId", hex(CHAIN)),
        ("net_version", str(CHAIN)),
        ("eth_blockNumber", "0x3"),
        ("eth_syncing", False),
        ("eth_accounts", []),
        ("eth_gasPrice", "0x0"),
        ("eth_maxPriorityFeePerGas", "0x0"),
    ],
)
def test_client_learns_what_chain_it_is(method: str, result: Any) -> None:
    _, _, client = served()

    assert client.ask(method) == result


def test_block_is_found_by_number_hash_and_tag() -> None:
    ledger, _, client = served()
    block = client.ask("eth_getBlockByNumber", "0x2", False)
    full = client.ask("eth_getBlockByHash", block["hash"], True)

    assert block["parentHash"] == "0x" + ledger.block(1).hash.hex()  # type: ignore[union-attr]
    assert [each["hash"] for each in full.pop("transactions")] == block.pop("transactions")
    assert block == full
    for tag in ("latest", "finalized", "safe", "pending"):
        assert client.ask("eth_getBlockByNumber", tag, False)["number"] == "0x3"
    assert client.ask("eth_getBlockByNumber", "earliest", False)["parentHash"] == "0x" + "00" * 32
    assert client.ask("eth_getBlockByNumber", "0x9", False) is None
    assert client.ask("eth_getBlockByHash", "0x" + "00" * 32, False) is None


def test_transaction_has_its_signature() -> None:
    _, _, client = served()
    raw = bytes.fromhex(signed(0, Account.from_key(b"\6" * 32).address)[2:])
    hashed = client.ask("eth_sendRawTransaction", "0x" + raw.hex())
    found = client.ask("eth_getTransactionByHash", hashed)

    assert hashed == "0x" + keccak256(raw).hex()
    assert (found["from"], found["nonce"]) == (STRANGER.address.lower(), "0x0")
    assert client.ask("eth_getTransactionCount", STRANGER.address, "pending") == "0x1"
    assert client.ask("eth_getTransactionByHash", "0x" + "00" * 32) is None


def test_receipt_counts_gas_of_those_before() -> None:
    _, _, client = served()
    hashes = client.ask("eth_getBlockByNumber", "0x2", False)["transactions"]
    receipts = [client.ask("eth_getTransactionReceipt", each) for each in hashes]
    gas = [int(each["gasUsed"], 16) for each in receipts]

    assert receipts == client.ask("eth_getBlockReceipts", "0x2")
    assert [each["status"] for each in receipts] == ["0x1", "0x0", "0x1"]
    assert [int(each["cumulativeGasUsed"], 16) for each in receipts] == [
        sum(gas[: at + 1]) for at in range(3)
    ]
    assert [int(each["logs"][0]["logIndex"], 16) for each in receipts[::2]] == [0, 1]
    assert receipts[1]["revertReason"].startswith("0x")
    assert receipts[1]["logs"] == []


def test_receipt_of_a_creation_names_the_contract() -> None:
    _, contract, client = served()
    (hashed,) = client.ask("eth_getBlockByNumber", "0x1", False)["transactions"]
    receipt = client.ask("eth_getTransactionReceipt", hashed)

    assert receipt["contractAddress"] == "0x" + contract.address.hex()
    assert receipt["to"] is None
    assert client.ask("eth_getCode", receipt["contractAddress"], "latest").startswith("0x60")


def test_bloom_holds_address_and_topics() -> None:
    _, contract, client = served()
    block = client.ask("eth_getBlockByNumber", "0x2", False)
    bloom = int(block["logsBloom"], 16)
    for entry in (contract.address, bytes.fromhex(ANCHORED[2:]), ANCHOR[0]):
        hashed = keccak256(entry)
        bits = [int.from_bytes(hashed[at : at + 2], "big") & 2047 for at in (0, 2, 4)]

        assert all(bloom >> bit & 1 for bit in bits)
    assert int(client.ask("eth_getBlockByNumber", "0x0", False)["logsBloom"], 16) == 0


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        ({}, [3, 3]),
        ({"fromBlock": "0x0"}, [2, 2, 3, 3]),
        ({"fromBlock": "earliest", "toBlock": "0x2"}, [2, 2]),
        ({"fromBlock": "0x0", "toBlock": "0x99"}, [2, 2, 3, 3]),
        ({"fromBlock": "0x0", "topics": [ANCHORED]}, [2, 2]),
        ({"fromBlock": "0x0", "topics": [None, "0x" + "00" * 31 + "01"]}, [2]),
        ({"fromBlock": "0x0", "topics": [[ANCHORED, "0x" + "00" * 32], None]}, [2, 2]),
        ({"fromBlock": "0x0", "topics": [ANCHORED, None, None, None]}, []),
        ({"fromBlock": "0x0", "address": "0x" + "00" * 20}, []),
        ({"fromBlock": "0x9"}, []),
    ],
)
def test_logs_are_those_that_fit(criteria: Any, numbers: list[int]) -> None:
    _, _, client = served()
    found = client.ask("eth_getLogs", criteria)

    assert [int(log["blockNumber"], 16) for log in found] == numbers


def test_logs_of_one_block_by_its_hash() -> None:
    ledger, contract, client = served()
    hashed = "0x" + ledger.block(2).hash.hex()  # type: ignore[union-attr]
    found = client.ask(
        "eth_getLogs", {"blockHash": hashed, "address": ["0x" + contract.address.hex()]}
    )

    assert [(log["logIndex"], log["transactionIndex"]) for log in found] == [
        ("0x0", "0x0"),
        ("0x1", "0x2"),
    ]
    assert client.ask("eth_getLogs", {"blockHash": "0x" + "11" * 32}) == []


def call_of(contract: Contract, verb: str, *arguments: Any) -> dict[str, str]:
    call = contract.call(verb, *arguments)
    return {"to": "0x" + call.to.hex(), "data": "0x" + call.input.hex()}


def test_refused_call_has_code_3_and_its_revert_data() -> None:
    _, contract, client = served()
    error = client.refused("eth_call", call_of(contract, "gone", 4), "latest")

    assert (error["code"], error["message"]) == (3, "execution reverted")
    assert error["data"].endswith("04")


def test_call_sees_its_sender_and_reads_either_name_of_its_input() -> None:
    _, contract, client = served()
    call = call_of(contract, "batches")
    renamed = {"to": call["to"], "input": call["data"], "from": "0x" + "11" * 20}

    assert client.ask("eth_call", call, "latest") == client.ask("eth_call", renamed)
    assert int(client.ask("eth_call", call, {"blockNumber": "0x3"}), 16) == 2


@pytest.mark.parametrize("tag", ["0x1", "earliest", "0x99"])
def test_state_of_another_block_is_refused(tag: str) -> None:
    _, contract, client = served()
    call = call_of(contract, "batches")
    for method, params in (("eth_call", [call]), ("eth_getCode", [call["to"]])):
        assert client.refused(method, *params, tag)["code"] == -32000


def test_estimated_gas_is_enough_and_not_much_more() -> None:
    ledger, contract, client = served()
    call = call_of(contract, "anchor", *ANCHOR)
    gas = int(client.ask("eth_estimateGas", call), 16)
    own = contract.call("anchor", *ANCHOR, gas=gas)

    assert ledger.attempt(own).ok
    assert gas <= ledger.attempt(contract.call("anchor", *ANCHOR)).gas_used * 1.2
    assert client.refused("eth_estimateGas", call_of(contract, "gone", 1))["code"] == 3


def test_batch_of_transactions_is_one_block() -> None:
    ledger, contract, client = served()
    to = "0x" + contract.address.hex()
    call = {"jsonrpc": "2.0", "method": "eth_sendRawTransaction"}
    raws = [signed(nonce, STRANGER.address) for nonce in (0, 1, 5)] + ["rubbish", to]
    answers = client.post([call | {"id": at, "params": [raw]} for at, raw in enumerate(raws)])
    results = [each.get("result") for each in answers.json()]

    assert [each["id"] for each in answers.json()] == [0, 1, 2, 3, 4]
    assert [tx.hash.hex() for tx, _ in ledger.transactions(4)] == [
        each[2:] for each in results if each
    ]
    assert len([each for each in results if each]) == 2
    assert ledger.head().number == 4


def test_mixed_batch_is_answered_one_by_one() -> None:
    _, _, client = served()
    asked = [
        {"jsonrpc": "2.0", "id": "a", "method": "eth_blockNumber"},
        {"jsonrpc": "2.0", "id": "b", "method": "eth_nothing"},
        3,
    ]
    answers = client.post(asked).json()

    assert answers[0]["result"] == "0x3"
    assert [each["error"]["code"] for each in answers[1:]] == [-32601, -32600]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("eth_getBlockByNumber", ["abc", False], -32602),
        ("eth_getBlockByNumber", [[], False], -32602),
        ("eth_getBlockByNumber", ["0x" + "f" * 65, False], -32602),
        ("eth_getBlockByHash", [5, False], -32602),
        ("eth_getTransactionCount", ["0x00"], -32602),
        ("eth_getCode", [], -32602),
        ("eth_call", ["x"], -32602),
        ("eth_call", [{"to": "0x1"}], -32602),
        ("eth_call", [{"to": "0x" + "00" * 20, "value": "0x1"}], -32000),
        ("eth_sendRawTransaction", ["0x00"], -32000),
        ("eth_sendRawTransaction", [5], -32000),
        ("eth_getLogs", [{"fromBlock": "0x0", "topics": ["zz"]}], -32602),
        ("eth_chainId", ["too", "many"], -32602),
        ("eth_feeHistory", ["many", "latest"], -32602),
    ],
)
def test_bad_parameters_are_the_askers_fault(method: str, params: list[Any], code: int) -> None:
    _, _, client = served()

    assert client.refused(method, *params)["code"] == code


def test_what_is_no_request_is_refused() -> None:
    _, _, client = served()
    too_many = [{"id": 1, "method": "eth_chainId"}] * (MAX_BATCH + 1)
    named = {"id": 1, "method": "eth_chainId", "params": {"name": 1}}

    assert client.http.post("/", content=b"{").json()["error"]["code"] == -32700
    assert client.post([]).json()["error"]["code"] == -32600
    assert client.post(too_many).json()["error"]["code"] == -32600
    assert client.post(named).json()["error"]["code"] == -32602


def test_fees_are_zero() -> None:
    _, _, client = served()
    history = client.ask("eth_feeHistory", "0x2", "latest", [10, 50])

    assert history["oldestBlock"] == "0x2"
    assert history["baseFeePerGas"] == ["0x0"] * 3
    assert history["reward"] == [["0x0"] * 2] * 2
    assert client.ask("eth_getBalance", STRANGER.address, "latest") == "0x0"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "ledger.example"},
        {"host": "127.0.0.1.example:8545"},
        {"host": ""},
        {"origin": "https://page.example"},
        {"origin": "null"},
        {"host": "localhost", "origin": "http://localhost.example"},
    ],
)
def test_page_of_another_site_may_not_ask(headers: dict[str, str]) -> None:
    _, _, client = served()
    answer = client.post({"id": 1, "method": "eth_chainId"}, **headers)

    assert answer.status_code == 403
    assert "result" not in answer.json()


@pytest.mark.parametrize("host", ["localhost:8545", "127.0.0.1:8545", "[::1]:8545"])
def test_this_machine_may_ask(host: str) -> None:
    _, _, client = served()
    answer = client.post({"id": 1, "method": "eth_chainId"}, host=host, origin=f"http://{host}")

    assert answer.json()["result"] == hex(CHAIN)


def test_storage_is_read_by_slot() -> None:
    _, contract, client = served()
    word = client.ask("eth_getStorageAt", "0x" + contract.address.hex(), "0x0", "latest")

    assert int(word, 16) == 2  # `batches` is the first variable in storage


def test_relayer_stands_in_the_events_it_sent() -> None:
    _, _, client = served()
    (log, _) = client.ask("eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x2"})

    assert KEY.address.hex() in log["data"]
