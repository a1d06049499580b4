"""Keep one validator running: the execution client, then the bridge and CometBFT as one unit.

When CometBFT or the bridge ends, the other is ended too and both start again with a fresh
handshake. When the execution client ends it starts alone, and the bridge brings it up to date.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from salus.kernel.clock import monotonic
from salus.platform.files import write_atomic
from salus.platform.observe import log
from salus.surfaces.network.configuration import client_command, comet_command
from salus.surfaces.network.engine import Engine
from salus.surfaces.network.errors import NotReady
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.model import Network, Peer
from salus.surfaces.network.parts import Part

SALUS = (sys.executable, "-c", "from salus.surfaces.cli import main; main()")
_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_STEADY = 60.0  # seconds after which a program that ends again begins with the shortest pause
_LOOKING = 5.0  # seconds between two looks at the logs
_WAITING = 0.1
_CLIENT_STOPS, _OTHERS_STOP = 40.0, 10.0


class Asked(Exception):
    """Somebody asked the supervisor to end."""


@dataclass(slots=True)
class Unit:
    """Programs that start one after another and end together."""

    parts: Sequence[Part]
    failures: int = 0
    since: float = 0.0

    def is_running(self) -> bool:
        return all(part.is_running() for part in self.parts)

    def stop(self, seconds: float) -> None:
        for part in reversed(self.parts):
            part.stop(seconds)

    def pause(self, now: float) -> float:
        """How long to wait before it starts again."""
        self.failures = self.failures + 1 if now - self.since < _STEADY else 1
        return _PAUSES[min(self.failures, len(_PAUSES)) - 1]


@dataclass(slots=True)
class Supervisor:
    """One validator; `start_seconds` is what a program may take to listen."""

    folder: Folder
    client: Unit
    consensus: Unit
    start_seconds: float
    log_bytes: int
    asked: bool = field(default=False)

    @classmethod
    def of(
        cls,
        folder: Folder,
        network: Network,
        peer: Peer,
        *,
        engine: Engine,
        start_seconds: float,
        log_bytes: int,
    ) -> "Supervisor":
        ports, logs = peer.ports, folder.logs
        bridging = (*SALUS, "validator", "--config", str(folder.bridge))
        client = client_command(engine, folder, network, peer)
        return cls(
            folder,
            Unit((Part("geth", client, ports.engine, logs / "geth.log"),)),
            Unit(
                (
                    Part("bridge", bridging, ports.abci, logs / "bridge.log"),
                    Part(
                        "cometbft",
                        comet_command(engine, folder),
                        ports.comet,
                        logs / "cometbft.log",
                    ),
                )
            ),
            start_seconds,
            log_bytes,
        )

    def run(self, checked: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT; `checked` is asked when the execution client is up.

        Raises NotReady when that does not come up the first time: its files are wrong then.
        """
        with _signals_held():
            try:
                self._start(self.client)
                checked()
                while True:
                    self._keep(self.client)
                    self._keep(self.consensus)
                    for part in self._parts():
                        part.rotate(self.log_bytes)
                    self._wait(_LOOKING)
            except Asked:
                pass
            finally:
                self._end()

    def _parts(self) -> Sequence[Part]:
        return (*self.client.parts, *self.consensus.parts)

    def _keep(self, unit: Unit) -> None:
        """Running, however often it takes. Raises Asked."""
        while not unit.is_running():
            ended = next(part.name for part in unit.parts if not part.is_running())
            if unit.since:
                log("part-ended", level="warning", where=ended)
                unit.stop(_OTHERS_STOP)
                self._rest(unit.pause(monotonic()))
            try:
                self._start(unit)
            except NotReady:
                log("part-not-ready", level="warning", where=ended)
                unit.stop(_OTHERS_STOP)

    def _start(self, unit: Unit) -> None:
        """Raises NotReady and Asked."""
        unit.since = monotonic()
        for part in unit.parts:
            part.start()
            self._tell()
            self._until_up(part)

    def _until_up(self, part: Part) -> None:
        end = monotonic() + self.start_seconds
        while not part.is_up():
            self._wait(_WAITING)
            if part not in self.client.parts:  # CometBFT waits for the bridge, and that for it
                self._keep(self.client)
            if not part.is_running() or monotonic() > end:
                raise NotReady(name=part.name, seconds=int(self.start_seconds))

    def _rest(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._wait(left)

    @staticmethod
    def _wait(seconds: float) -> None:
        """Until a program ends, or so long. Raises Asked."""
        heard = signal.sigtimedwait(_SIGNALS, seconds)
        if heard is not None and heard.si_signo != signal.SIGCHLD:
            raise Asked

    def _end(self) -> None:
        """In the reverse order; CometBFT first, so that nothing more is decided here."""
        self.consensus.stop(_OTHERS_STOP)
        self.client.stop(_CLIENT_STOPS)
        self.folder.state.unlink(missing_ok=True)

    def _tell(self) -> None:
        """`supervisor.json`: which process is which part."""
        content = {part.name: part.pid for part in self._parts() if part.is_running()}
        write_atomic(self.folder.state, json.dumps(content).encode())


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals wait until they are asked for."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
