"""Ports of this machine that nobody uses now."""

import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from salus.platform.i18n import translate
from salus.surfaces.network.errors import BadNetwork
from salus.surfaces.network.model import PORTS, Founder, check_ports

_LOWEST, _HIGHEST = 20_000, 32_000  # below those that the system gives to clients
_TRIES = 400


def placed(founders: Sequence[Founder], taken: Sequence[tuple[str, str, int]]) -> list[Founder]:
    """The founders, each with ports of its own; those named are kept.

    `taken` are name, host and first port of validators that have theirs. Raises BadNetwork.
    """
    places = [*taken, *((each.name, each.host, each.first_port) for each in founders)]
    check_ports(places)
    found = []
    for each in founders:
        first = each.first_port or _free(each.host, [port for _, _, port in places if port])
        places.append((each.name, each.host, first))
        found.append(replace(each, first_port=first))
    return found


def _free(host: str, taken: Sequence[int]) -> int:
    for _ in range(_TRIES):
        first = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        apart = all(abs(first - each) >= PORTS for each in taken)
        if apart and are_free(host, range(first, first + PORTS)):
            return first
    raise BadNetwork(
        reason=translate("no {count} ports in a row are free for {host}", count=PORTS, host=host)
    )


def are_free(host: str, ports: Sequence[int]) -> bool:
    """Whether one may listen at all of them."""
    return taken_one(host, ports) is None


def taken_one(host: str, ports: Sequence[int]) -> int | None:
    """The first port at which one may not listen; another machine's ports are taken as free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as held:
        for port in ports:
            listener = held.enter_context(socket.socket(family))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as error:
                if error.errno == 99:  # EADDRNOTAVAIL: the host is not this machine
                    return None
                return port
    return None
