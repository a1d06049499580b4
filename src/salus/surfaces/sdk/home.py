"""Connecting to a home, and who acts in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.identity.keyring import of_home
from salus.surfaces.sdk.lender import Lender
from salus.surfaces.sdk.licensee import Licensee


class Home:
    """A home whose node is open. The parties of it act with the keys that it keeps."""

    def __init__(self, node: Node, path: Path) -> None:
        self._node, self._path = node, path

    def licensee(self, name: str) -> Licensee:
        """Raises UnknownParty."""
        return Licensee(self._node, self._path, of_home(self._path).party(name))

    def lender(self, name: str) -> Lender:
        """Raises UnknownParty."""
        return Lender(self._node, of_home(self._path).party(name))


@contextmanager
def connect(path: Path | str) -> Iterator[Home]:
    """Open the node of a home; at the end, what is due is done and it is closed.

    Raises HomeMissing, WrongChain, CodeDiffers.
    """
    home = Path(path)
    with open_node(home) as node:
        yield Home(node, home)
