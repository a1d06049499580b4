"""Whose order a keeper follows, and whom an order names: by the ledger at one final block."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, record_text
from salus.kernel.secp256k1 import recover
from salus.platform.ledger import Block
from salus.rights.consent.model import Purpose
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import KeeperSet
from salus.rights.custody.model import Dealing
from salus.rights.custody.resharing.errors import BadSplit, NotOrdered
from salus.rights.custody.resharing.messages import (
    AskHoldings,
    Order,
    holdings_digest,
    order_digest,
)
from salus.rights.custody.resharing.model import Threshold, threshold
from salus.rights.custody.tables import Look

LONGEST = 600  # seconds that an order may be valid


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that holds at a block, and the set that it names."""

    order: Order
    block: Block
    set: KeeperSet

    def threshold(self, section: int) -> Threshold:
        found = self.set
        return threshold(section, n=len(found.custodians), k=found.k, k_emergency=found.k_emergency)

    def place_of(self, holder: Address) -> int:
        """The index 1..n of a custodian, 0 of the gateway. Raises ValueError for anybody else."""
        if holder == self.set.gateway:
            return 0
        return self.set.custodians.index(holder) + 1


def ordered(keeper: Keeper, order: Order, *, by_source: bool = False) -> Ordered:
    """Check an order of whoever controls the record, or of its source where that may give it too.

    Raises NotOrdered, and BadSplit where the record is erased or the set is unknown.
    """
    block = keeper.ledger.fresh(keeper.clock.now(), keeper.settings.max_head_age)
    digest = order_digest(keeper.ledger.domain, order.record, order.set, order.deadline)
    signer = recover(digest, order.signature)
    _refuse_stranger(keeper, order, signer, block, by_source=by_source)
    if keeper.ledger.is_erased(order.record, at=block):
        raise BadSplit(holder=keeper.party.name, reason="erased")
    found = keeper.ledger.set_by_id(order.set, at=block)
    if found is None:
        raise BadSplit(holder=keeper.party.name, reason="unknown-set")
    return Ordered(order, block, found)


def asked_by_owner(keeper: Keeper, ask: AskHoldings) -> None:
    """Raises NotOrdered for anybody but the controller of a record and its source."""
    digest = holdings_digest(keeper.ledger.domain, ask.record, ask.deadline)
    signer = recover(digest, ask.signature)
    _refuse_stranger(keeper, ask, signer, keeper.ledger.final(), by_source=True)


def _refuse_stranger(
    keeper: Keeper,
    ask: Order | AskHoldings,
    signer: Address | None,
    block: Block,
    *,
    by_source: bool,
) -> None:
    now = seconds(keeper.clock.now())
    if signer is None or not now <= ask.deadline <= now + LONGEST:
        raise NotOrdered
    ledger = keeper.ledger
    is_controller = signer == ledger.controller(ask.record, at=block)
    if not is_controller and not (by_source and ledger.is_source_of(signer, ask.record, at=block)):
        raise NotOrdered


def tell_patient(
    keeper: Keeper, session: Session, order: Ordered, dealings: Iterable[Dealing]
) -> None:
    """Keys that move are among the looks, in the transaction before anything leaves or comes."""
    signed = order.order
    digest = order_digest(keeper.ledger.domain, signed.record, signed.set, signed.deadline)
    look = {
        "at": seconds(keeper.clock.now()),
        "record": record_text(signed.record),
        "reader": recover(digest, signed.signature),
        "purpose": int(Purpose.PATRQT),
        "outcome": "permitted",
        "rule": f"reshare {signed.set.hex()}",
        "request": digest,
    }
    rows = [look | {"section": dealing.section} for dealing in dealings]
    if rows:
        session.execute(insert(Look), rows)
