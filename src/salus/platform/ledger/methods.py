"""The methods of Ethereum's JSON-RPC on an embedded chain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import shapes
from salus.platform.ledger.embedded import EmbeddedLedger
from salus.platform.ledger.errors import BadTransaction
from salus.platform.ledger.log import Signed
from salus.platform.ledger.machine import VIEW_GAS, Outcome
from salus.platform.ledger.port import Block, Call, Event, Receipt
from salus.platform.ledger.transactions import MAX_GAS
from salus.platform.ledger.wire import quantity, to_bytes, to_hex, to_int

Json = dict[str, Any]
_REFUSED, _BAD_PARAMS, _REVERTED = -32000, -32602, 3
_HEAD_TAGS = ("latest", "pending", "safe", "finalized")
_GAS_STEPS = 24


class Fault(Exception):
    """An error of the protocol: code, message, and revert data if there is any."""

    def __init__(self, code: int, message: str, body: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.body = code, message, body


@dataclass(frozen=True, slots=True)
class _Content:
    """What is in one block; it never changes."""

    signed: list[Signed]
    receipts: list[Receipt]
    positions: dict[bytes, int]

    @classmethod
    def read(cls, ledger: EmbeddedLedger, number: int) -> "_Content":
        signed = ledger.transactions(number)
        hashes = [tx.hash for tx, _ in signed]
        receipts = [receipt for receipt in ledger.receipts(hashes) if receipt is not None]
        return cls(signed, receipts, {tx: position for position, tx in enumerate(hashes)})

    def receipt(self, position: int) -> Json:
        gas = sum(receipt.gas_used for receipt in self.receipts[:position])
        return shapes.receipt(position, self.signed[position][0], self.receipts[position], gas)


class Methods:
    """One function a method; parameters and results are JSON."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        self._ledger = ledger
        self._content = lru_cache(maxsize=256)(partial(_Content.read, ledger))
        self.table: Mapping[str, Callable[..., Any]] = {
            "eth_chainId": lambda: quantity(ledger.chain_id),
            "net_version": lambda: str(ledger.chain_id),
            "net_listening": lambda: True,
            "web3_clientVersion": lambda: "salus/embedded",
            "web3_sha3": lambda content: to_hex(keccak256(_bytes(content))),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_blockNumber": lambda: quantity(ledger.head().number),
            "eth_gasPrice": lambda: "0x0",
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_feeHistory": self.fee_history,
            "eth_getBalance": self.balance,
            "eth_getCode": self.code,
            "eth_getStorageAt": self.storage,
            "eth_getTransactionCount": self.transaction_count,
            "eth_getBlockByNumber": self.block_by_number,
            "eth_getBlockByHash": self.block_by_hash,
            "eth_getBlockReceipts": self.block_receipts,
            "eth_getTransactionByHash": self.transaction,
            "eth_getTransactionReceipt": self.receipt,
            "eth_getLogs": self.logs,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate,
            "eth_sendRawTransaction": self.send_raw,
            "salus_advance": self.advance,
        }

    # ACCOUNTS, at the head only

    def balance(self, account: str, tag: Any = "latest") -> str:
        self._at_head(tag)
        _address(account)
        return "0x0"

    def code(self, account: str, tag: Any = "latest") -> str:
        self._at_head(tag)
        return to_hex(self._ledger.code(_address(account)))

    def storage(self, account: str, slot: str, tag: Any = "latest") -> str:
        self._at_head(tag)
        word = self._ledger.storage(_address(account), _integer(slot))
        return to_hex(word.to_bytes(32, "big"))

    def transaction_count(self, account: str, tag: Any = "latest") -> str:
        self._at_head(tag)
        return quantity(self._ledger.nonce(_address(account)))

    # BLOCKS AND TRANSACTIONS

    def block_by_number(self, tag: Any, full: Any = None) -> Json | None:
        return self._block(self._find(tag), full=bool(full))

    def block_by_hash(self, hashed: str, full: Any = None) -> Json | None:
        return self._block(self._ledger.block_of(_bytes(hashed)), full=bool(full))

    def _block(self, header: Block | None, *, full: bool) -> Json | None:
        if header is None:
            return None
        content, parent = self._content(header.number), self._ledger.block(header.number - 1)
        found = shapes.block(header, parent, content.signed, content.receipts)
        if full:
            found["transactions"] = [
                shapes.transaction(header, position, each, self._ledger.chain_id)
                for position, each in enumerate(content.signed)
            ]
        return found

    def block_receipts(self, tag: Any) -> list[Json] | None:
        header = self._find(tag)
        if header is None:
            return None
        content = self._content(header.number)
        return [content.receipt(position) for position in range(len(content.signed))]

    def transaction(self, hashed: str) -> Json | None:
        own = self._ledger.receipts([_bytes(hashed)])[0]
        if own is None:
            return None
        content = self._content(own.block.number)
        position = content.positions[own.tx]
        return shapes.transaction(
            own.block, position, content.signed[position], self._ledger.chain_id
        )

    def receipt(self, hashed: str) -> Json | None:
        own = self._ledger.receipts([_bytes(hashed)])[0]
        if own is None:
            return None
        content = self._content(own.block.number)
        return content.receipt(content.positions[own.tx])

    def logs(self, criteria: Json) -> list[Json]:
        if "blockHash" in criteria:
            first = last = self._ledger.block_of(_bytes(criteria["blockHash"]))
        else:
            first = self._find(criteria.get("fromBlock", "latest"))
            last = self._find(criteria.get("toBlock", "latest")) or self._ledger.head()
        if first is None or last is None:
            return []
        contracts = criteria.get("address") or None
        if contracts is not None:
            contracts = [_address(each) for each in _listed(contracts)]
        found = self._ledger.events(first=first.number, last=last.number, contracts=contracts)
        wanted = [_topics(each) for each in criteria.get("topics") or ()]
        return self._with_positions([event for event in found if _matches(event, wanted)])

    def _with_positions(self, events: Sequence[Event]) -> list[Json]:
        return [
            shapes.log(event, self._content(event.block.number).positions[event.tx])
            for event in events
        ]

    def fee_history(self, count: Any, newest: Any, percentiles: Any = None) -> Json:
        head = self._find(newest) or self._ledger.head()
        blocks = max(1, min(_integer(count), head.number + 1, 1024))
        rewards = [["0x0"] * len(percentiles)] * blocks if percentiles else None
        return {
            "oldestBlock": quantity(head.number + 1 - blocks),
            "baseFeePerGas": ["0x0"] * (blocks + 1),
            "gasUsedRatio": [0.0] * blocks,
            "baseFeePerBlobGas": ["0x0"] * (blocks + 1),
            "blobGasUsedRatio": [0.0] * blocks,
        } | ({} if rewards is None else {"reward": rewards})

    # CALLS

    def call(self, call: Json, tag: Any = "latest") -> str:
        self._at_head(tag)
        outcome = self._attempt(call, VIEW_GAS)
        return to_hex(outcome.output)

    def estimate(self, call: Json, tag: Any = "latest") -> str:
        """The least gas that is enough, within one part in 64."""
        self._at_head(tag)
        high = _integer(call.get("gas") or quantity(VIEW_GAS))
        low = self._attempt(call, high).gas_used
        for _ in range(_GAS_STEPS):
            if self._outcome(call, low).ok:
                return quantity(low)
            middle = (low + high) // 2
            if high - low <= low // 64:
                break
            if self._outcome(call, middle).ok:
                high = middle
            else:
                low = middle
        return quantity(high)

    def _attempt(self, call: Json, gas: int) -> Outcome:
        outcome = self._outcome(call, gas)
        if not outcome.ok:
            raise Fault(_REVERTED, "execution reverted", to_hex(outcome.output))
        return outcome

    def _outcome(self, call: Json, gas: int) -> Outcome:
        if _integer(call.get("value") or "0x0"):
            raise Fault(_REFUSED, "this chain has no money to send")
        to, content = call.get("to"), call.get("input") or call.get("data") or "0x"
        sender = _address(call.get("from") or to_hex(bytes(20)))
        own = Call(_address(to) if to else b"", _bytes(content), min(gas, MAX_GAS))
        return self._ledger.attempt(own, sender=sender)

    def send_raw(self, raw: str) -> str:
        answer = self.send_many([raw])[0]
        if isinstance(answer, Fault):
            raise answer
        return answer

    def send_many(self, raws: Sequence[Any]) -> list[str | Fault]:
        """Transactions for one block: their hashes, or why one is not taken."""
        return [
            Fault(_REFUSED, answer.shown()["reason"])
            if isinstance(answer, BadTransaction)
            else to_hex(answer)
            for answer in self._ledger.send_many([_lenient(raw) for raw in raws])
        ]

    def advance(self) -> str:
        """Mine an empty block if the chain is idle; not a method of Ethereum."""
        self._ledger.advance()
        return quantity(self._ledger.head().number)

    # PLACES

    def _find(self, tag: Any) -> Block | None:
        """The block that a tag, a number or an object of EIP-1898 names."""
        if isinstance(tag, dict):
            if "blockHash" in tag:
                return self._ledger.block_of(_bytes(tag["blockHash"]))
            tag = tag.get("blockNumber")
        if tag is None or tag in _HEAD_TAGS:
            return self._ledger.head()
        return self._ledger.block(0 if tag == "earliest" else _integer(tag))

    def _at_head(self, tag: Any) -> None:
        found = self._find(tag)
        if found is None:
            raise Fault(_REFUSED, "header not found")
        if found.hash != self._ledger.head().hash:
            raise Fault(_REFUSED, f"the state of block {found.number} is gone")


