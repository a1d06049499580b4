"""Serve an application until it is told to stop."""

import socket

import uvicorn
from starlette.types import ASGIApp


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer on a bound socket; returns after SIGINT or SIGTERM."""
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, date_header=False
    )
    uvicorn.Server(settings).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener
