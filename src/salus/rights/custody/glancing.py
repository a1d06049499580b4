"""Who looked, for pages that ask again and again: the doors of the keepers are built once.

A keeper of this process is opened anew for each command or page that has something released, since
what it remembers of its store another process may change meanwhile. To build six of them takes
longer than to make a page. Who looked a keeper reads from its store each time it is asked: for
this one question the same doors serve as long as keepers stay where they are.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.observe import log
from salus.platform.work import Node
from salus.rights.custody import household
from salus.rights.custody.ledger import set_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reaching import LIMIT
from salus.rights.custody.service import Seen, looks
from salus.rights.identity.charter import Charter, charter_of

MOST = 4  # sets of keepers whose doors stand at once
Where = tuple[Charter | None, dict[str, str]]
"""Where keepers answer: as the charter says, or as they announced it in a home without one."""


@dataclass(frozen=True, slots=True)
class _Standing:
    node: Node
    where: Where
    keepers: Keepers


_STANDING: OrderedDict[tuple[Path, bytes], _Standing] = OrderedDict()
_TURN = Lock()


def glance(node: Node, home: Path, record: RecordId, *, by: SigningKey) -> list[Seen]:
    """Who read a record or was refused, as `service.looks` says, which it also raises."""
    return looks(node, _standing(node, home, record), record, by=by)


def prepare(node: Node, home: Path) -> None:
    """Build the doors of keepers that live in this process before anybody asks them.

    Who asks one that cannot be opened is told why; until then everything else goes on.
    """
    if charter_of(home) is not None or not (home / household.SET).exists():
        return
    here = household.inside(home)
    try:
        for keeper in _standing(node, home, None).all():
            if keeper.name in here:
                keeper.peer.get("/health", limit=LIMIT)
    except SalusError as error:
        log("keeper-not-prepared", level="warning", error=error.key())


def _standing(node: Node, home: Path, record: RecordId | None) -> Keepers:
    """Those of a record, built again when the node was opened anew or one of them has moved."""
    where = charter_of(home), household.peers(home)
    present = household.custody_of(home).id
    set_id = present if record is None else bytes(set_of(node, record))
    key = home, present if set_id == bytes(32) else set_id
    with _TURN:
        found = _STANDING.get(key)
        if found is None or found.node is not node or found.where != where:
            found = _Standing(node, where, household.keepers_of(node, home, record))
            _STANDING[key] = found
        _STANDING.move_to_end(key)
        while len(_STANDING) > MOST:
            _STANDING.popitem(last=False)
        return found.keepers
