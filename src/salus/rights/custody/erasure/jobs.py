"""What of erasures, holds and imports that died is done later."""

from pathlib import Path

from salus.kernel.ids import RecordId
from salus.platform.work import Job, Node
from salus.rights.custody.erasure import alarms, holds, wishes
from salus.rights.custody.erasure.errors import KeepersMissing
from salus.rights.custody.erasure.handing import SWEEP
from salus.rights.custody.erasure.reading import erasure_of
from salus.rights.custody.erasure.service import ERASE, Eraser, pursue
from salus.rights.custody.erasure.sweeping import sweep
from salus.rights.custody.household import keepers_of, source_of
from salus.rights.identity.keyring import of_home


def eraser_of(node: Node, home: Path, record: RecordId) -> Eraser:
    """The source of a home, and those who keep the keys of a record."""
    return Eraser(node, keepers_of(node, home, record), source_of(home).signing)


def _home(node: Node) -> Path:
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    return node.home


def erase(node: Node, erasure: int) -> None:
    """Raises KeepersMissing while a keeper does not answer, so that it is asked again."""
    home, record = _home(node), erasure_of(node, erasure).record
    found = pursue(eraser_of(node, home, record), erasure)
    if found.waits_for:
        names = of_home(home)
        raise KeepersMissing(missing=", ".join(map(names.name_of, found.waits_for)))


def _begin(node: Node, wish: int) -> None:
    """The day to think is over."""
    if (record := wishes.record_of(node, wish)) is not None:
        wishes.begin(eraser_of(node, _home(node), record), wish)


def sweep_home(node: Node) -> int:
    """Take back what belongs to nothing, here and at the keepers."""
    home = _home(node)
    for orphan in holds.orphans(node):
        holds.drop_files(home, orphan)
    return sweep(node, lambda record: eraser_of(node, home, record))


def _sweep(node: Node) -> None:
    sweep_home(node)


def _end_hold(node: Node, hold: str) -> None:
    holds.end(node, bytes.fromhex(hold))


def _watch(node: Node) -> None:
    alarms.raise_alarms(node, of_home(_home(node)).members())


JOBS: dict[str, Job] = {
    ERASE: erase,
    wishes.BEGIN: _begin,
    SWEEP: _sweep,
    alarms.WATCH: _watch,
    holds.END: _end_hold,
}
