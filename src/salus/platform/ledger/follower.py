"""From final blocks to index rows."""

from collections.abc import Sequence
from typing import Protocol

from salus.platform.ledger.contracts import DecodedEvent
from salus.platform.ledger.deployment import Contracts
from salus.platform.ledger.errors import StateGone
from salus.platform.ledger.port import Block, Ledger

BLOCKS = 1_000  # of one step: what moves in one SQL transaction


class Index(Protocol):
    """What the follower fills; rows and cursor move together or not at all."""

    def cursor(self) -> int:
        """The number of the last block that the index holds, -1 at the start."""

    def apply(self, events: Sequence[DecodedEvent], upto: Block) -> None: ...


def follow(ledger: Ledger, contracts: Contracts, index: Index) -> Block:
    """Bring an index up to the last final block; returns that block. Raises StateGone."""
    final = ledger.final()
    known = {contract.address: contract for contract in contracts.values()}
    cursor = index.cursor()
    while cursor < final.number:
        last = min(cursor + BLOCKS, final.number)
        raw = ledger.events(first=cursor + 1, last=last, contracts=known.keys())
        decoded = (known[event.address].event(event) for event in raw)
        block = ledger.block(last)
        if block is None:
            raise StateGone(block=last)
        index.apply([event for event in decoded if event is not None], block)
        cursor = last
    return final
