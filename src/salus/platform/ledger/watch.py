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
        self._found: dict[bytes, Receipt] = {}
        self._is_led, self._next_look = False, 0.0

    def settled(self, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
        """The receipts, each in a final block. Raises NotFinal after some seconds.

        What the nodes cannot answer for a while is raised only when it lasts so long.
        """
        until = monotonic() + seconds
        with self._changed:
            self._wanted.update(hashes)
            try:
                while not all(each in self._found for each in hashes):
                    self._wait(until)
                return [self._found[each] for each in hashes]
            finally:
                self._forget(hashes)

    def _wait(self, until: float) -> None:
        """Look for everybody, or wait for who does. Raises what the last look met, or NotFinal."""
        trouble: Exception = NotFinal(seconds=0)
        if self._is_led:
            self._changed.wait(max(0.0, until - monotonic()))
        else:
            found = self._lead(until)
            trouble = found or trouble
        if monotonic() >= until and not self._is_led_by_luck():
            raise trouble
