"""A network of nodes with pools, each of which may lose, hide, forge, hang or be late."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import Any

import httpx
import orjson
from starlette.types import Receive, Scope, Send

from salus.kernel.ids import Address
from salus.platform.ledger import EmbeddedLedger
from salus.platform.ledger.errors import BadTransaction
from salus.platform.ledger.methods import Fault, Methods
from salus.platform.ledger.transactions import Transaction, intrinsic_gas, priced, read
from salus.platform.ledger.wire import quantity, to_bytes, to_hex, to_int

Json = dict[str, Any]
Change = Callable[[Json, Any], Any]
NAMED = {"latest", "finalized", "safe"}
_REFUSED, _UNKNOWN = -32000, -32601


class Village:
    """The chain that all nodes execute. Blocks are made when a test says so."""

    def __init__(self, chain: EmbeddedLedger, hosts: Iterable[str] = ("a",)) -> None:
        self.chain, self.methods, self.lock = chain, Methods(chain), RLock()
        self.counts: list[dict[Address, int]] = [{}]  # of transactions, after each block
        for number in range(1, chain.head().number + 1):
            self.counts.append(dict(self.counts[-1]))
            for tx, _ in chain.transactions(number):
                self.counts[-1][tx.sender] = tx.nonce + 1
        self.nodes = {host: Node(self, host, height=chain.head().number) for host in hosts}

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"http://{host}" for host in self.nodes)

    def transport(self) -> httpx.BaseTransport:
        return _Wires(self)

    def mine(self, most: int = 10_000, random: Random | None = None) -> int:
        """One block of what the pools hold and can be executed; how many it took."""
        with self.lock:
            pooled = {tx.hash: (tx, raw) for node in self.nodes.values() for tx, raw in node.pool}
            found = sorted(pooled.values(), key=lambda each: (each[0].nonce, each[0].hash))
            if random is not None:
                random.shuffle(found)
                found.sort(key=lambda each: each[0].nonce)
            counts: dict[Address, int] = dict(self.counts[-1])
            block: list[bytes] = []
            for tx, raw in found:
                if tx.nonce == counts.get(tx.sender, 0) and len(block) < most:
                    counts[tx.sender] = tx.nonce + 1
                    block.append(raw)
            if block:
                assert all(isinstance(each, bytes) for each in self.chain.send_many(block))
                self.counts.append(counts)
                self._move()
            return len(block)

    def idle(self) -> None:
        """An empty block."""
        with self.lock:
            self.chain._extend([])
            self.counts.append(self.counts[-1])
            self._move()

    def _move(self) -> None:
        for node in self.nodes.values():
            if not node.late:
                node.height = self.chain.head().number
            node.forget_old()


@dataclass
class Node:
    village: Village
    host: str
    pool: list[tuple[Transaction, bytes]] = field(default_factory=list)
    height: int = 0
    late: bool = False  # it sees no new block
    gossips: bool = True
    price: int = 0  # wei a gas that it suggests
    down: bool = False
    lose_answers: int = 0
    change: Change | None = None
    asked: list[Json] = field(default_factory=list)

    def answer(self, content: bytes) -> bytes:
        """Raises httpx errors as a wire does."""
        if self.down:
            raise httpx.ConnectError("down")
        requests = orjson.loads(content)
        with self.village.lock:
            self.asked += requests
            answers = [self._one(each) for each in requests]
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadError("lost")
        return orjson.dumps(answers)

    def _one(self, asked: Json) -> Json:
        known = self._table().get(asked["method"])
        method = known or self.village.methods.table.get(asked["method"], _missing)
        try:
            result = method(*asked["params"])
            if self.change is not None:
                result = self.change(asked, result)
        except Fault as fault:
            error = {"code": fault.code, "message": fault.message, "data": fault.body}
            return {"id": asked["id"], "error": error}
        return {"id": asked["id"], "result": result}

    def lose_pool(self) -> None:
        self.pool.clear()

    def forget_old(self) -> None:
        self.pool = [each for each in self.pool if each[0].nonce >= self._count(each[0].sender)]

    def _count(self, sender: Address) -> int:
        return self.village.counts[self.height].get(sender, 0)

    # METHODS

    def _table(self) -> dict[str, Callable[..., Any]]:
        return {
            "eth_sendRawTransaction": self._send,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getBlockByNumber": self._block,
            "eth_gasPrice": self._gas_price,
        }

    def _send(self, text: str) -> str:
        raw = to_bytes(text)
        try:
            tx = read(raw, chain_id=self.village.chain.chain_id)
        except BadTransaction as error:
            raise Fault(_REFUSED, str(error)) from None
        nodes = [each for each in self.village.nodes.values() if not each.down and each.gossips]
        self._take(tx, raw)
        for node in nodes if self.gossips else ():
            if not node.has(tx) and tx.nonce >= node._count(tx.sender):
                node.pool.append((tx, raw))
        return to_hex(tx.hash)

    def _take(self, tx: Transaction, raw: bytes) -> None:
        if tx.gas < intrinsic_gas(tx.to, tx.input):
            raise Fault(_REFUSED, "intrinsic gas too low")
        if tx.input.endswith(b"refuse me"):
            raise Fault(_REFUSED, "exceeds block gas limit")
        if tx.nonce < self._count(tx.sender):
            raise Fault(_REFUSED, "nonce too low")
        same = [each for each in self.pool if (each[0].sender, each[0].nonce) == _place(tx)]
        if any(each[0].hash == tx.hash for each in same):
            raise Fault(_REFUSED, "already known")
        if same and not self._pays_more(raw, same[0][1]):
            raise Fault(_REFUSED, "replacement transaction underpriced")
        self.pool = [each for each in self.pool if each not in same]
        self.pool.append((tx, raw))

    @staticmethod
    def _pays_more(raw: bytes, other: bytes) -> bool:
        return all(10 * new > 11 * old for new, old in zip(priced(raw), priced(other), strict=True))

    def has(self, tx: Transaction) -> bool:
        return any((each.sender, each.nonce) == _place(tx) for each, _ in self.pool)

    def _transaction_count(self, account: str, tag: str) -> str:
        sender = Address(to_bytes(account))
        count = self._count(sender)
        if tag == "pending":
            nonces = {tx.nonce for tx, _ in self.pool if tx.sender == sender}
            while count in nonces:
                count += 1
        return quantity(count)

    def _transaction(self, hashed: str) -> Any:
        pooled = any(to_hex(tx.hash) == hashed for tx, _ in self.pool)
        return {"hash": hashed} if pooled else self.village.methods.transaction(hashed)

    def _receipt(self, hashed: str) -> Any:
        found = self.village.methods.receipt(hashed)
        return found if found and to_int(found["blockNumber"]) <= self.height else None

    def _block(self, tag: str, _: bool) -> Any:  # noqa: FBT001
        number = self.height if tag in NAMED else to_int(tag)
        return (
            self.village.methods.block_by_number(quantity(number)) if self._sees(number) else None
        )

    def _sees(self, number: int) -> bool:
        return number <= self.height

    def _gas_price(self) -> str:
        return quantity(self.price)


def _missing(*_: Any) -> None:
    raise Fault(_UNKNOWN, "no such method")


def _place(tx: Transaction) -> tuple[Address, int]:
    return tx.sender, tx.nonce


class _Wires(httpx.BaseTransport):
    def __init__(self, village: Village) -> None:
        self._village = village

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = self._village.nodes[request.url.host].answer(request.read())
        return httpx.Response(200, content=content)


async def _whole(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def on_a_socket(node: Node) -> Callable[[Scope, Receive, Send], Any]:
    """The node as an application, for clients in other processes."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        content = node.answer(await _whole(receive))
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app
