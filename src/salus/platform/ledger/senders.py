"""The keys of a ledger that send: each submit takes one that is free."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from threading import Lock

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger.errors import BadTransaction
from salus.platform.ledger.port import Block, Call, Receipt
from salus.platform.ledger.sender import Line, Sender
from salus.platform.ledger.transactions import created_address, intrinsic_gas


class Senders:
    """The first key creates contracts, so that their addresses can be foretold."""

    def __init__(self, line: Line, keys: Sequence[SigningKey]) -> None:
        self._line, self._lock, self._rounds = line, Lock(), count()
        self._own = [Sender(line, key.address, key) for key in keys]
        self._others: dict[Address, Sender] = {}
        self._mined: dict[bytes, int] = {}  # and in which block; by hash

    def start(self) -> None:
        """Look after what an earlier process has sent."""
        known = {each.address: each for each in self._own}
        for address in self._line.outbox.senders():
            sender = known.get(address) or self._other(address, None)
            with suppress(SalusError), sender.turn():
                sender.tend()

    def send(self, calls: Sequence[Call], by: SigningKey | None) -> list[bytes]:
        for call in calls:
            if call.gas < intrinsic_gas(call.to, call.input):
                raise BadTransaction(reason="intrinsic gas too low")
        with self._free(calls, by) as sender:
            sender.tend_if_due()
            return sender.send(calls)

    @contextmanager
    def _free(self, calls: Sequence[Call], by: SigningKey | None) -> Iterator[Sender]:
        """One whose turn nobody has, in this process or another."""
        if by is not None:
            fitting = [self._other(by.address, by)]
        elif all(call.to for call in calls):
            first = next(self._rounds) % len(self._own)
            fitting = self._own[first:] + self._own[:first]
        else:
            fitting = self._own[:1]
        sender = next((each for each in fitting if each.take(waiting=False)), None)
        if sender is None:
            sender = fitting[0]
            sender.take(waiting=True)
        try:
            yield sender
        finally:
            sender.leave()

    def _other(self, address: Address, key: SigningKey | None) -> Sender:
        with self._lock:
            found = next((each for each in self._own if each.address == address), None)
            found = found or self._others.setdefault(address, Sender(self._line, address, key))
            found.key = found.key or key
            return found

    def next_address(self, ahead: int) -> Address:
        sender = self._own[0]
        with sender.turn():
            return created_address(sender.address, sender.next_nonce() + ahead)

    # WHAT BECAME OF THEM

    def tend(self) -> None:
        """Look after those whose time has come and whose turn nobody has."""
        with self._lock:
            everybody = [*self._own, *self._others.values()]
        for sender in everybody:
            if sender.is_due and sender.take(waiting=False):
                try:
                    sender.tend_if_due()
                finally:
                    sender.leave()

    def saw(self, hashes: Sequence[bytes], receipts: Sequence[Receipt | None]) -> None:
        """Remember what is mined under the hash that its caller knows, until it is final."""
        with self._lock:
            self._mined |= {
                hashed: receipt.block.number
                for hashed, receipt in zip(hashes, receipts, strict=True)
                if receipt is not None and receipt.tx == hashed
            }

    def final(self, block: Block) -> None:
        with self._lock:
            over = [hashed for hashed, at in self._mined.items() if at <= block.number]
            for each in over:
                del self._mined[each]
        if over:
            self._line.outbox.over(over)

    def close(self) -> None:
        for each in (*self._own, *self._others.values()):
            each.close()
