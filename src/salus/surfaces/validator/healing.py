"""Bringing an execution client to a head that it lost, or never had.

A client that was killed may stand lower than before, back to genesis. Two things are never trusted
then: a verdict alone, because a client that does not hold itself for synced says VALID to a block
that it knows above its head, and stays; and a head that it is on but that is not ours.
"""

from dataclasses import dataclass

from salus.platform.observe import log
from salus.surfaces.validator.comet import Comet
from salus.surfaces.validator.counters import Counters
from salus.surfaces.validator.errors import (
    ConsensusUnreachable,
    DecidedInvalid,
    NotThatBlock,
    Refused,
)
from salus.surfaces.validator.execution import Execution, Verdict
from salus.surfaces.validator.heads import Heads
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.payload import Payload, unpack


@dataclass(frozen=True, slots=True)
class Healing:
    execution: Execution
    comet: Comet
    heads: Heads
    counters: Counters

    async def reach(self, head: Head) -> bool:
        """Make a block that the client has its head, or leave it where it is, above that block.

        Naming an older block could take the client down to it, and naming one that it does not
        know would make it ask its peers, while we know better.
        """
        if not await self.execution.knows(head):
            return False
        present = await self.execution.head()
        if present.number > head.number and await self.execution.block(head.number) == head:
            return True
        if await self._named(head):
            return True
        return await self._nudged(head)

    async def _named(self, head: Head) -> bool:
        verdict = await self.execution.choose(head.hash)
        return verdict is Verdict.VALID and await self.execution.holds(head)

    async def _nudged(self, head: Head) -> bool:
        """Naming its own head first makes a client hold itself for synced; then it moves."""
        present = await self.execution.head()
        if await self.execution.choose(present.hash) is not Verdict.VALID:
            return False
        if not await self._named(head):
            return False
        self.counters.healed_by_nudge += 1
        log("client-nudged", level="warning", block=head.number)
        return True

    async def restore(self, head: Head) -> bool:
        """Bring the client to a committed head while CometBFT answers."""
        nudged = self.counters.healed_by_nudge
        if await self.reach(head):
            if nudged == self.counters.healed_by_nudge:
                self.counters.healed_by_forkchoice += 1
            return True
        if not await self._feed(head):
            return False
        self.counters.healed_by_feeding += 1
        return True

    async def _feed(self, head: Head) -> bool:
        """Give it again, from the store of CometBFT, what lies above its head."""
        _, base = await self.common()
        missing = self.heads.made(above=base.number, upto=head.number)
        log("client-fed", level="warning", block=base.number, count=len(missing))
        for height, each in missing:
            if not await self._feed_one(height, each):
                return False
            self.counters.fed += 1
        return await self.execution.holds(head)

    async def _feed_one(self, height: int, head: Head) -> bool:
        payload = await self._kept(height, head)
        if payload is None:
            return False
        verdict = await self.execution.new_payload(payload)
        if verdict is Verdict.INVALID:
            raise DecidedInvalid(height=height)
        return verdict is Verdict.VALID and await self.reach(head)

    async def _kept(self, height: int, head: Head) -> Payload | None:
        """What CometBFT decided; None while it cannot be asked. Raises NotThatBlock."""
        try:
            found = await self.comet.transactions(height)
        except ConsensusUnreachable:
            return None
        try:
            payload = unpack(found[0])
        except (IndexError, Refused):
            raise NotThatBlock(height=height) from None
        if payload.head != head:
            raise NotThatBlock(height=height)
        return payload

    async def common(self) -> tuple[int, Head]:
        """The highest height whose block the client has on its chain; genesis is height 0."""
        present = await self.execution.head()
        for height, head in self.heads.downwards(present.number):
            if await self.execution.block(head.number) == head:
                return height, head
        raise NotThatBlock(height=0)

    async def agree(self) -> int:
        """While CometBFT waits for us to start: the height from which it must play to us.

        What the client has no block for is taken out of the table.
        """
        last = self.heads.last()
        assert last is not None, "the table begins with genesis"
        height, head = last
        if await self.reach(head):
            return height
        height, head = await self.common()
        log("rolled-back", level="warning", block=head.number, height=height)
        self.counters.rolled_back += last[0] - height
        self.heads.forget_above(height)
        await self.reach(head)
        return height
