"""An execution client and CometBFT's store that behave as they are told, behind real sockets.

The client keeps the habits of go-ethereum that the bridge must know: it says VALID to a payload
that it has, whatever its state; after a rewind it says VALID to a block above its head that it
still knows, and stays, until its own head was named; and it asks its peers for a head that it does
not know.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from salus.kernel.encoding import to_hex
from salus.surfaces.validator.rules import beacon_root

SECRET = bytes(range(32))
GAS_LIMIT = 60_000_000
GENESIS = "0x" + "11" * 32
_ZERO = "0x" + "00" * 32
Json = dict[str, Any]


def digest_of(payload: Json) -> str:
    """The hash of a block of the pretended chain: of all its members but itself."""
    rest = {name: value for name, value in payload.items() if name != "blockHash"}
    return "0x" + hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def payload_on(parent: Json, **members: Any) -> Json:
    """A payload that obeys every rule, but for the members that are given."""
    made = {
        "parentHash": parent["hash"],
        "feeRecipient": "0x" + "00" * 19 + "01",
        "stateRoot": _ZERO,
        "receiptsRoot": _ZERO,
        "logsBloom": "0x" + "00" * 256,
        "prevRandao": _ZERO,
        "blockNumber": hex(int(parent["number"], 16) + 1),
        "gasLimit": hex(GAS_LIMIT),
        "gasUsed": "0x5208",
        "timestamp": hex(int(parent["timestamp"], 16) + 1),
        "extraData": "0x",
        "baseFeePerGas": "0x7",
        "transactions": ["0x02"],
        "withdrawals": [],
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
    } | members
    return made | {"blockHash": members.get("blockHash", digest_of(made))}


@dataclass(slots=True)
class Client:
    """`lie[method]` replaces the answer: a value, or a call that makes it from the real one."""

    chain: list[Json] = field(default_factory=list)
    beside: dict[str, Json] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    views: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    claims: list[Json] = field(default_factory=list)
    synced: bool = True
    head: int = 0
    final: int = 0
    built: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        genesis = {"number": "0x0", "hash": GENESIS, "timestamp": "0x0", "parent": _ZERO}
        self.chain.append(genesis)
        self.beside[GENESIS] = genesis

    # FAULTS

    def rewind(self, number: int) -> None:
        """Killed: the head is lower, what is above is still known, and nothing is synced."""
        self.head, self.final, self.synced = number, min(self.final, number), False

    def forget(self, number: int) -> None:
        """Killed for good: what is above is not there any more."""
        self.rewind(number)
        del self.chain[number + 1 :]
        self.beside = {block["hash"]: block for block in self.chain}

    # VERBS

    def answer(self, method: str, params: list[Any]) -> Any:
        self.asked.append(method)
        verb = getattr(self, method.replace("engine_", "").replace("eth_", ""))
        real = verb(*params)
        return self.lies[method](real) if method in self.lies else real

    def getBlockByNumber(self, tag: str, _full: bool) -> Any:  # noqa: N802, FBT001
        number = self.head if tag == "latest" else int(tag, 16)
        return self.chain[number] if number <= self.head else None

    def getBlockByHash(self, digest: str, _full: bool) -> Any:  # noqa: N802, FBT001
        return self.beside.get(digest)

    def newPayloadV3(self, payload: Json, blobs: list[str], root: str) -> Json:  # noqa: N802
        assert blobs == []
        assert root == to_hex(beacon_root(bytes.fromhex(payload["parentHash"][2:])))
        digest = payload["blockHash"]
        if digest in self.beside:
            return {"status": "VALID", "validationError": None}
        if payload["parentHash"] not in self.beside:
            return {"status": "SYNCING", "validationError": None}
        if digest != digest_of(payload):
            return {"status": "INVALID", "validationError": "blockhash mismatch"}
        self.beside[digest] = {
            "number": payload["blockNumber"],
            "hash": digest,
            "timestamp": payload["timestamp"],
            "parent": payload["parentHash"],
        }
        return {"status": "VALID", "validationError": None}

    def forkchoiceUpdatedV3(self, state: Json, attributes: Json | None) -> Json:  # noqa: N802
        digest = state["headBlockHash"]
        assert len(set(state.values())) == 1, "head, safe and final are one"
        self.named.append(digest)
        valid: Json = {"payloadStatus": {"status": "VALID"}, "payloadId": None}
        block = self.beside.get(digest)
        if block is None:
            return {"payloadStatus": {"status": "SYNCING"}, "payloadId": None}
        number = int(block["number"], 16)
        known = number < len(self.chain) and self.chain[number] == block
        if known and number < self.final:
            return valid
        if known and number != self.head and not self.synced:
            return valid
        self._move(block)
        self.synced, self.final = True, number
        if attributes is not None:
            self.built = self._build(block, attributes)
            valid["payloadId"] = "0x01"
        return valid

    def _move(self, block: Json) -> None:
        number = int(block["number"], 16)
        if number >= len(self.chain) or self.chain[number] != block:
            del self.chain[number:]
            if block["parent"] != self.chain[-1]["hash"]:
                self._move(self.beside[block["parent"]])
            self.chain.append(block)
        self.head = number

    def _build(self, parent: Json, attributes: Json) -> Json:
        return payload_on(
            parent,
            timestamp=attributes["timestamp"],
            prevRandao=attributes["prevRandao"],
            feeRecipient=attributes["suggestedFeeRecipient"],
            transactions=list(self.pool),
        )

    def getPayloadV3(self, number: str) -> Json:  # noqa: N802
        assert number == "0x01"
        return {"executionPayload": self.built, "blockValue": "0x0"}

    def txpool_status(self) -> Json:
        return {"pending": hex(len(self.pool)), "queued": "0x0"}

    def call(self, call: Json, at: Json) -> Any:
        return self.views.get(at["blockHash"], "0x")


@dataclass(slots=True)
class Store:
    """What CometBFT decided, by height; and the wake-ups it was sent."""

    blocks: dict[int, list[bytes]] = field(default_factory=dict)
    wakes: list[str] = field(default_factory=list)
    away: bool = False

    def get(self, path: str) -> Any:
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        if parts.path == "/broadcast_tx_async":
            self.wakes.append(query["tx"][0])
            return {"result": {"code": 0}}
        found = self.blocks[int(query["height"][0])]
        texts = [base64.b64encode(each).decode() for each in found]
        return {"result": {"block": {"data": {"txs": texts}}}}


@contextmanager
def answering(client: Client, store: Store) -> Iterator[str]:
    """The address where both answer: requests with POST are the client's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(client, store))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(client: Client, store: Store) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgment

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if asked["method"] != "txpool_status":
                client.claims.append(_claims(self.headers["authorization"]))
            try:
                said = {"result": client.answer(asked["method"], asked["params"])}
            except ConnectionError:
                self.close_connection = True
                return
            except Refusing as refusing:
                said = {"error": {"code": refusing.code, "message": "refused"}}
            self._say({"jsonrpc": "2.0", "id": asked["id"], **said})

        def do_GET(self) -> None:
            if store.away:
                self.close_connection = True
                return
            self._say(store.get(self.path))

        def _say(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler


class Refusing(Exception):
    """An answer with an error of JSON-RPC."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _claims(authorization: str) -> Json:
    """What a token says, when its signature is right."""
    head, claims, mac = authorization.removeprefix("Bearer ").split(".")
    expected = hmac.new(SECRET, f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert hmac.compare_digest(expected, _unpadded(mac))
    found: Json = json.loads(_unpadded(claims))
    return found


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
