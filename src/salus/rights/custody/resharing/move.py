"""Keys of a record on their way to other holders, as the source coordinates it."""

from dataclasses import dataclass, field

from salus.kernel.clock import seconds
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.resharing.messages import (
    AskHoldings,
    Order,
    holdings_digest,
    order_digest,
)
from salus.rights.identity.model import Party

WAIT = 300  # seconds that an order is valid


@dataclass(frozen=True, slots=True)
class Move:
    """Who keeps the keys of a record, who is to keep them, and who may order it."""

    node: Node
    record: RecordId
    present: Keepers
    coming: Keepers
    source: Party
    controller: SigningKey = field(repr=False)
    storage_key: bytes = field(repr=False)

    @property
    def set(self) -> Digest:
        return Digest(self.coming.id)

    def order(self) -> Order:
        """A fresh order of whoever controls the record."""
        return order(self.node, self.record, self.set, by=self.controller)

    def question(self) -> AskHoldings:
        return question(self.node, self.record, by=self.controller)


def order(node: Node, record: RecordId, set_id: Digest, *, by: SigningKey) -> Order:
    """That the keys of a record shall be kept by a set."""
    deadline = seconds(node.clock.now()) + WAIT
    signed = order_digest(domain_of(node), record, set_id, deadline)
    return Order(record, set_id, deadline, by.sign(signed))


def question(node: Node, record: RecordId, *, by: SigningKey) -> AskHoldings:
    """What a keeper holds of a record, asked by its controller or its source."""
    deadline = seconds(node.clock.now()) + WAIT
    signed = holdings_digest(domain_of(node), record, deadline)
    return AskHoldings(record, deadline, by.sign(signed))
