"""Making and judging proposals: nothing here changes the table."""

import asyncio
from dataclasses import dataclass

from salus.kernel.clock import Clock, monotonic
from salus.platform.observe import log
from salus.surfaces.validator.counters import Counters
from salus.surfaces.validator.errors import (
    ExecutionUnreachable,
    NotExecutable,
    NotOnePayload,
    Oversized,
    Refused,
)
from salus.surfaces.validator.execution import Attributes, Execution, Verdict
from salus.surfaces.validator.healing import Healing
from salus.surfaces.validator.model import Bridge
from salus.surfaces.validator.payload import Payload, pack, read, unpack
from salus.surfaces.validator.rules import Terms, check, not_ahead

_BUILD_SECONDS = 0.05
_BUILD_SECONDS_EACH = 0.0005  # a transaction that waits, measured with anchors
_LONGEST_SECONDS = 1.0  # CometBFT waits three for a proposal
_JUDGE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Proposing:
    bridge: Bridge
    execution: Execution
    healing: Healing
    clock: Clock
    counters: Counters

    async def propose(self, terms: Terms, *, limit: int) -> list[bytes]:
        """The packed payload, or nothing when there is nothing or the client cannot.

        `limit`: bytes that the block may have.
        """
        try:
            packed = await self._build(terms, limit)
        except (Refused, ExecutionUnreachable) as error:
            log("no-proposal", level="warning", block=terms.head.number, error=error.key())
            packed = None
        if packed is None:
            self.counters.proposed_empty += 1
            return []
        self.counters.proposed += 1
        return [packed]

    async def _build(self, terms: Terms, limit: int) -> bytes | None:
        pending = await self.execution.pending()
        if not pending:
            return None
        time = await self._time(terms)
        attributes = Attributes(time, terms.fee_recipient)
        number = await self.execution.build(terms.head, attributes)
        if number is None:
            await self.healing.restore(terms.head)
            return None
        await asyncio.sleep(min(_BUILD_SECONDS + pending * _BUILD_SECONDS_EACH, _LONGEST_SECONDS))
        payload = read(await self.execution.built(number))
        check(payload, terms)
        not_ahead(payload, self._latest())
        packed = pack(payload)
        if len(packed) > limit:
            raise Oversized(limit=limit)
        log("proposed", block=payload.number, count=payload.transactions, bytes=len(packed))
        return packed

    async def _time(self, terms: Terms) -> int:
        """Of the next block: now, or as soon as it may be; waits where that is too far ahead."""
        time = max(terms.earliest, int(self._now()))
        ahead = time - self._now() - self.bridge.drift_milliseconds / 1000
        if ahead > 0:
            await asyncio.sleep(min(ahead, _LONGEST_SECONDS))
        return time

    async def judge(self, transactions: list[bytes], terms: Terms) -> bool:
        """Whether a proposal may be voted for."""
        started = monotonic()
        try:
            if transactions:
                await self._judge(self.only(transactions), terms)
        except (Refused, ExecutionUnreachable) as error:
            self.counters.refused[error.key()] += 1
            log("refused", level="warning", block=terms.head.number + 1, error=error.key())
            return False
        self.counters.accepted += 1
        taken = int((monotonic() - started) * 1000)
        log("accepted", block=terms.head.number, count=len(transactions), milliseconds=taken)
        return True

    async def _judge(self, payload: Payload, terms: Terms) -> None:
        check(payload, terms)
        not_ahead(payload, self._latest())
        verdict = await self.execution.new_payload(payload, within=_JUDGE_SECONDS)
        if verdict not in {Verdict.VALID, Verdict.INVALID} and await self.healing.restore(
            terms.head
        ):
            verdict = await self.execution.new_payload(payload, within=_JUDGE_SECONDS)
        if verdict is not Verdict.VALID:
            raise NotExecutable(verdict=str(verdict))

    @staticmethod
    def only(transactions: list[bytes]) -> Payload:
        """The one payload of a block. Raises NotOnePayload and what `unpack` raises."""
        if len(transactions) != 1:
            raise NotOnePayload(count=len(transactions))
        return unpack(transactions[0])

    def _now(self) -> float:
        return self.clock.now().timestamp()

    def _latest(self) -> float:
        allowed = self.bridge.drift_milliseconds + self.bridge.skew_milliseconds
        return self._now() + allowed / 1000
