"""A bridge from its file to its end."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from salus.kernel.clock import Clock
from salus.kernel.documents import parse
from salus.kernel.encoding import from_hex
from salus.platform.observe import unexpected
from salus.platform.observe.door import watched
from salus.surfaces.validator.application import Application
from salus.surfaces.validator.comet import Comet
from salus.surfaces.validator.counters import Counters, found
from salus.surfaces.validator.deciding import Deciding
from salus.surfaces.validator.errors import BadBridge, Ended
from salus.surfaces.validator.execution import Execution
from salus.surfaces.validator.heads import Heads
from salus.surfaces.validator.healing import Healing
from salus.surfaces.validator.membership import Membership
from salus.surfaces.validator.model import Bridge
from salus.surfaces.validator.proposing import Proposing
from salus.surfaces.validator.server import Server
from salus.surfaces.validator.waking import Waking

_SECRET = 32  # bytes that the Engine API asks for


def read_bridge(file: Path) -> Bridge:
    """The file with its paths made absolute. Raises BadDocument and BadBridge."""
    bridge = parse(Bridge, file.read_bytes())
    _check(bridge)
    folder = file.parent.resolve()
    return replace(bridge, jwt=str(folder / bridge.jwt), database=str(folder / bridge.database))


def _check(bridge: Bridge) -> None:
    host, _, port = bridge.abci.rpartition(":")
    if not host or not port.isdecimal():
        raise BadBridge(member="abci")
    if bridge.organizations:
        try:
            from_hex(bridge.organizations, 20)
        except ValueError:
            raise BadBridge(member="organizations") from None


def _secret(file: Path) -> bytes:
    try:
        secret = bytes.fromhex(file.read_text().strip().removeprefix("0x"))
    except ValueError:
        raise BadBridge(member="jwt") from None
    if len(secret) != _SECRET:
        raise BadBridge(member="jwt")
    return secret


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bridge is put together from."""

    heads: Heads
    execution: Execution
    comet: Comet
    healing: Healing
    waking: Waking
    counters: Counters
    application: Application

    async def close(self) -> None:
        await self.execution.close()
        await self.comet.close()
        self.heads.close()


def assemble(
    bridge: Bridge, clock: Clock, *, deciding: Callable[..., Deciding] = Deciding
) -> Parts:
    """Raises BadBridge."""
    counters = Counters()
    heads, comet = Heads(Path(bridge.database)), Comet(bridge.comet)
    execution = Execution(
        engine=bridge.engine, rpc=bridge.rpc, secret=_secret(Path(bridge.jwt)), clock=clock
    )
    healing = Healing(execution, comet, heads, counters)
    waking = Waking(bridge.ws, execution, comet, counters)
    application = Application(
        bridge,
        heads=heads,
        execution=execution,
        healing=healing,
        proposing=Proposing(bridge, execution, healing, clock, counters),
        deciding=deciding(execution, healing),
        membership=Membership.at(bridge.organizations, execution),
        waking=waking,
        counters=counters,
    )
    return Parts(heads, execution, comet, healing, waking, counters, application)


async def run(bridge: Bridge, clock: Clock, listening: Callable[[], None]) -> Ended | None:
    """Serve until it is asked to stop, or must end; then say why. Raises BadBridge."""
    parts = assemble(bridge, clock)
    server = Server(parts.application)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    listener = await server.listen(bridge.abci)
    listening()
    staying = parts.waking.watch(), parts.waking.wake(), parts.application.tend()
    tasks = [asyncio.create_task(each) for each in staying]
    for task in tasks:
        task.add_done_callback(lambda done: _stopped(done, server))
    try:
        with watched({"bridge": lambda: found(parts.counters)}):
            return await server.ended
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.close()


def _stopped(task: "asyncio.Task[None]", server: Server) -> None:
    """A part that runs for ever has stopped: that is a doubt too."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    if not isinstance(error, Ended):
        unexpected(error)
    server.end(error if isinstance(error, Ended) else Ended())
