"""What of erasures and holds is done later."""

from pathlib import Path

from salus.platform.work import Job, Node
from salus.rights.custody.denials import JOBS as DENIALS
from salus.rights.custody.erasure.errors import KeepersMissing
from salus.rights.custody.erasure.service import ERASE, Eraser, pursue
from salus.rights.custody.household import keepers_of, source_of
from salus.rights.identity.keyring import of_home


def eraser_of(node: Node, home: Path) -> Eraser:
    """The source of a home, and those it asks to delete."""
    return Eraser(node, keepers_of(node, home), source_of(home).signing)


def _erase(node: Node, erasure: int) -> None:
    """Raises KeepersMissing while a keeper does not answer, so that it is asked again."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    found = pursue(eraser_of(node, node.home), erasure)
    if found.waits_for:
        names = of_home(node.home)
        raise KeepersMissing(missing=", ".join(map(names.name_of, found.waits_for)))


JOBS: dict[str, Job] = {ERASE: _erase} | DENIALS
