"""Whose word is taken for who asks."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from salus.platform.web.serve import _server


def told(proxies: str, peer: str, forwarded: str) -> str:
    """Which address an application is told of."""

    async def who(request: Request) -> PlainTextResponse:
        assert request.client is not None
        return PlainTextResponse(request.client.host)

    async def go() -> str:
        app = _server(Starlette(routes=[Route("/", who)]), None, proxies).config.loaded_app
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            return (await client.get("/", headers={"x-forwarded-for": forwarded})).text

    return asyncio.run(go())


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.1.1", "2001:db8::1"])
def test_no_header_is_believed_where_nobody_was_named(
    peer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert told("", peer, "198.51.100.7") == peer


def test_a_named_proxy_says_who_asks_and_a_visitor_does_not() -> None:
    assert told("10.0.0.0/8,127.0.0.1", "10.1.1.1", "198.51.100.7") == "198.51.100.7"
    assert told("10.0.0.0/8", "198.51.100.8", "198.51.100.7") == "198.51.100.8"


def test_what_a_visitor_writes_before_the_proxy_does_not_count() -> None:
    assert told("10.0.0.0/8", "10.1.1.1", "192.0.2.1, 198.51.100.7") == "198.51.100.7"
    assert told("10.0.0.0/8", "10.1.1.1", "192.0.2.1, 198.51.100.7, 10.2.2.2") == "198.51.100.7"
