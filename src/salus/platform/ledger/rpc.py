"""A ledger behind plain Ethereum JSON-RPC: any node whose blocks are final when it says so."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx

from salus.kernel.clock import Clock, SystemClock
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger.agreement import BLOCK, Undecided
from salus.platform.ledger.errors import (
    FinalityBroken,
    LedgerBehind,
    StateGone,
    TransactionRefused,
    WrongChain,
)
from salus.platform.ledger.fees import Fees
from salus.platform.ledger.lookout import Lookout
from salus.platform.ledger.nodes import Network, Nodes
from salus.platform.ledger.outbox import MEMORY, Outbox
from salus.platform.ledger.port import Block, Call, Event, Receipt
from salus.platform.ledger.reading import Json, read_block, read_event
from salus.platform.ledger.sender import Line
from salus.platform.ledger.senders import Senders
from salus.platform.ledger.watch import Watch
from salus.platform.ledger.wire import Failure, Request, quantity, to_bytes, to_hex, to_int
from salus.platform.operations import observed

BLOCKS_A_CALL = 2_000  # that one question for events may span
_CACHED_BLOCKS = 10_000
_NOT_FOUND = -32601
_RECEIPT = "eth_getTransactionReceipt"
_GONE = ("missing trie node", "is gone", "header not found", "historical state", "pruned")


class RpcLedger:
    """Every transaction is in the outbox until it is final; processes of one home share that.

    A relayer key belongs to one outbox. All methods may be called from any thread.
    """

    def __init__(
        self,
        network: Network | str,
        *,
        relayer: SigningKey | Sequence[SigningKey],
        chain_id: int | None = None,
        genesis: bytes | None = None,
        finality: Literal["finalized", "latest"] = "finalized",
        price: int | None = None,
        outbox: Path | None = None,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`price`: wei a gas at most; None asks the node. `outbox`: its file; None forgets.

        Raises WrongChain, LedgerUnreachable, LedgerFailed and LedgersDisagree.
        """
        network = Network((network,)) if isinstance(network, str) else network
        self._wire, self._finality = Nodes(network, transport), finality
        self._cached: dict[int, Block] = {}
        self._final: Block | None = None  # the last that was final
        self._self_advancing = False
        clock = clock or SystemClock()
        try:
            fees = self._identify(price)
            self._check(chain_id, genesis)
            self._outbox = Outbox(outbox or MEMORY)
        except BaseException:
            self._wire.close()
            raise
        locks = outbox.parent if outbox else None
        line = Line(self._wire, self._outbox, fees, clock, self.chain_id, finality, locks)
        keys = [relayer] if isinstance(relayer, SigningKey) else relayer
        self._senders = Senders(line, keys)
        self._watch = Watch(self.receipts, self.final)
        self._lookout = Lookout(self._wire, finality, network.lag_seconds, clock)
        self._senders.start()

    def _identify(self, price: int | None) -> Fees:
        chain, first, suggested, newest = self._wire.all(
            [
                Request("eth_chainId"),
                Request(BLOCK, ("0x0", False)),
                Request("eth_gasPrice"),
                Request(BLOCK, ("latest", False)),
            ]
        )
        fees = Fees(price)
        with self._wire.reading("eth_chainId"):
            self.chain_id, self.genesis = to_int(chain), to_bytes(first["hash"])
            fees.start(suggested, newest)
        return fees

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
        self._wire.expect(expected)

    # WRITE

    @observed("ledger.submit")
    def submit(self, calls: Sequence[Call], *, by: SigningKey | None = None) -> list[bytes]:
        """In the outbox on return, and in the pool of a node unless nobody knows.

        One submit keeps its order; several at a time go through several keys. Raises
        LedgerUnreachable when nothing was sent, and BadTransaction when no node takes one; others
        of the same submit may have been taken.
        """
        return self._senders.send(calls, by) if calls else []

    def advance(self) -> None:
        """Ask an idle `salus ledger serve` for a block; a network makes its own."""
        if not self._self_advancing:
            answer = self._wire.attempt([Request("salus_advance")])[0]
            self._self_advancing = isinstance(answer, Failure | Undecided)

    @observed("ledger.wait")
    def settled(self, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
        return self._watch.settled(hashes, seconds=seconds)

    # READ

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Also of what was signed again: the hash that its caller knows leads to it."""
        self._senders.tend()
        renamed = self._outbox.renamed()
        names = [[each, *renamed.get(each, ())] for each in hashes]
        asked = [name for group in names for name in group]
        raw = self._wire.attempt([Request(_RECEIPT, (to_hex(each),)) for each in asked])
        with self._wire.reading(_RECEIPT):
            found = {
                name: receipt
                for name, receipt in zip(asked, map(self._there, raw), strict=True)
                if receipt is not None
            }
            self._learn({to_int(each["blockNumber"]) for each in found.values()})
            receipts = [
                next((self._receipt(name, found[name]) for name in group if name in found), None)
                for group in names
            ]
        self._senders.saw(hashes, receipts)
        return receipts

    def _there(self, answer: Any) -> Json | None:
        """None for one that not enough nodes have yet. Raises LedgerFailed."""
        if isinstance(answer, Failure):
            raise self._wire.failed(_RECEIPT, answer.message)
        if not answer and not isinstance(answer, dict | None):
            raise TypeError
        return None if answer is None or isinstance(answer, Undecided) else answer

    def _receipt(self, tx: bytes, raw: Json) -> Receipt:
        ok = to_int(raw["status"]) == 1
        if to_bytes(raw["transactionHash"]) != tx:
            raise self._wire.failed(_RECEIPT, "that of another transaction")
        return Receipt(
            tx,
            ok,
            self._in_block(raw),
            to_int(raw["gasUsed"]),
            b"" if ok else self._revert(tx, raw),
            tuple(read_event(log, self._in_block) for log in raw["logs"]),
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
                return to_bytes(self._wire.decided(answer))
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
            found = self._wire.decided(self._wire.attempt([Request("eth_getLogs", (span,))])[0])
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
            return [read_event(log, self._in_block) for log in logs]

    def _in_block(self, found: Json) -> Block:
        """The block of a receipt or a log. Raises FinalityBroken when it names another one."""
        block = self._at(to_int(found["blockNumber"]))
        if to_bytes(found["blockHash"]) != block.hash:
            raise FinalityBroken(url=self._wire.url, block=block.number)
        return block

    def head(self) -> Block:
        return self._block_of("latest", self._wire.ask(BLOCK, "latest", False))

    def final(self) -> Block:
        """Raises FinalityBroken when a block that was final is another one now, or is taken back.

        Raises LedgerBehind when the node does not have it any more.
        """
        known = self._final
        asked = [self._finality] + ([quantity(known.number)] if known else [])
        answers = self._wire.attempt([Request(BLOCK, (each, False)) for each in asked])
        found = self._block_of(self._finality, answers[0])
        if known is not None:
            is_there = answers[1] is not None and not isinstance(answers[1], Undecided)
            same = self._block_of(asked[1], answers[1]) if is_there else None
            found = self._not_before(known, found, same)
        found = self._lookout.compared(found)
        self._final = found
        self._senders.final(found)
        return found

    def _not_before(self, known: Block, found: Block, same: Block | None) -> Block:
        """`same`: what the nodes say now of the last block that was final."""
        if same is not None and same != known:
            raise FinalityBroken(url=self._wire.url, block=known.number)
        if found.number >= known.number and same is not None:
            return found
        if self._wire.by_agreement:  # others answered than before, who have it not yet
            return known
        if same is None and found.number < known.number:
            raise LedgerBehind(url=self._wire.url, block=known.number)
        raise FinalityBroken(url=self._wire.url, block=known.number)

    def _block_of(self, asked: str, header: Any) -> Block:
        """A header that must be there and be the one that was asked for."""
        if isinstance(header, Failure):
            raise self._wire.failed(BLOCK, header.message)
        if self._wire.decided(header) is None:
            raise self._wire.failed(BLOCK, f"there is no {asked} block")
        with self._wire.reading(BLOCK):
            block = read_block(header)
        if asked.startswith("0x") and quantity(block.number) != asked:
            raise self._wire.failed(BLOCK, "another block than the one asked for")
        return block

    def block(self, number: int) -> Block | None:
        asked = quantity(number)
        found = self._wire.ask(BLOCK, asked, False)
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
        headers = self._wire.all([Request(BLOCK, (quantity(each), False)) for each in unknown])
        self._cached |= {
            number: self._block_of(quantity(number), header)
            for number, header in zip(unknown, headers, strict=True)
        }

    def next_address(self, ahead: int) -> Address:
        return self._senders.next_address(ahead)

    def code_hash(self, address: Address) -> bytes:
        with self._wire.reading("eth_getCode"):
            return keccak256(to_bytes(self._wire.ask("eth_getCode", to_hex(address), "latest")))

    def close(self) -> None:
        if hasattr(self, "_senders"):
            self._senders.close()
            self._outbox.close()
        self._wire.close()


def _says(failure: Failure, phrases: Sequence[str]) -> bool:
    message = failure.message.lower()
    return any(phrase in message for phrase in phrases)
