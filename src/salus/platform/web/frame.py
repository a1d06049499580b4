"""What happens around every request: an id, a limit, and no failure that shows its content."""

import secrets
from collections.abc import Callable

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.kernel.errors import SalusError
from salus.platform.observe import bound, unexpected
from salus.platform.web.errors import BodyTooLarge


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
        with bound(request=exchange.id):
            try:
                exchange.refuse_announced(scope)
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
        self.id, self.started = name, False
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
            self.started = True
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self.id.encode()))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await self._send(message)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
