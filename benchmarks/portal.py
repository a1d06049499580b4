"""Pages of the portal: how many a second, how long the slowest take, and how large they are.

The reference is a bare page of Starlette, asked in the same process, in the same run and in turns:
no session, no database, no template.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from benchmarks.report import Row, row, scaled
from salus.kernel.clock import SystemClock
from salus.platform.node import open_node
from salus.platform.web.portal.settings import PortalSettings
from salus.surfaces.server.app import portal_app
from salus.surfaces.server.seed.living import HOME, Account, seed

UNLIMITED = PortalSettings(pages=0, strangers_pages=0, sign_ins=0)
ORIGIN = "https://portal.example"
PATHS = ("/app/home", "/app/record", "/app/shares")
AT_ONCE = 4
BARE = "<!doctype html><title>Bare</title><h1>Bare</h1>"


def run() -> list[Row]:
    with _portal() as (app, accounts):
        return asyncio.run(_measure(app, accounts))


@contextmanager
def _portal() -> Iterator[tuple[ASGIApp, list[Account]]]:
    with TemporaryDirectory() as folder:
        home = Path(folder) / HOME
        accounts = seed(home, resources=scaled(1_000, quick=120))
        with open_node(home, clock=SystemClock()) as node:
            yield (
                portal_app(node, home, settings=UNLIMITED),
                [each for each in accounts if each.record],
            )


async def _measure(app: ASGIApp, accounts: list[Account]) -> list[Row]:
    clients = [await _signed_in(app, each) for each in accounts]
    for client in clients:
        for path in PATHS:
            (await client.get(path)).raise_for_status()
    bare = httpx.AsyncClient(transport=httpx.ASGITransport(_bare()), base_url=ORIGIN)
    reference = await _rate([bare], "/", scaled(2_000))
    rows, spent = [], 0.0
    count = scaled(600)
    for path in PATHS:
        rate, slowest = await _timed(clients, path, count)
        spent += count / rate
        rows.append(row(f"{path}, 99 of 100 within", slowest * 1_000, "ms", at_most=100))
    rate = len(PATHS) * count / spent
    rows.insert(0, row("pages", rate, "1/s", reference=reference, at_least=150))
    size = await _first_page(app)
    rows.append(row("first page with style and script", size / 1_000, "kB", at_most=100))
    return rows


async def _signed_in(app: ASGIApp, account: Account) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
    sent = {"name": account.name, "password": account.password}
    answer = await client.post("/app/login", data=sent, headers={"origin": ORIGIN})
    assert answer.status_code == 303
    return client


async def _rate(clients: list[httpx.AsyncClient], path: str, count: int) -> float:
    return (await _timed(clients, path, count))[0]


async def _timed(clients: list[httpx.AsyncClient], path: str, count: int) -> tuple[float, float]:
    """Pages a second with some asked at once, and within what time 99 of 100 came (seconds)."""
    gate, took = asyncio.Semaphore(AT_ONCE), list[float]()

    async def ask(number: int) -> None:
        async with gate:
            began = time.perf_counter()
            answer = await clients[number % len(clients)].get(path)
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200

    began = time.perf_counter()
    await asyncio.gather(*(ask(number) for number in range(count)))
    return count / (time.perf_counter() - began), sorted(took)[int(0.99 * count) - 1]


async def _first_page(app: ASGIApp) -> int:
    """Bytes of the sign-in page and all that it brings."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
    size = 0
    for path in ("/app/login", *(f"/app/static/{name}" for name in ("salus.css", "htmx.min.js"))):
        async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            size += sum([len(part) async for part in answer.aiter_raw()])
    return size


def _bare() -> Starlette:
    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(BARE)

    return Starlette(routes=[Route("/", page)])
