"""A ledger behind plain Ethereum JSON-RPC: any node whose blocks are final when it says so."""

from collections.abc import Collection, Iterator, Sequence
from threading import RLock
from typing import Any, Literal

import httpx

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger.errors import (
    BadTransaction,
    FinalityBroken,
    StateGone,
    TransactionRefused,
    WrongChain,
)
from salus.platform.ledger.port import Block, Call, Event, Receipt
from salus.platform.ledger.transactions import created_address, sign
from salus.platform.ledger.wire import Failure, Request, Wire, quantity, to_bytes, to_hex, to_int

Json = dict[str, Any]
BLOCKS_A_CALL = 2_000  # that one question for events may span
_SIGNINGS = 3
_CACHED_BLOCKS = 10_000
_NOT_FOUND = -32601
_BLOCK = "eth_getBlockByNumber"
_GONE = ("missing trie node", "is gone", "header not found", "historical state", "pruned")


class RpcLedger:
    """One relayer key belongs to one RpcLedger at a time: its nonce is counted here."""

    def __init__(
        self,
        url: str,
        *,
        relayer: SigningKey,
        chain_id: int | None = None,
        genesis: bytes | None = None,
        finality: Literal["finalized", "latest"] = "finalized",
        price: int | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`price`: wei a gas at most; None asks the node.

        Raises WrongChain, LedgerUnreachable and LedgerFailed.
        """
        self._wire, self._relayer, self._lock = Wire(url, transport), relayer, RLock()
        self._finality, self._nonce = finality, -1
        self._cached: dict[int, Block] = {}
        self._final: Block | None = None  # the last that was final
        self._self_advancing = False
        try:
            chain, first, suggested = self._wire.all(
                [
                    Request("eth_chainId"),
                    Request("eth_getBlockByNumber", ("0x0", False)),
                    Request("eth_gasPrice"),
                ]
            )
        except BaseException:
            self.close()
            raise
        with self._wire.reading("eth_chainId"):
            self.chain_id, self.genesis = to_int(chain), to_bytes(first["hash"])
            self._price = 2 * to_int(suggested) if price is None else price
        self._check(chain_id, genesis)

    def _check(self, chain_id: int | None, genesis: bytes | None) -> None:
        expected = (
            self.chain_id if chain_id is None else chain_id,
            self.genesis if genesis is None else genesis,
        )
        if (self.chain_id, self.genesis) != expected:
            self.close()
            found, wanted = (
                f"{chain} ({start.hex()[:16]})"
                for chain, start in ((self.chain_id, self.genesis), expected)
            )
            raise WrongChain(found=found, expected=wanted)

    # WRITE

    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        """In the pool of the node on return.

        When another process has used the nonces, it signs again. Raises BadTransaction when the
        node does not take one; others of the same submit may have been taken.
        """
        with self._lock:
            for _ in range(_SIGNINGS):
                hashes, refusals = self._send(calls, by)
                if len(refusals) < len(hashes) or not hashes:
                    break
            if refusals:
                raise BadTransaction(reason=refusals[0].message[:200])
            return hashes

    def _send(
        self, calls: Sequence[Call], by: SigningKey | None
    ) -> tuple[list[bytes], list[Failure]]:
        """The nonce of a key that is not the relayer's is asked each time."""
        first = self._next_nonce() if by is None else self._count(by.address)
        key = by or self._relayer
        signed = [
            sign(call, nonce=nonce, chain_id=self.chain_id, price=self._price, key=key)
            for nonce, call in enumerate(calls, first)
        ]
        if by is None:
            self._nonce = -1  # until the node has them all
        hashes = [tx.hash for tx, _ in signed]
        answers = self._wire.attempt(
            [Request("eth_sendRawTransaction", (to_hex(raw),)) for _, raw in signed]
        )
        refusals = [
            answer
            for tx, answer in zip(hashes, answers, strict=True)
            if isinstance(answer, Failure) and not self._knows(tx)
        ]
        if not refusals and by is None:
            self._nonce = first + len(calls)
        return hashes, refusals

    def _knows(self, tx: bytes) -> bool:
        """Whether what was refused had been taken before: an answer that was lost on its way."""
        return self._wire.ask("eth_getTransactionByHash", to_hex(tx)) is not None

    def _next_nonce(self) -> int:
        """Counted here, and asked of the chain at the start and after every trouble."""
        if self._nonce < 0:
            self._nonce = self._count(self._relayer.address)
        return self._nonce

    def _count(self, account: Address) -> int:
        """Transactions of an account, those that wait with them."""
        asked = "eth_getTransactionCount", to_hex(account), "pending"
        with self._wire.reading(asked[0]):
            return to_int(self._wire.ask(*asked))

    def advance(self) -> None:
        """Ask an idle `salus ledger serve` for a block; a network makes its own."""
        if not self._self_advancing:
            answer = self._wire.attempt([Request("salus_advance")])[0]
            self._self_advancing = isinstance(answer, Failure)

    # READ

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        method = "eth_getTransactionReceipt"
        raw = self._wire.all([Request(method, (to_hex(each),)) for each in hashes])
        with self._wire.reading(method):
            self._learn({to_int(each["blockNumber"]) for each in raw if each})
            return [
                None if each is None else self._receipt(tx, each)
                for tx, each in zip(hashes, raw, strict=True)
            ]

    def _receipt(self, tx: bytes, raw: Json) -> Receipt:
        ok = to_int(raw["status"]) == 1
        if to_bytes(raw["transactionHash"]) != tx:
            raise self._wire.failed("eth_getTransactionReceipt", "that of another transaction")
        return Receipt(
            tx,
            ok,
            self._in_block(raw),
            to_int(raw["gasUsed"]),
            b"" if ok else self._revert(tx, raw),
            tuple(map(self._event, raw["logs"])),
        )

    def _revert(self, tx: bytes, receipt: Json) -> bytes:
        """The standard receipt has no revert data: some nodes add it, some can trace.

        Else the call runs again on the block before, which is exact for the first in its block.
        """
        if isinstance(receipt.get("revertReason"), str):
            return to_bytes(receipt["revertReason"])
        trace = Request("debug_traceTransaction", (to_hex(tx), {"tracer": "callTracer"}))
        found = self._wire.attempt([trace])[0]
        if isinstance(found, dict):
            return to_bytes(found.get("output") or "0x")
        sent = self._wire.ask("eth_getTransactionByHash", to_hex(tx))
        call = {"from": sent["from"], "to": sent["to"], "data": sent["input"], "gas": sent["gas"]}
        before = quantity(to_int(sent["blockNumber"]) - 1)
        again = self._wire.attempt([Request("eth_call", (call, before))])[0]
        return again.body if isinstance(again, Failure) else b""

    def call(self, views: Sequence[Call], *, at: Block) -> list[bytes]:
        block = quantity(at.number)
        answers = self._wire.attempt(
            [
                Request("eth_call", ({"to": to_hex(view.to), "data": to_hex(view.input)}, block))
                for view in views
            ]
        )
        return [self._answer(view, answer, at) for view, answer in zip(views, answers, strict=True)]

    def _answer(self, view: Call, answer: Any, at: Block) -> bytes:
        if not isinstance(answer, Failure):
            with self._wire.reading("eth_call"):
                return to_bytes(answer)
        if _says(answer, _GONE):
            raise StateGone(block=at.number)
        if answer.code == _NOT_FOUND:
            raise self._wire.failed("eth_call", answer.message)
        raise TransactionRefused(contract=to_hex(view.to), reason=to_hex(answer.body))

    def events(self, *, first: int, last: int, contracts: Collection[Address]) -> Iterator[Event]:
        addresses = [to_hex(each) for each in contracts]
        step = BLOCKS_A_CALL
        while addresses and first <= last:
            upto = min(first + step - 1, last)
            span = {"fromBlock": quantity(first), "toBlock": quantity(upto), "address": addresses}
            found = self._wire.attempt([Request("eth_getLogs", (span,))])[0]
            if isinstance(found, Failure):
                if step == 1:
                    raise self._wire.failed("eth_getLogs", found.message)
                step = max(
                    1, min(step, last - first + 1) // 2
                )  # nodes limit blocks or logs, each in its own words
                continue
            events = self._events(found)
            if any(each.address not in contracts for each in events) or not all(
                first <= each.block.number <= upto for each in events
            ):
                raise self._wire.failed("eth_getLogs", "events that were not asked for")
            yield from sorted(events, key=lambda event: (event.block.number, event.index))
            first = upto + 1

    def _events(self, logs: Any) -> list[Event]:
        with self._wire.reading("eth_getLogs"):
            if not isinstance(logs, list):
                raise TypeError
            self._learn({to_int(log["blockNumber"]) for log in logs})
            return [self._event(log) for log in logs]

    def _event(self, log: Json) -> Event:
        return Event(
            Address(to_bytes(log["address"])),
            tuple(map(to_bytes, log["topics"])),
            to_bytes(log["data"]),
            self._in_block(log),
            to_bytes(log["transactionHash"]),
            to_int(log["logIndex"]),
        )

    def _in_block(self, found: Json) -> Block:
        """The block of a receipt or a log. Raises FinalityBroken when it names another one."""
        block = self._at(to_int(found["blockNumber"]))
        if to_bytes(found["blockHash"]) != block.hash:
            raise FinalityBroken(url=self._wire.url, block=block.number)
        return block

    def head(self) -> Block:
        return self._block_of("latest", self._wire.ask(_BLOCK, "latest", False))

    def final(self) -> Block:
        """Raises FinalityBroken when a block that was final is not there any more."""
        known = self._final
        asked = [self._finality] + ([quantity(known.number)] if known else [])
        answers = self._wire.all([Request(_BLOCK, (each, False)) for each in asked])
        found = self._block_of(self._finality, answers[0])
        if known is not None:
            same = None if answers[1] is None else self._block_of(asked[1], answers[1])
            if found.number < known.number or same != known:
                raise FinalityBroken(url=self._wire.url, block=known.number)
        self._final = found
        return found

    def _block_of(self, asked: str, header: Json | None) -> Block:
        """A header that must be there and be the one that was asked for."""
        if header is None:
            raise self._wire.failed(_BLOCK, f"there is no {asked} block")
        with self._wire.reading(_BLOCK):
            block = _block(header)
        if asked.startswith("0x") and quantity(block.number) != asked:
            raise self._wire.failed(_BLOCK, "another block than the one asked for")
        return block

    def block(self, number: int) -> Block | None:
        asked = quantity(number)
        found = self._wire.ask(_BLOCK, asked, False)
        return None if found is None else self._block_of(asked, found)

    def _at(self, number: int) -> Block:
        if number not in self._cached:
            self._learn({number})
        return self._cached[number]

    def _learn(self, numbers: set[int]) -> None:
        """Fetch the headers of blocks not known yet; a block with transactions never changes."""
        unknown = sorted(numbers - self._cached.keys())
        if len(self._cached) + len(unknown) > _CACHED_BLOCKS:
            self._cached.clear()
            unknown = sorted(numbers)
        headers = self._wire.all([Request(_BLOCK, (quantity(each), False)) for each in unknown])
        self._cached |= {
            number: self._block_of(quantity(number), header)
            for number, header in zip(unknown, headers, strict=True)
        }

    def next_address(self, ahead: int) -> Address:
        with self._lock:
            return created_address(self._relayer.address, self._next_nonce() + ahead)

    def code_hash(self, address: Address) -> bytes:
        with self._wire.reading("eth_getCode"):
            return keccak256(to_bytes(self._wire.ask("eth_getCode", to_hex(address), "latest")))

    def close(self) -> None:
        self._wire.close()


def _block(header: Json) -> Block:
    return Block(to_int(header["number"]), to_bytes(header["hash"]), to_int(header["timestamp"]))


def _says(failure: Failure, phrases: Sequence[str]) -> bool:
    message = failure.message.lower()
    return any(phrase in message for phrase in phrases)
