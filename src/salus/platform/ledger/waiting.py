"""Waiting until transactions are final."""

import time
from collections.abc import Sequence

from salus.kernel.clock import monotonic
from salus.platform.ledger.errors import NotFinal
from salus.platform.ledger.port import Ledger, Receipt

WAIT_SECONDS = 10
_PAUSE = 0.05


def settled(
    ledger: Ledger, hashes: Sequence[bytes], *, wait_seconds: float = WAIT_SECONDS
) -> list[Receipt]:
    """The receipts, each in a final block. Raises NotFinal after `wait_seconds`."""
    until = monotonic() + wait_seconds
    while True:
        found = [receipt for receipt in ledger.receipts(hashes) if receipt is not None]
        if len(found) == len(hashes):
            final = ledger.final().number
            if all(receipt.block.number <= final for receipt in found):
                return found
        if monotonic() >= until:
            raise NotFinal(seconds=int(wait_seconds))
        time.sleep(_PAUSE)
