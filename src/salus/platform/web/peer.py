"""A client of a door, the same whether the door is in this process or in another."""

import asyncio
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from salus.kernel.errors import SalusError
from salus.platform.web.errors import PeerFailed, PeerUnreachable

TIMEOUT = 30.0


class _Inside(httpx.BaseTransport):
    """Runs an application of this process: same door, same bytes, no socket."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await self._transport.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


class Peer:
    """Another party's door."""

    def __init__(self, name: str, client: httpx.Client) -> None:
        self.name, self._client = name, client

    @classmethod
    def at(cls, name: str, url: str) -> "Peer":
        return cls(name, httpx.Client(base_url=url, timeout=TIMEOUT))

    @classmethod
    def inside(cls, name: str, app: FastAPI) -> "Peer":
        return cls(name, httpx.Client(base_url="http://inside", transport=_Inside(app)))

    def post(self, path: str, content: bytes) -> bytes:
        return self._send("POST", path, content=content)

    def get(self, path: str, headers: dict[str, str]) -> bytes:
        return self._send("GET", path, headers=headers)

    def _send(self, method: str, path: str, **rest: Any) -> bytes:
        """Raises PeerUnreachable, PeerFailed, or the error that the peer answered with."""
        try:
            answer = self._client.request(method, path, **rest)
        except httpx.TransportError:
            raise PeerUnreachable(name=self.name) from None
        if answer.is_success:
            return answer.content
        raise _error_of(self.name, answer)


def _error_of(name: str, answer: httpx.Response) -> SalusError:
    try:
        problem = orjson.loads(answer.content)
        known = _by_problem(SalusError)[problem["type"]]
        return known(**problem["details"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return PeerFailed(name=name, status=answer.status_code)


def _by_problem(kind: type[SalusError]) -> dict[str, type[SalusError]]:
    found = {kind.problem(): kind}
    for each in kind.__subclasses__():
        found |= _by_problem(each)
    return found
