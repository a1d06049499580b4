"""Waking consensus: it makes no blocks while it is idle, and the pool is the execution client's."""

import asyncio
import re
from contextlib import suppress

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from salus.kernel.clock import monotonic
from salus.surfaces.validator.comet import Comet
from salus.surfaces.validator.counters import Counters
from salus.surfaces.validator.errors import ConsensusUnreachable, ExecutionUnreachable
from salus.surfaces.validator.execution import Execution

_WAKE = re.compile(rb"wake:([0-9]{1,15}):[0-9]{1,15}")
_HEIGHTS = 100  # that a wake-up may lie ahead: ours may be behind
_AGAIN_SECONDS = 1.0
_AT_ONCE = 4  # heights without a block that are followed at once
_LONGEST_SECONDS = 60.0
_PAUSE_SECONDS = 0.02
_RECONNECT_SECONDS = 0.3
_SUBSCRIBE = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newPendingTransactions"]}'


def is_wake(content: bytes, height: int) -> bool:
    """Whether a transaction wakes a height that is not decided yet, and is nothing else."""
    found = _WAKE.fullmatch(content)
    return found is not None and height < int(found.group(1)) < height + _HEIGHTS


class Waking:
    """Looks at the pool when a transaction came, after each height, and once a second.

    After each height, because a proposer whose client had not heard of a transaction yet spends a
    wake-up on an empty block. When height after height stays empty, what waits cannot be in a
    block, because it pays too little or wants too much gas; then wake-ups become rare, until
    something else comes.
    """

    def __init__(self, ws: str, execution: Execution, comet: Comet, counters: Counters) -> None:
        self._ws, self._execution, self._comet = ws, execution, comet
        self._counters = counters
        self._look, self._started = asyncio.Event(), asyncio.Event()
        self._height, self._number, self._fruitless = 0, 0, 0
        self._woken = (-1, 0.0)

    def look_at(self, height: int, number: int) -> None:
        """A height was committed, on block `number`: see whether the pool wants another one."""
        if number > self._number:
            self._fruitless = 0
        elif self._woken[0] == height:
            self._fruitless += 1
        self._height, self._number = height, number
        self._started.set()
        self._look.set()

    async def watch(self) -> None:
        """Follow the pool of the client for ever."""
        await self._started.wait()
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                async with connect(self._ws, proxy=None) as socket:
                    await socket.send(_SUBSCRIBE)
                    async for _ in socket:
                        self._fruitless = 0
                        self._look.set()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def wake(self) -> None:
        """Wake consensus for ever."""
        await self._started.wait()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):  # `wait_for` may lose a cancellation
                    await self._look.wait()
            self._look.clear()
            with suppress(ExecutionUnreachable, ConsensusUnreachable):
                await self.wake_once()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def wake_once(self) -> bool:
        """Wake the next height if something waits and it is time."""
        height, now = self._height + 1, monotonic()
        if now - self._woken[1] < self._pause(height):
            return False
        if not await self._execution.pending():
            return False
        await self._comet.wake(b"wake:%d:%d" % (height, int(now)))
        self._woken = height, now
        self._counters.wakes += 1
        return True

    def _pause(self, height: int) -> float:
        """Seconds from the last wake-up to one for that height."""
        vain = self._fruitless - _AT_ONCE
        if vain > 0:
            return float(min(_AGAIN_SECONDS * 2 ** min(vain, 10), _LONGEST_SECONDS))
        return _AGAIN_SECONDS if self._woken[0] == height else 0.0
