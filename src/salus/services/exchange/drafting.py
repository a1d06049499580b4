"""Offers of what is pledged: drafted by the borrower, approved by the lender, and then posted.

A draft and an approval travel as files. What is posted is the draft as this home keeps it, so that
a file that was changed on its way changes nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes, parse, text
from salus.kernel.ids import NOBODY, Address, Digest, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey, recover
from salus.platform.files import write_atomic
from salus.platform.work import Node
from salus.rights.consent.licensing.model import Duo, Region, Use
from salus.rights.identity.errors import NonceUsed
from salus.rights.identity.ledger import Views
from salus.rights.identity.model import Intent
from salus.rights.records.ledger import token_of
from salus.rights.revenue.ledger import creditor_on
from salus.services.exchange import ledger
from salus.services.exchange.agreements import Agreed, draw_up
from salus.services.exchange.errors import (
    ApprovalDamaged,
    Expired,
    NotCreditor,
    NotOwner,
    NotPledged,
    UnknownDraft,
)
from salus.services.exchange.ledger import Hand
from salus.services.exchange.model import Flag, Kind, Offer, check_offer
from salus.services.exchange.model.agreement import Text, agreement_bytes, agreement_hash
from salus.services.exchange.offering import Wished, check_now, post, prepared
from salus.services.exchange.reading import KnownOffer
from salus.services.exchange.tables import Draft, OfferRow

LARGEST_FILE = 2**20  # bytes of a file
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """An offer that is not posted: its terms, the text of its agreement and the salt of its hash.

    Prices are units, a day but for a sale; times are in seconds. `terms` are those of the Data Use
    Ontology by their numbers.
    """

    record: RecordId
    section: int
    mask: int
    kind: int
    prices: tuple[int, ...]
    flags: int
    uses: int
    regions: int
    terms: tuple[int, ...]
    seller: Address
    until: int
    min_days: int
    max_days: int
    sublicense_depth: int
    sublicense_bps: int
    agreement: Text
    salt: Digest

    def agreed(self) -> Agreed:
        hashed = agreement_hash(self.salt, agreement_bytes(self.agreement))
        return Agreed(self.agreement, self.salt, hashed)

    def offer(self) -> Offer:
        """As the ledger is told; the hash is that of the text."""
        return Offer(
            id=0,
            token=token_of(self.record, self.section),
            mask=self.mask,
            kind=Kind(self.kind),
            prices=self.prices,
            uses=Use(self.uses),
            regions=Region(self.regions),
            duo=sum(1 << term for term in set(self.terms)),
            until=self.until,
            seller=self.seller,
            agreement_hash=self.agreed().hash,
            flags=Flag(self.flags),
            min_days=self.min_days,
            max_days=self.max_days,
            sublicense_depth=self.sublicense_depth,
            sublicense_bps=self.sublicense_bps,
        )


@dataclass(frozen=True, slots=True)
class OfferApproval:
    """The word of a lender on the draft with this agreement; `deadline` in seconds."""

    agreement: Digest
    signer: Address
    nonce: Digest
    deadline: int
    signature: bytes

    def intent(self) -> Intent:
        nonce = int.from_bytes(self.nonce, "big")
        return Intent(self.signer, nonce, self.deadline, self.signature)


def draft(node: Node, *, record: RecordId, wished: Wished, by: Hand, place: Path) -> OfferDraft:
    """Write down what would be offered of a pledged token, for its lender; it is kept here too.

    Raises what `prepared` raises, and NotPledged.
    """
    offer = prepared(node, record=record, wished=wished, by=by)
    if creditor_on(node, Views(node), offer.token, at=node.ledger.final()) == NOBODY:
        raise NotPledged(token=offer.token)
    made = _drafted(offer, draw_up(offer, disease=wished.disease))
    _keep(node, made)
    write_atomic(place, text(made))
    return made


def _drafted(offer: Offer, agreed: Agreed) -> OfferDraft:
    return OfferDraft(
        record=RecordId(offer.record),
        section=offer.token & 0xFF,
        mask=offer.mask,
        kind=int(offer.kind),
        prices=offer.prices,
        flags=int(offer.flags),
        uses=int(offer.uses),
        regions=int(offer.regions),
        terms=tuple(int(term) for term in Duo if offer.duo >> term & 1),
        seller=offer.seller,
        until=offer.until,
        min_days=offer.min_days,
        max_days=offer.max_days,
        sublicense_depth=offer.sublicense_depth,
        sublicense_bps=offer.sublicense_bps,
        agreement=agreed.text,
        salt=agreed.salt,
    )


def _keep(node: Node, made: OfferDraft) -> None:
    """Those that are over or posted make room."""
    with node.sessions() as session, session.begin():
        posted, now = select(OfferRow.agreement), seconds(node.clock.now())
        session.execute(delete(Draft).where(or_(Draft.until <= now, Draft.agreement.in_(posted))))
        session.add(
            Draft(
                agreement=made.agreed().hash,
                record=record_text(made.record),
                until=made.until,
                document=canonical_bytes(made),
            )
        )


def approve(node: Node, made: OfferDraft, *, valid: int, by: SigningKey) -> OfferApproval:
    """Sign a draft as whoever lent on its token, for so many seconds.

    Raises NotPledged, NotCreditor, and what `check_offer` raises.
    """
    offer, ask, at = made.offer(), Views(node), node.ledger.final()
    check_offer(offer, seconds(node.clock.now()))
    creditor = creditor_on(node, ask, offer.token, at=at)
    if creditor == NOBODY:
        raise NotPledged(token=offer.token)
    if not ledger.acts_for(ask, by.address, creditor, at=at):
        raise NotCreditor(signer=by.address, token=offer.token)
    given = ledger.approve_offer(node, offer, valid=valid, by=by)
    nonce = Digest(given.nonce.to_bytes(32, "big"))
    return OfferApproval(offer.agreement_hash, given.signer, nonce, given.deadline, given.signature)


def drafted(session: Session, approval: OfferApproval) -> OfferDraft:
    """The draft of this home that an approval is for. Raises UnknownDraft."""
    row = session.get(Draft, approval.agreement)
    if row is None:
        raise UnknownDraft(agreement=approval.agreement)
    return parse(OfferDraft, row.document)


def post_approved(node: Node, made: OfferDraft, approval: OfferApproval, *, by: Hand) -> KnownOffer:
    """Post a draft with the word of the lender, whose signature is looked at first.

    Raises ApprovalDamaged, Expired, NonceUsed, NotOwner, NotCreditor, and what `check_now` raises.
    """
    offer, ask, at = made.offer(), Views(node), node.ledger.final()
    signed = ledger.approval_digest(node, offer, approval.intent())
    if recover(signed, approval.signature) != approval.signer:
        raise ApprovalDamaged
    if seconds(node.clock.now()) > approval.deadline:
        raise Expired(until=approval.deadline)
    if ledger.is_nonce_used(ask, approval.intent(), at=at):
        raise NonceUsed
    if not ledger.acts_for(ask, by.signer, offer.seller, at=at):
        raise NotOwner(token=offer.token, signer=by.signer)
    if not ledger.acts_for(ask, approval.signer, creditor_on(node, ask, offer.token, at=at), at=at):
        raise NotCreditor(signer=approval.signer, token=offer.token)
    check_now(node, offer)
    return post(node, offer, made.agreed(), by=by, approval=approval.intent())


def read_file(kind: type[T], place: Path) -> T:
    """A draft or an approval. Raises BadDocument."""
    with place.open("rb") as file:
        return parse(kind, file.read(LARGEST_FILE))
