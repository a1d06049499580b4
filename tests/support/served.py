"""A door on a real socket of this machine, served from a thread as `salus custodian` serves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from salus.platform.web import listen

PER_REQUEST = {b"x-request-id", b"date"}
"""Headers that differ between any two answers: a random number, and the time."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as it came over the wire: all that its receiver learns but the time it took."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    def of(cls, answer: httpx.Response) -> "Heard":
        kept = ((key.lower(), value) for key, value in answer.headers.raw)
        headers = tuple(sorted(each for each in kept if each[0] not in PER_REQUEST))
        return cls(answer.status_code, headers, answer.content)

    def problem(self) -> dict[str, Any]:
        """The members of an RFC 9457 problem."""
        assert (b"content-type", b"application/problem+json") in self.headers
        found: dict[str, Any] = httpx.Response(self.status, content=self.body).json()
        return found


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of a door that answers until the end of the block."""
    with listen("127.0.0.1", 0) as listener:
        settings = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=False
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
