"""What happens around every request: an id, a limit, and no failure that shows its content."""

import secrets
from collections.abc import Callable

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.kernel.errors import SalusError
from salus.platform.observe import bound, unexpected
from salus.platform.operations import is_watched, operation
from salus.platform.web.errors import BodyTooLarge
from salus.platform.web.speaking import HEADER, SPOKEN, refuse_other

REQUEST = "request"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CALLER = "the caller"


class Frame:
    """ASGI middleware of every Salus door."""

    def __init__(
        self, app: ASGIApp, *, body_limit: int, problem: Callable[[SalusError], Response]
    ) -> None:
        self._app, self._limit, self._problem = app, body_limit, problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(secrets.token_hex(8), self._limit, receive, send)
        with (
            bound(request=exchange.id),
            operation(REQUEST, method=_method(scope)) as seen,
        ):
            try:
                await self._answer(scope, receive, exchange)
            finally:
                if is_watched():
                    seen.values |= {"route": _route(scope), "status": exchange.status}

    async def _answer(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        try:
            exchange.refuse_announced(scope)
            refuse_other(_header(scope, HEADER.encode()).decode("latin-1"), name=_CALLER)
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            answer = self._problem(self._shown(error))
            if exchange.started:
                raise
            await answer(scope, receive, exchange.send)

    def _shown(self, error: Exception) -> SalusError:
        if isinstance(error, SalusError):
            return error
        return unexpected(error)


class _Exchange:
    """One request with its id on the answer, refusing a body beyond the limit as it comes."""

    def __init__(self, name: str, limit: int, receive: Receive, send: Send) -> None:
        self.id, self.started, self.status = name, False, 0
        self._limit, self._left, self._receive, self._send = limit, limit, receive, send

    def refuse_announced(self, scope: Scope) -> None:
        """Before a byte of the body is read. Raises BodyTooLarge."""
        if _announced(scope) > self._limit:
            raise BodyTooLarge(limit=self._limit)

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge(limit=self._limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self.id.encode()))
            headers.append((HEADER.encode(), SPOKEN.encode()))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await self._send(message)


def _announced(scope: Scope) -> int:
    value = _header(scope, b"content-length")
    return int(value) if value.isdigit() else 0


def _header(scope: Scope, wanted: bytes) -> bytes:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return b""


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _route(scope: Scope) -> str:
    """The template of the address, such as `/custody/bodies/{name}`: never what was asked for."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return "other"
    for route in scope["app"].routes:
        if getattr(route, "endpoint", None) is endpoint:
            return str(route.path)
    return "other"
