"""Batches on the ledger and their row in the index."""

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import DecodedEvent
from salus.platform.work import Node
from salus.rights.identity.ledger import send, signed, view
from salus.rights.identity.model import KeyUse
from salus.rights.notary.tables import BatchRow


def anchor(node: Node, root: bytes, size: int, *, by: SigningKey) -> None:
    send(node, signed(node, "Anchors", "anchor", root, size, by=by, actor=True))


def is_log_key(node: Node, signer: Address) -> bool:
    """Whether a key signs heads of logs for an active organization."""
    return bool(view(node, "Organizations", "actingFor", signer, KeyUse.LOG, 0) != NOBODY)


def _batch_anchored(session: Session, event: DecodedEvent) -> None:
    values = event.values
    session.add(
        BatchRow(
            batch=values["batch"],
            root=values["root"],
            size=values["size"],
            block=event.block.number,
            time=event.block.time,
            tx=event.tx,
        )
    )


PROJECTIONS = {("Anchors", "BatchAnchored"): _batch_anchored}
