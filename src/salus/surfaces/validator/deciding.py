"""Executing what was decided: it must succeed, or the bridge ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from salus.kernel.clock import monotonic
from salus.platform.observe import log
from salus.surfaces.validator.errors import (
    DecidedInvalid,
    DecidedRefused,
    ExecutionStayedAway,
    ExecutionUnreachable,
    Refused,
)
from salus.surfaces.validator.execution import Execution, Verdict
from salus.surfaces.validator.healing import Healing
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.proposing import Proposing
from salus.surfaces.validator.rules import Terms, check

PATIENCE_SECONDS = 600.0  # for a client that starts and executes again what it lost
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Deciding:
    execution: Execution
    healing: Healing
    patience: float = PATIENCE_SECONDS
    tries: int = 3
    """At least, however long each takes."""

    async def execute(self, height: int, transactions: list[bytes], terms: Terms) -> Head:
        """The head after a block that was decided; the client stands on it on return."""
        if not transactions:
            return terms.head
        try:
            payload = Proposing.only(transactions)
            check(payload, terms)
        except Refused as refused:
            raise DecidedRefused(height=height, rule=refused.key()) from None

        async def step() -> bool:
            verdict = await self.execution.new_payload(payload)
            if verdict is Verdict.INVALID:
                raise DecidedInvalid(height=height)
            if verdict is Verdict.VALID and await self.healing.reach(payload.head):
                return True
            await self.healing.restore(terms.head)
            return False

        await self.until(step, block=payload.number)
        return payload.head

    async def until(self, step: Callable[[], Awaitable[bool]], *, block: int) -> None:
        """Repeat a step until the client has done it. Raises ExecutionStayedAway."""
        ends, tried = monotonic() + self.patience, 0
        while tried < self.tries or monotonic() < ends:
            try:
                if await step():
                    return
            except ExecutionUnreachable as error:
                log("client-away", level="warning", block=block, error=error.key())
            tried += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        raise ExecutionStayedAway(block=block, seconds=int(self.patience))
