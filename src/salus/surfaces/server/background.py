"""What goes on while pages are served: following the ledger, doing what is due, lending it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from salus.kernel.clock import monotonic
from salus.platform.ledger import EmbeddedLedger
from salus.platform.ledger.serve import ledger_app
from salus.platform.node import SERVED, announce_ledger
from salus.platform.observe import log
from salus.platform.observe.figures import Figure
from salus.platform.observe.health import Finding
from salus.platform.web import listen, serving
from salus.platform.web.portal import sessions
from salus.platform.work import Node, catch_up
from salus.rights.custody.pages.looks import GLANCED
from salus.rights.custody.pages.shelf import SHELF
from salus.rights.identity.notices.gathering import gather
from salus.surfaces.server.errors import LedgerSilent

EVERY = 1.0  # seconds
GATHER = 15.0  # seconds between two looks for news where no block came
BEHIND = 120.0  # seconds of silence after which nothing may be signed


@dataclass(slots=True)
class Pulse:
    """A thread that follows and works once a second, and knows when it last heard the ledger."""

    node: Node
    heard_at: float = field(default_factory=monotonic)
    _cursor: int = -1
    _gathered_at: float = 0.0
    _stop: Event = field(default_factory=Event)

    def minutes_behind(self) -> int:
        silent = monotonic() - self.heard_at
        return max(1, round(silent / 60)) if silent > BEHIND else 0

    def found(self) -> Finding:
        """Not well when nothing may be signed any more."""
        silent = monotonic() - self.heard_at
        figure = Figure("salus_pulse_age_seconds", silent)
        return Finding((figure,), LedgerSilent.key() if silent > BEHIND else None)

    def beat(self) -> None:
        """Once; what fails is tried again with the next."""
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - the pages go on, and say how old they are
            log("pulse-failed", level="warning", error=type(error).__name__)

    def _work(self) -> None:
        self.node.follow()
        self.heard_at = monotonic()
        self._gather()
        catch_up(self.node)
        self._forget()

    def _gather(self) -> None:
        """Tell what is new: at once after a block, else now and then for what no block says."""
        cursor, now = self.node.index.cursor(), monotonic()
        if cursor != self._cursor or now - self._gathered_at > GATHER:
            gather(self.node)
            self._cursor, self._gathered_at = cursor, now

    def _forget(self) -> None:
        """What was opened for visitors who have signed out meanwhile, in whichever process."""
        if visitors := SHELF.visitors() | set(map(str, GLANCED.visitors())):
            with self.node.reading() as session:
                here = sessions.alive(session, visitors, now=self.node.clock.now())
            for each in visitors - here:
                SHELF.forget(each)
                GLANCED.forget(each)

    def run(self) -> None:
        while not self._stop.wait(EVERY):
            self.beat()

    def stop(self) -> None:
        self._stop.set()


@dataclass(slots=True)
class Echo(Pulse):
    """That of a process beside the first, which follows and works: whether its work is seen."""

    _awaited: int = -1

    def _work(self) -> None:
        """The ledger is heard when what it said the last time is in the index by now."""
        final = self.node.ledger.final().number
        if self.node.index.cursor() >= self._awaited:
            self.heard_at = monotonic()
        self._awaited = final
        self._forget()


@contextmanager
def beating(pulse: Pulse) -> Iterator[Pulse]:
    """A pulse that ends with the block."""
    thread = Thread(target=pulse.run, daemon=True)
    thread.start()
    try:
        yield pulse
    finally:
        pulse.stop()
        thread.join(10)


@contextmanager
def ledger_for_others(node: Node, home: Path) -> Iterator[None]:
    """Let commands reach the chain whose file this process holds; a chain elsewhere needs none."""
    if not isinstance(node.ledger, EmbeddedLedger):
        yield
        return
    listener = listen("127.0.0.1", 0)
    with serving(ledger_app(node.ledger), listener):
        announce_ledger(home, f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            yield
        finally:
            (home / SERVED).unlink(missing_ok=True)
