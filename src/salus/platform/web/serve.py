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


def _server(app: ASGIApp, secured: Secured | None, proxies: str = "") -> uvicorn.Server:
    settings = uvicorn.Config(
        app,
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
    return uvicorn.Server(settings)


def listen(host: str, port: int) -> socket.socket:
    """A socket on which who comes early waits; port 0 takes a free one."""
    return _bound(host, port, socket.SO_REUSEADDR)


def listen_together(host: str, port: int, count: int) -> list[socket.socket]:
    """Several sockets on one port, for a process each: the kernel deals callers out to them.

    Raises OSError where somebody else listens there, who would be dealt callers too.
    """
    with listen(host, port) as first:
        port = first.getsockname()[1]
    made: list[socket.socket] = []
    try:
        made.extend(_bound(host, port, socket.SO_REUSEPORT) for _ in range(count))
    except OSError:
        for each in made:
            each.close()
        raise
    return made


def _bound(host: str, port: int, option: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with its protocol named, asyncio sends what it has at once (TCP_NODELAY)
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listener.bind((host, port))
        listener.listen()
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
