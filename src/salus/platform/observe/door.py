"""`/metrics` and `/health` of a program, on a port of its own that only this machine reaches."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from salus.platform.observe.errors import PortTaken
from salus.platform.observe.health import Check, Health
from salus.platform.observe.meters import MEDIA, Meters
from salus.platform.observe.settings import ObserveSettings
from salus.platform.operations import watching
from salus.platform.settings import read
from salus.platform.web import in_thread, listen, new_app, serving

UNREADY = 503


def watch_app(health: Health, meters: Meters) -> FastAPI:
    """What an operator's own programs ask; the findings are for nobody else."""
    app = new_app("Salus operations")

    @app.get("/metrics")
    async def _metrics() -> Response:
        return Response(await in_thread(meters.text), media_type=MEDIA)

    @app.get("/health/live")
    async def _live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready")
    async def _ready() -> Response:
        shown = await in_thread(health.shown)
        return JSONResponse(shown, 200 if shown["status"] == "ready" else UNREADY)

    return app


@contextmanager
def watched(checks: Mapping[str, Check], others: Path | None = None) -> Iterator[None]:
    """Answer at the port of the setting while the block runs; nowhere when none is set.

    `others` is where other processes of the program count. Raises PortTaken.
    """
    port = read(ObserveSettings).port
    if not port:
        yield
        return
    health = Health(checks)
    meters = Meters(health, others)
    with watching(meters.measure), serving(watch_app(health, meters), _bound(port)):
        yield


def _bound(port: int) -> socket:
    try:
        return listen("127.0.0.1", port)
    except OSError:
        raise PortTaken(port=port) from None
