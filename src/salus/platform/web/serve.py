"""Serve an application until it is told to stop."""

import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp

WAITING = 1_024  # callers of whom nobody has taken notice yet


@dataclass(frozen=True, slots=True)
class Secured:
    """The files of a certificate and its key, PEM."""

    certificate: Path
    key: Path


def serve(
    app: ASGIApp, listener: socket.socket, secured: Secured | None = None, *, proxies: str = ""
) -> None:
    """Answer on a bound socket, over TLS 1.3 if secured; returns after SIGINT or SIGTERM.

    `proxies`: addresses or networks, separated by commas, that say truly who asks.
    """
    with _returning():
        _server(app, secured, proxies).run(sockets=[listener])


@contextmanager
def _returning() -> Iterator[None]:
    """The server raises the signal that ended it again, which would end us before we tidy up."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Answer on a bound socket from a thread, while the block runs."""
    server = _server(app, None)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


class _Server(uvicorn.Server):
    """Takes one caller at a time: what comes meanwhile is for another process on its socket."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(WAITING)  # how many may wait; `backlog` is how many are taken at once


def _server(app: ASGIApp, secured: Secured | None, proxies: str = "") -> uvicorn.Server:
    settings = uvicorn.Config(
        app,
        backlog=1,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        ssl_certfile=secured.certificate if secured else None,
        ssl_keyfile=secured.key if secured else None,
    )
    settings.load()
    if settings.ssl is not None:
        settings.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    return _Server(settings)


def listen(host: str, port: int) -> socket.socket:
    """A socket on which who comes early waits; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(WAITING)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def told_to_end() -> Iterator[Event]:
    """Set when somebody wants this process to end, by SIGTERM; SIGINT breaks in as ever."""
    told = Event()
    before = signal.signal(signal.SIGTERM, lambda *_: told.set())
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, before)
