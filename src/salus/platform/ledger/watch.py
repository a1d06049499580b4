"""Many threads wait for their transactions; one of them asks for all."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Condition

from salus.kernel.clock import monotonic
from salus.platform.ledger.errors import (
    LedgerBehind,
    LedgerFailed,
    LedgersDisagree,
    LedgerUnreachable,
    NotFinal,
)
from salus.platform.ledger.port import Block, Receipt

PAUSE = 0.05  # seconds between two looks
_PASSING = (LedgerUnreachable, LedgerFailed, LedgerBehind, LedgersDisagree)
_Receipts = Callable[[Sequence[bytes]], list[Receipt | None]]


class Watch:
    """`receipts` and `final` are those of a ledger."""

    def __init__(self, receipts: _Receipts, final: Callable[[], Block]) -> None:
        self._receipts, self._final = receipts, final
        self._changed = Condition()
        self._wanted: Counter[bytes] = Counter()
        self._asked: set[bytes] = set()  # at the last final block
        self._found: dict[bytes, Receipt] = {}
        self._last: Block | None = None
        self._trouble: Exception | None = None
        self._is_led, self._next_look = False, 0.0

    def settled(self, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
        """The receipts, each in a final block. Raises NotFinal after some seconds.

        What the nodes cannot answer for a while is raised only when it lasts so long.
        """
        until = monotonic() + seconds
        with self._changed:
            self._wanted.update(hashes)
        try:
            while True:
                self._take_turns(until)
                with self._changed:
                    if all(each in self._found for each in hashes):
                        return [self._found[each] for each in hashes]
                    if monotonic() >= until:
                        raise self._trouble or NotFinal(seconds=int(seconds))
        finally:
            self._forget(hashes)

    def _take_turns(self, until: float) -> None:
        """Look for everybody, or wait for the one who does."""
        with self._changed:
            if self._is_led:
                self._changed.wait(min(4 * PAUSE, max(0.0, until - monotonic())))
                return
            self._is_led = True
        try:
            time.sleep(max(0.0, min(self._next_look, until) - monotonic()))
            self._look()
        finally:
            with self._changed:
                self._is_led, self._next_look = False, monotonic() + PAUSE
                self._changed.notify_all()

    def _look(self) -> None:
        try:
            final = self._final()
            hashes = self._open(final)
            receipts = self._receipts(hashes) if hashes else []
        except _PASSING as error:
            self._trouble = error
            return
        self._trouble = None
        with self._changed:
            self._asked.update(hashes)
            self._found |= {
                hashed: receipt
                for hashed, receipt in zip(hashes, receipts, strict=True)
                if receipt is not None
                and receipt.block.number <= final.number
                and hashed in self._wanted
            }

    def _open(self, final: Block) -> list[bytes]:
        """What may have been answered since: a block is asked once for each."""
        with self._changed:
            if final != self._last:
                self._last = final
                self._asked.clear()
            return [
                each for each in self._wanted if each not in self._found and each not in self._asked
            ]

    def _forget(self, hashes: Sequence[bytes]) -> None:
        with self._changed:
            for each in hashes:
                self._wanted[each] -= 1
                if self._wanted[each] <= 0:
                    del self._wanted[each]
                    self._found.pop(each, None)
                    self._asked.discard(each)
