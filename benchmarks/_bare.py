"""What a page is measured against: the same bytes from a bare Starlette, a process for each socket.

No session, no database, no template: only what HTTP itself costs here.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from salus.platform.web import listen_together, serve


@contextmanager
def bare(folder: Path, processes: int) -> Iterator[int]:
    """The port where every file of a folder is a page."""
    sockets = listen_together("127.0.0.1", 0, processes)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks._bare", str(folder), str(each.fileno())],
            pass_fds=(each.fileno(),),
        )
        for each in sockets
    ]
    try:
        yield sockets[0].getsockname()[1]
    finally:
        for each in started:
            each.terminate()
            each.wait(30)


def _app(folder: Path) -> Starlette:
    pages = {each.name: each.read_bytes() for each in folder.iterdir()}

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(pages[request.path_params["name"]])

    return Starlette(routes=[Route("/{name}", page)])


if __name__ == "__main__":
    serve(_app(Path(sys.argv[1])), socket(fileno=int(sys.argv[2])))
