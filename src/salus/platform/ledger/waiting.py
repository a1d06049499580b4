"""Waiting until transactions are final."""

import time
from collections.abc import Sequence

from salus.kernel.clock import monotonic
from salus.platform.ledger.errors import NotFinal
from salus.platform.ledger.port import Ledger, Receipt
from salus.platform.ledger.settings import LedgerSettings
from salus.platform.settings import read
from salus.platform.turns import PAGES

_PAUSE = 0.05


def settled(
    ledger: Ledger, hashes: Sequence[bytes], *, wait_seconds: float | None = None
) -> list[Receipt]:
    """The receipts, each in a final block. Raises NotFinal after `wait_seconds`.

    None takes what the settings say.
    """
    if wait_seconds is None:
        wait_seconds = read(LedgerSettings).wait_seconds
    with PAGES.given():
        return ledger.settled(hashes, seconds=wait_seconds)


def polled(ledger: Ledger, hashes: Sequence[bytes], *, seconds: float) -> list[Receipt]:
    """`Ledger.settled` of a ledger that is asked again and again."""
    until = monotonic() + seconds
    while True:
        found = [receipt for receipt in ledger.receipts(hashes) if receipt is not None]
        if len(found) == len(hashes):
            final = ledger.final().number
            if all(receipt.block.number <= final for receipt in found):
                return found
        if monotonic() >= until:
            raise NotFinal(seconds=int(seconds))
        time.sleep(_PAUSE)
