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
from salus.rights.identity.ledger import VALID, Views
from salus.services.exchange.errors import AgreementMissing, AgreementUnknown
from salus.services.exchange.ledger import agreement_on_ledger
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


def offers_under(session: Session, node: Node, kept: bytes, salt: Digest | None) -> list[int]:
    """The offers of the ledger whose agreement is a text, as it was written to a file.

    Without a salt those of this home are tried. The ledger is asked: the index only says where to
    look. Raises AgreementUnknown.
    """
    if salt is None:
        salts = [Digest(each) for each in session.scalars(select(Agreement.salt))]
    else:
        salts = [salt]
    hashes = [agreement_hash(each, kept) for each in salts]
    numbers = session.scalars(select(OfferRow.id).where(OfferRow.agreement.in_(hashes)))
    ask, at = Views(node), node.ledger.final()
    found = [each for each in numbers if agreement_on_ledger(ask, each, at=at) in hashes]
    if not found:
        raise AgreementUnknown
    return sorted(found)


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
