"""The organizations of a consortium that is tried out on one machine."""

import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from salus.kernel.documents import parse
from salus.rights.custody.consortium.model import Organizations

USUAL = Path(__file__).with_name("organizations.json")


def organizations_in(file: Path) -> Organizations:
    """Raises BadDocument."""
    return parse(Organizations, file.read_bytes())


def at_free_ports(organizations: Organizations) -> Organizations:
    """The same, each at a port of this machine that nobody uses now."""
    places = iter(_free(len(organizations.organizations) + 1))
    return Organizations(
        f"http://{next(places)}",
        tuple(replace(each, url=f"https://{next(places)}") for each in organizations.organizations),
    )


def _free(count: int) -> list[str]:
    """Addresses that are free together: each is held until all are found."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            found.append("{}:{}".format(*listener.getsockname()))
        return found