def _bytes(text: Any) -> bytes:
    try:
        return to_bytes(text)
    except (ValueError, AttributeError):
        raise Fault(_BAD_PARAMS, "not 0x hex") from None


def _lenient(text: Any) -> bytes:
    """What is no hex is no transaction either, and is refused as such."""
    try:
        return _bytes(text)
    except Fault:
        return b""


def _address(text: Any) -> Address:
    found = _bytes(text)
    if len(found) != 20:
        raise Fault(_BAD_PARAMS, "not an address of 20 bytes")
    return Address(found)


def _integer(text: Any) -> int:
    try:
        value = text if type(text) is int else to_int(text if text[:2] == "0x" else "")
    except (ValueError, TypeError):
        raise Fault(_BAD_PARAMS, "not a number in 0x hex") from None
    if not 0 <= value < 2**256:
        raise Fault(_BAD_PARAMS, "number out of range")
    return value


def _listed(one_or_many: Any) -> list[Any]:
    return one_or_many if isinstance(one_or_many, list) else [one_or_many]


def _topics(entry: Any) -> set[bytes] | None:
    """The topics that fit one place; None for any."""
    return None if entry in (None, []) else {_bytes(each) for each in _listed(entry)}


def _matches(event: Event, wanted: Sequence[set[bytes] | None]) -> bool:
    return len(wanted) <= len(event.topics) and all(
        each is None or topic in each for each, topic in zip(wanted, event.topics, strict=False)
    )
