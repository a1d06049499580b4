"""The desk of the source of a home."""

from pathlib import Path

from salus.kernel.ids import RecordId
from salus.platform.node import STORAGE_KEY
from salus.platform.settings import read
from salus.platform.storage import read_secret
from salus.platform.work import Node
from salus.rights.custody import household
from salus.rights.custody.renewing.sealing import Completing, Desk
from salus.rights.custody.settings import CustodySettings
from salus.rights.records.ledger import complete_rekey


def desk_of(
    node: Node,
    home: Path,
    record: RecordId,
    section: int = 0,
    *,
    complete: Completing = complete_rekey,
) -> Desk:
    """Where all keys of a record are changed, or of a detached section of it.

    Raises UnknownParty where the source of the home, or a keeper, does not live here.
    """
    return Desk(
        node,
        record,
        household.keepers_of(node, home, record),
        household.source_of(home),
        read_secret(home / STORAGE_KEY),
        read(CustodySettings).spare_acks,
        section,
        complete,
    )
