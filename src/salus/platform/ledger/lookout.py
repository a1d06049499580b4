"""Whether the own node is behind the others, or on a fork of its own."""

from salus.kernel.clock import Clock, monotonic, seconds
from salus.platform.ledger.agreement import BLOCK
from salus.platform.ledger.errors import FinalityBroken
from salus.platform.ledger.nodes import Nodes
from salus.platform.ledger.port import Block
from salus.platform.ledger.reading import Json, read_block
from salus.platform.ledger.wire import Request, quantity


class Lookout:
    """Compares what is final at the own node with what the others agree on, now and then."""

    def __init__(self, nodes: Nodes, finality: str, lag_seconds: int, clock: Clock) -> None:
        self._nodes, self._finality, self._lag, self._clock = nodes, finality, lag_seconds, clock
        self._next = 0.0

    def compared(self, own: Block) -> Block:
        """The own final block, or that of the others when the own node is far behind.

        Raises FinalityBroken when the others have another block of that number.
        """
        if monotonic() < self._next or self._nodes.by_agreement:
            return own
        self._next = monotonic() + self._lag / 4
        numbers = (own.number, own.number + 1)
        asked = [self._finality, *map(quantity, numbers)]
        answers = self._nodes.elsewhere([Request(BLOCK, (each, False)) for each in asked])
        if answers is None:
            return own
        with self._nodes.reading(BLOCK):
            final, same, after = map(_block, answers)
        if same is not None and same.number == own.number and same.hash != own.hash:
            raise FinalityBroken(url=self._nodes.url, block=own.number)
        if final is None or after is None or not self._is_old(after):
            return own
        self._nodes.leave_own()
        return final if final.number > own.number else own

    def _is_old(self, after: Block) -> bool:
        """A block that the own node should have had long ago."""
        return after.time + self._lag <= seconds(self._clock.now())


def _block(header: Json | None) -> Block | None:
    return None if header is None else read_block(header)
