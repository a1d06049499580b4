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
    wake-up on an empty block.
    """

    def __init__(self, ws: str, execution: Execution, comet: Comet, counters: Counters) -> None:
        self._ws, self._execution, self._comet = ws, execution, comet
        self._counters = counters
        self._look, self._started = asyncio.Event(), asyncio.Event()
        self._height = 0
        self._woken = (0, 0.0)

    def look_at(self, height: int) -> None:
        """A height was committed: see whether the pool wants another one."""
        self._height = height
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
                        self._look.set()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def wake(self) -> None:
        """Wake consensus for ever."""
        await self._started.wait()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), _AGAIN_SECONDS)
            self._look.clear()
            with suppress(ExecutionUnreachable, ConsensusUnreachable):
                await self.wake_once()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def wake_once(self) -> bool:
        """Wake the next height if something waits, at most once a second for one height."""
        height, now = self._height + 1, monotonic()
        if self._woken[0] == height and now - self._woken[1] < _AGAIN_SECONDS:
            return False
        if not await self._execution.pending():
            return False
        await self._comet.wake(b"wake:%d:%d" % (height, int(now)))
        self._woken = height, now
        self._counters.wakes += 1
        return True
