"""The texts of agreements that this node keeps, and what was asked for under them."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import parse
from salus.kernel.ids import Digest, RecordId, record_text
from salus.platform.work import Node
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.model import new_salt
from salus.rights.identity.ledger import VALID
from salus.services.exchange.errors import AgreementMissing
from salus.services.exchange.model import Offer
from salus.services.exchange.model.agreement import (
    Text,
    agreement_bytes,
    agreement_hash,
    agreement_of,
)
from salus.services.exchange.tables import Agreement, LicenseRow, OfferRow, Purchase, SaleRow


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement as it was hashed: who has text and salt can prove what was agreed."""

    text: Text
    salt: Digest
    hash: Digest


def draw_up(offer: Offer, *, disease: str) -> Agreed:
    """The agreement of an offer, with a fresh salt."""
    text, salt = agreement_of(offer, disease=disease), new_salt()
    return Agreed(text, salt, agreement_hash(salt, agreement_bytes(text)))


def keep_agreement(node: Node, record: RecordId, agreed: Agreed) -> None:
    """In a transaction of its own, before the ledger is asked: a hash alone says nothing.

    What the ledger never had, and cannot take any more, is forgotten meanwhile.
    """
    with node.sessions() as session, session.begin():
        _forget_dead(session, node.ledger.final().time)
        session.add(
            Agreement(
                hash=agreed.hash,
                record=record_text(record),
                salt=agreed.salt,
                text=agreement_bytes(agreed.text),
                asked_at=seconds(node.clock.now()),
            )
        )


def keep_purchase(session: Session, node: Node, number: int, offer: Offer) -> None:
    """What somebody here agrees to by asking for a license or a token."""
    _forget_dead(session, node.ledger.final().time)
    session.add(
        Purchase(
            id=license_text(number),
            record=record_text(RecordId(offer.record)),
            offer=offer.id,
            agreement=offer.agreement_hash,
            asked_at=seconds(node.clock.now()),
        )
    )


def agreed_for(session: Session, offer: Offer) -> Agreed:
    """Raises AgreementMissing where the text is elsewhere, or went with an erased record."""
    row = session.get(Agreement, offer.agreement_hash)
    if row is None:
        raise AgreementMissing(offer=offer.id)
    return Agreed(parse(Text, row.text), Digest(row.salt), Digest(row.hash))


def _forget_dead(session: Session, final: int) -> None:
    """Agreements and purchases of a process that died before the ledger had them."""
    bought = select(LicenseRow.id).union(select(SaleRow.id))
    session.execute(
        delete(Purchase).where(Purchase.asked_at < final - VALID, Purchase.id.not_in(bought))
    )
    offered = select(OfferRow.agreement)
    session.execute(
        delete(Agreement).where(Agreement.asked_at < final - VALID, Agreement.hash.not_in(offered))
    )
