"""A process beside the first that answers pages. The chain, jobs and notices it leaves to that."""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from threading import Thread

from salus.platform.node import open_beside
from salus.platform.observe.together import counting
from salus.platform.settings import read
from salus.platform.web import Secured, serve
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.work import Node
from salus.rights.custody.glancing import prepare
from salus.surfaces.server.app import portal_app
from salus.surfaces.server.background import Echo, Pulse, beating

PATIENCE = 10  # seconds in which a page may still be answered


def answer(node: Node, home: Path, pulse: Pulse, listener: socket, secured: Secured | None) -> None:
    """Answer pages until this process is told to end."""
    settings = read(PortalSettings)
    app = portal_app(node, home, is_behind=pulse.minutes_behind, settings=settings)
    prepare(node, home)
    with settled():
        serve(app, listener, secured, proxies=settings.proxies)


@contextmanager
def settled() -> Iterator[None]:
    """The garbage collector leaves alone what was loaded before.

    A pass over that takes a quarter of a second, in which no page is made. What pages leave behind
    is found as often as ever: files of keepers that were opened for one page are closed by it.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def answer_beside(home: Path, listener: socket, lifeline: int, secured: Secured | None) -> None:
    """As above, for as long as somebody holds the other end of a pipe."""
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    with counting(), open_beside(home) as node, beating(Echo(node)) as pulse:
        answer(node, home, pulse, listener, secured)


def _end_with(lifeline: int) -> None:
    """A pipe ends when the process at its other end does, however that happened."""
    os.read(lifeline, 1)
    for _ in range(PATIENCE):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Home, numbers of the socket and of the pipe, then certificate and key where there are."""
    home, listener, lifeline, *files = arguments
    secured = Secured(*map(Path, files)) if files else None
    answer_beside(Path(home), socket(fileno=int(listener)), int(lifeline), secured)


if __name__ == "__main__":
    main(sys.argv[1:])
