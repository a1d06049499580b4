"""Who runs a node: whose the log in its database is, and who anchors for it."""

from pathlib import Path

from salus.kernel.ids import NOBODY, Address
from salus.platform.work import Node
from salus.rights.identity.charter import charter_of
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party

SOURCE = "hospital"  # of a home in which the whole consortium lives


def party_of(home: Path) -> Party | None:
    """The source where it lives, else the only party that does, else nobody."""
    charter, ring = charter_of(home), of_home(home)
    residents, source = ring.residents(), charter.source if charter else SOURCE
    if source in residents:
        return ring.party(source)
    return ring.party(residents[0]) if len(residents) == 1 else None


def operator_of(node: Node) -> Address:
    """The address of who runs a node; zeros of one that lives in memory or has no party."""
    party = party_of(node.home) if node.home else None
    return party.address if party else NOBODY
