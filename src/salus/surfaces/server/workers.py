"""Several processes that answer pages at one address, so that every core is used.

The kernel deals out who comes. Sessions, forms and counts lie in the database, so that it does not
matter to whom. One that dies is replaced by another on its socket, where callers wait meanwhile;
all end with the process that started them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from salus.kernel.clock import monotonic
from salus.platform.observe import log
from salus.platform.observe.together import FOLDER
from salus.platform.web import Secured, told_to_end
from salus.surfaces.server.worker import PATIENCE

MOST = 4  # without being asked for more
_LOOK, _PAUSE = 0.25, 1.0  # seconds between two looks, and between two starts of the same one
_PROGRAM = (sys.executable, "-m", "salus.surfaces.server.worker")
Process = subprocess.Popen[bytes]


def usual() -> int:
    """One for each core that this process may use, and no more than MOST."""
    return min(MOST, len(os.sched_getaffinity(0)))


@dataclass(slots=True)
class Worker:
    """One of them: how it is started, and what runs now."""

    command: Sequence[str]
    keeps: tuple[int, ...]
    counts: Path | None = None
    """Where it counts what it does, for an operator."""
    _process: Process | None = None
    _began: float = field(default=-_PAUSE)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def tend(self) -> None:
        """Start it, also again; one that ends at once is started once a second."""
        if self._process is not None and (code := self._process.poll()) is not None:
            log("worker-ended", level="warning", status=code)
            self._process = None
        if self._process is None and monotonic() - self._began >= _PAUSE:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                self.command,
                stdin=subprocess.DEVNULL,
                pass_fds=self.keeps,
                env=os.environ | ({FOLDER: str(self.counts)} if self.counts else {}),
                start_new_session=True,  # Ctrl-C is for the first process, which ends this one
            )
            self._began = monotonic()

    def end(self) -> None:
        """Wait for one that was told to end, and kill it when it does not."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(PATIENCE + 1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def working(
    home: Path, listeners: Sequence[socket], secured: Secured | None, counts: Path | None = None
) -> Iterator[Sequence[Worker]]:
    """A process for each socket, until the block ends.

    They hold one end of a pipe, this one the other: so they see when it is there no more.
    """
    theirs, ours = os.pipe()
    files = (str(secured.certificate), str(secured.key)) if secured else ()
    workers = []
    for listener in listeners:
        keeps = (listener.fileno(), theirs)
        command = (*_PROGRAM, str(home), *map(str, keeps), *files)
        workers.append(Worker(command, keeps, counts))
    try:
        for each in workers:
            each.tend()
        yield workers
    finally:
        os.close(ours)
        for each in workers:
            each.end()
        os.close(theirs)


def work(
    home: Path, listeners: Sequence[socket], secured: Secured | None, counts: Path | None = None
) -> None:
    """Keep one for each socket running until this process is told to end."""
    with told_to_end() as told, working(home, listeners, secured, counts) as workers:
        while not told.wait(_LOOK):
            for each in workers:
                each.tend()
