"""One key that sends: its transactions in their order, none lost and none mined twice.

A nonce is given away in the outbox before a node hears of it. Whatever vanished from the pools is
sent again; what cannot be mined any more, because somebody else used its nonce in a final block,
is signed again; a nonce that nobody uses is filled, so that those behind it can go on.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from threading import Lock
from typing import IO, Any

from salus.kernel.clock import Clock, monotonic, seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger.errors import BadTransaction, LedgerUnreachable, WrongChain
from salus.platform.ledger.fees import Fees
from salus.platform.ledger.nodes import Nodes
from salus.platform.ledger.outbox import Kept, Outbox
from salus.platform.ledger.port import Call
from salus.platform.ledger.transactions import priced, read, sign
from salus.platform.ledger.wire import Failure, Request, to_hex, to_int
from salus.platform.observe import log

TEND_SECONDS = 1.0  # between two looks at what is not final
STUCK_SECONDS = 10
FILLER = Call(bytes(20), b"", gas=21_000)
_SIGNINGS, _AT_ONCE = 5, 40
_NEVER = ("intrinsic gas", "block gas limit", "oversized", "initcode", "gas limit too high")
_COUNT, _RECEIPT = "eth_getTransactionCount", "eth_getTransactionReceipt"


@dataclass(frozen=True, slots=True)
class Line:
    """What all senders of a ledger share."""

    nodes: Nodes
    outbox: Outbox
    fees: Fees
    clock: Clock
    chain_id: int
    finality: str
    locks: Path | None = None
    """The folder of the locks by which several processes take turns."""


@dataclass(slots=True)
class Sender:
    """`key` is None for what a process before this one has sent and this one cannot sign."""

    line: Line
    address: Address
    key: SigningKey | None
    _turn: Lock = field(default_factory=Lock)
    _next: int = -1  # counted here, and asked of the chain at the start and after every trouble
    _tended: float = field(default_factory=monotonic)
    _file: IO[bytes] | None = None

    # TURNS

    def take(self, *, waiting: bool) -> bool:
        """Take the turn, of this process and of all others of this home."""
        if not self._turn.acquire(blocking=waiting):
            return False
        try:
            if self._lock_file(waiting=waiting):
                return True
        except BaseException:
            self._turn.release()
            raise
        self._turn.release()
        return False

    def _lock_file(self, *, waiting: bool) -> bool:
        if self.line.locks is None:
            return True
        if self._file is None:
            name = f"sender-{self.address.hex()[:16]}.lock"
            descriptor = os.open(
                self.line.locks / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            self._file = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            flock(self._file, LOCK_EX if waiting else LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        told = os.pread(self._file.fileno(), 8, 0)
        self._next = int.from_bytes(told, signed=True) if told else -1
        return True

    def leave(self) -> None:
        """What the next nonce is, the next process that takes the turn finds in the file."""
        if self._file is not None:
            os.pwrite(self._file.fileno(), self._next.to_bytes(8, signed=True), 0)
            flock(self._file, LOCK_UN)
        self._turn.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.take(waiting=True)
        try:
            yield
        finally:
            self.leave()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    # SENDING, in one's turn

    def send(self, calls: Sequence[Call]) -> list[bytes]:
        """Kept, and in the pool of a node unless nobody knows; their hashes in order.

        Raises BadTransaction, and LedgerUnreachable when nothing was sent.
        """
        found: list[bytes] = [b""] * len(calls)
        left = list(range(len(calls)))
        for _ in range(_SIGNINGS):
            kept = self._keep([calls[at] for at in left])
            refused = self._deliver(kept)
            for at, each in zip(left, kept, strict=True):
                found[at] = each.hash
            if not refused:
                return found
            self._next = -1
            self._refuse(kept, refused)
            left = [left[at] for at in refused]
        raise BadTransaction(reason="the nonces of its sender are used by somebody else")

    def _keep(self, calls: Sequence[Call]) -> list[Kept]:
        first = self.next_nonce()
        kept = [self._signed(call, nonce) for nonce, call in enumerate(calls, first)]
        self.line.outbox.keep(kept)
        self._next = first + len(calls)
        return kept

    def _signed(
        self, call: Call, nonce: int, *, named: bytes | None = None, fees: Any = None
    ) -> Kept:
        """`named`: the hash its caller knows already; None for a new one."""
        tip, price = fees or (self.line.fees.tip, self.line.fees.price)
        if self.key is None:
            raise BadTransaction(reason="its key is not here")
        chain = self.line.chain_id
        tx, raw = sign(call, nonce=nonce, chain_id=chain, price=price, key=self.key, tip=tip)
        since = seconds(self.line.clock.now())
        return Kept(tx.hash, tx.hash if named is None else named, self.address, nonce, raw, since)

    def next_nonce(self) -> int:
        if self._next < 0:
            self._next = self._count("pending")
        self._next = max(self._next, self.line.outbox.last_nonce(self.address) + 1)
        return self._next

    def _count(self, tag: str) -> int:
        with self.line.nodes.reading(_COUNT):
            return to_int(self.line.nodes.ask(_COUNT, to_hex(self.address), tag))

    def _deliver(self, kept: Sequence[Kept]) -> dict[int, str]:
        """Places and reasons of those that no node has. Of what nobody knows, it may be there."""
        try:
            answers = self._sent(kept)
        except (LedgerUnreachable, WrongChain):
            self._next = -1
            self.line.outbox.drop([each.hash for each in kept])
            raise
        refused = {
            at: answer.message for at, answer in enumerate(answers) if isinstance(answer, Failure)
        }
        if not refused:
            return {}
        places = list(refused)
        asked = [Request("eth_getTransactionByHash", (to_hex(kept[at].hash),)) for at in places]
        try:
            known = self.line.nodes.attempt(asked)
        except SalusError:
            return {}
        return {
            at: refused[at]
            for at, answer in zip(places, known, strict=True)
            if answer is None or isinstance(answer, Failure)
        }

    def _sent(self, kept: Sequence[Kept]) -> list[Any]:
        return self.line.nodes.send(
            [Request("eth_sendRawTransaction", (to_hex(each.raw),)) for each in kept]
        )

    def _refuse(self, kept: Sequence[Kept], refused: dict[int, str]) -> None:
        """Free what is refused. Raises BadTransaction unless its nonces were only used before."""
        waiting = self._count("pending")
        bad = [at for at in refused if kept[at].nonce >= waiting]
        self.line.outbox.drop([kept[at].hash for at in refused])
        last = max((at for at in range(len(kept)) if at not in refused), default=-1)
        gaps = [kept[at].nonce for at in bad if at < last]
        if gaps:
            self._fill(gaps)
        if bad:
            raise BadTransaction(reason=refused[bad[0]][:200])

    def _fill(self, nonces: Sequence[int]) -> None:
        self._sent(self._filling(nonces))

    # TENDING, in one's turn

    @property
    def is_due(self) -> bool:
        return monotonic() - self._tended >= TEND_SECONDS

    def tend_if_due(self) -> None:
        """A look at what is not final, once in a while; its trouble is not the caller's."""
        if self.is_due:
            with suppress(SalusError):
                self.tend()

    def tend(self) -> None:
        """Drop what is final, and send what is in no pool. Raises what the nodes answer."""
        self._tended = monotonic()
        owed = self.line.outbox.owed(self.address)
        if not owed:
            return
        account = to_hex(self.address)
        final, waiting, suggested = self.line.nodes.all(
            [
                Request(_COUNT, (account, self.line.finality)),
                Request(_COUNT, (account, "pending")),
                Request("eth_gasPrice"),
            ]
        )
        with self.line.nodes.reading(_COUNT):
            final_count, pool_count = to_int(final), to_int(waiting)
            self.line.fees.learn(suggested)
        self._finish([each for each in owed if each.nonce < final_count])
        self._send_again([each for each in owed if each.nonce >= final_count], pool_count)

    def _finish(self, passed: Sequence[Kept]) -> None:
        """Those whose nonces are used in final blocks: mined, or never to be."""
        nonces = sorted({each.nonce for each in passed})
        for first in range(0, len(nonces), _AT_ONCE):
            some = set(nonces[first : first + _AT_ONCE])
            self._finish_some([each for each in passed if each.nonce in some])

    def _finish_some(self, passed: Sequence[Kept]) -> None:
        """Count and receipts in one question: two nodes may be at two blocks.

        Only where enough nodes say that there is no receipt, and that the nonce is used, is a
        transaction signed again.
        """
        count, *receipts = self.line.nodes.attempt(
            [Request(_COUNT, (to_hex(self.address), self.line.finality))]
            + [Request(_RECEIPT, (to_hex(each.hash),)) for each in passed]
        )
        with self.line.nodes.reading(_COUNT):
            used = to_int(count)
        mined = {
            each.nonce: each
            for each, receipt in zip(passed, receipts, strict=True)
            if isinstance(receipt, dict)
        }
        absent = {
            nonce: [
                receipt
                for each, receipt in zip(passed, receipts, strict=True)
                if each.nonce == nonce
            ]
            for nonce in {each.nonce for each in passed} - mined.keys()
        }
        for each in mined.values():
            self.line.outbox.finish(each)
        lost = [nonce for nonce, said in absent.items() if nonce < used and not any(said)]
        self._sign_again([each for each in passed if each.nonce in lost])

    def _sign_again(self, dead: Sequence[Kept]) -> None:
        """What somebody else's transaction displaced for good gets a nonce of its own again."""
        if not dead:
            return
        log("transactions-displaced", level="warning", count=len(dead))
        named = {each.named: each for each in dead if each.named and self.key is not None}
        gone = [each.hash for each in dead]
        self._next = -1
        first = self.next_nonce()
        again = [
            self._signed(self._call(each), nonce, named=name)
            for nonce, (name, each) in enumerate(named.items(), first)
        ]
        self.line.outbox.keep(again, instead_of=gone)
        self._next = first + len(again)
        if again:
            self._sent(again)

    def _call(self, kept: Kept) -> Call:
        found = read(kept.raw, chain_id=self.line.chain_id, sender=self.address)
        return Call(found.to, found.input, found.gas)

    def _send_again(self, open_: Sequence[Kept], waiting: int) -> None:
        """`waiting`: the first nonce that is not in the pool of the node."""
        if not open_:
            return
        newest = {each.nonce: each for each in open_}
        gaps = [nonce for nonce in range(waiting, max(newest)) if nonce not in newest]
        missing = [each for nonce, each in newest.items() if nonce >= waiting]
        if gaps and self.key is not None:
            missing += self._filling(gaps)
        if missing:
            log("transactions-again", level="warning", count=len(missing))
            missing.sort(key=lambda each: each.nonce)
            self._free(missing, self._sent(missing))
        self._raise_price([each for nonce, each in newest.items() if nonce < waiting])

    def _free(self, sent: Sequence[Kept], answers: Sequence[Any]) -> None:
        """What a process kept that died before it heard that no node will ever take it."""
        never = [
            each
            for each, answer in zip(sent, answers, strict=True)
            if isinstance(answer, Failure) and any(why in answer.message for why in _NEVER)
        ]
        if never and self.key is not None:
            self.line.outbox.drop([each.hash for each in never])
            self._fill([each.nonce for each in never])

    def _filling(self, gaps: Sequence[int]) -> list[Kept]:
        fillers = [self._signed(FILLER, nonce, named=b"") for nonce in gaps]
        self.line.outbox.keep(fillers)
        return fillers

    def _raise_price(self, waiting: Sequence[Kept]) -> None:
        """What has waited long for less than a gas costs now; either of the two will be mined."""
        before = seconds(self.line.clock.now()) - STUCK_SECONDS
        fees = self.line.fees
        stuck = [
            (each, prices)
            for each in waiting
            if each.since <= before and self.key is not None
            for prices in [priced(each.raw)]
            if fees.is_stuck(prices[1])
        ]
        if stuck:
            log("transactions-repriced", level="warning", count=len(stuck))
            again = [
                self._signed(
                    self._call(each), each.nonce, named=each.named, fees=fees.above(*prices)
                )
                for each, prices in stuck
            ]
            self.line.outbox.keep(again)
            self._sent(again)
