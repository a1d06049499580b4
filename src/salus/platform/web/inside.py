"""A door of this process, called without a socket: same application, same bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar
from weakref import finalize

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message

from salus.platform.ledger.remembered import at_any_block

P = ParamSpec("P")
T = TypeVar("T")
_INSIDE = ContextVar("salus_inside", default=False)


async def in_thread(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a verb so that it does not hold up other requests; a call inside has no others."""
    if _INSIDE.get():
        return verb(*args, **kwargs)
    return await run_in_threadpool(verb, *args, **kwargs)


class Inside(httpx.BaseTransport):
    """Runs each request on an event loop of its own; loops are kept for the next request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._idle: deque[asyncio.AbstractEventLoop] = deque()
        self._end = finalize(self, _close_all, self._idle)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """A verb that runs inside and calls another door needs a thread for that one's loop."""
        if not _INSIDE.get():
            return self._handle(request)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self._handle, request).result()

    def _handle(self, request: httpx.Request) -> httpx.Response:
        try:
            loop = self._idle.pop()
        except IndexError:
            loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._answer(request))
        finally:
            self._idle.append(loop)
            if not self._end.alive:  # it was closed meanwhile
                _close_all(self._idle)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        _INSIDE.set(True)
        exchange = _Exchange(request.read())
        with at_any_block():
            await self._app(_scope(request), exchange.receive, exchange.send)
        return httpx.Response(
            exchange.status, headers=exchange.headers, content=b"".join(exchange.parts)
        )

    def close(self) -> None:
        self._end()


def _close_all(idle: deque[asyncio.AbstractEventLoop]) -> None:
    while idle:
        idle.pop().close()


class _Exchange:
    """One request and its answer in the words of ASGI."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._ended = False
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.parts.append(message.get("body", b""))


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?", maxsplit=1)[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
    }
