"""Offers of lenders: signed, kept in a home, handed on as a file, and looked at again."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.documents import BadDocument, canonical_bytes, parse
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest, RecordId, record_text
from salus.kernel.secp256k1 import recover
from salus.platform.work import Node, Work
from salus.rights.identity.ledger import Views
from salus.rights.identity.model import Intent
from salus.rights.records.ledger import token_of
from salus.services.lending import ledger
from salus.services.lending.agreement import Agreement
from salus.services.lending.errors import (
    OfferDamaged,
    OfferExpired,
    OfferMissing,
    OfferTaken,
    OfferWithdrawn,
    UnknownOffer,
)
from salus.services.lending.model import LoanOffer, Mode
from salus.services.lending.tables import KeptOffer, WithdrawnRow


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """What a lender hands out: the terms, their agreement, and a signature over all of it.

    Money in units, rates in units a day, parts in 1/10,000; `deadline` in seconds. `section` is 0
    for the token of a record.
    """

    record: RecordId
    section: int
    lender: Address
    fingerprint: Digest
    principal: int
    apr_bps: int
    term_days: int
    mode: int
    split_bps: int
    warn_bps: int
    liquidation_bps: int
    covenant_rate_per_day: int
    min_rate_per_day: int
    agreement: Agreement
    signer: Address
    nonce: Digest
    deadline: int
    signature: bytes

    @property
    def token(self) -> int:
        return token_of(self.record, self.section)

    def terms(self) -> LoanOffer:
        """As the ledger is told; the hash is that of the text."""
        return LoanOffer(
            lender=self.lender,
            token=self.token,
            fingerprint=self.fingerprint,
            principal=self.principal,
            agreement_hash=self.agreement.hash(),
            apr_bps=self.apr_bps,
            term_days=self.term_days,
            mode=Mode(self.mode),
            split_bps=self.split_bps,
            warn_bps=self.warn_bps,
            liquidation_bps=self.liquidation_bps,
            covenant_rate_per_day=self.covenant_rate_per_day,
            min_rate_per_day=self.min_rate_per_day,
        )

    def intent(self) -> Intent:
        """The lender's, as the ledger takes it."""
        return Intent(self.signer, int.from_bytes(self.nonce, "big"), self.deadline, self.signature)


def unsigned(offer: LoanOffer, agreement: Agreement, nonce: Digest, deadline: int) -> SignedOffer:
    """An offer that its lender has yet to sign."""
    return SignedOffer(
        record=RecordId(offer.token >> 8),
        section=offer.token & 0xFF,
        lender=offer.lender,
        fingerprint=offer.fingerprint,
        principal=offer.principal,
        apr_bps=offer.apr_bps,
        term_days=offer.term_days,
        mode=int(offer.mode),
        split_bps=offer.split_bps,
        warn_bps=offer.warn_bps,
        liquidation_bps=offer.liquidation_bps,
        covenant_rate_per_day=offer.covenant_rate_per_day,
        min_rate_per_day=offer.min_rate_per_day,
        agreement=agreement,
        signer=offer.lender,
        nonce=nonce,
        deadline=deadline,
        signature=b"",
    )


def digest_of(node: Node, offer: SignedOffer) -> bytes:
    """What the lender signs."""
    nonce = int.from_bytes(offer.nonce, "big")
    return ledger.offer_digest(node, offer.terms(), nonce=nonce, deadline=offer.deadline)


def check_signed(node: Node, offer: SignedOffer) -> None:
    """Whether an offer is its lender's and can still be taken.

    Raises OfferDamaged, OfferExpired, OfferWithdrawn, OfferTaken.
    """
    signed = replace(offer, signature=b"")
    if recover(digest_of(node, signed), offer.signature) != offer.signer:
        raise OfferDamaged
    if seconds(node.clock.now()) > offer.deadline:
        raise OfferExpired(until=stamp(moment(offer.deadline)))
    check_free(node, offer)


def check_free(node: Node, offer: SignedOffer) -> None:
    """Whether nothing came of it yet. Raises OfferWithdrawn and OfferTaken."""
    fate = fate_of(node, offer)
    if fate is Fate.WITHDRAWN:
        raise OfferWithdrawn
    if fate is Fate.TAKEN:
        raise OfferTaken


class Fate(Enum):
    """What became of an offer."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def fate_of(node: Node, offer: SignedOffer) -> Fate:
    """Whether a loan came of it, its lender took it back, or it is over."""
    nonce, at = int.from_bytes(offer.nonce, "big"), node.ledger.final()
    if ledger.is_nonce_used(Views(node), offer.signer, nonce, at=at):
        with node.reading() as session:
            row = session.get(WithdrawnRow, (offer.signer, offer.nonce[:31]))
        is_back = row is not None and int.from_bytes(row.mask, "big") >> offer.nonce[31] & 1
        return Fate.WITHDRAWN if is_back else Fate.TAKEN
    return Fate.OPEN if seconds(node.clock.now()) <= offer.deadline else Fate.EXPIRED


def keep(work: Work, offer: SignedOffer) -> None:
    """Twice is once."""
    work.session.merge(
        KeptOffer(
            agreement=offer.agreement.hash(),
            record=record_text(offer.record),
            kept_at=seconds(work.node.clock.now()),
            document=canonical_bytes(offer),
        )
    )


def offers(session: Session) -> list[SignedOffer]:
    """Those of this home, the oldest first."""
    rows = session.scalars(select(KeptOffer).order_by(KeptOffer.kept_at, KeptOffer.agreement))
    return [parse(SignedOffer, row.document) for row in rows]


def name_of(offer: SignedOffer) -> str:
    """By what people call it: the hash of its agreement."""
    return to_hex(offer.agreement.hash())


def agreed(session: Session, agreement: Digest) -> SignedOffer | None:
    """The offer behind the hash of an agreement, where this home has it."""
    row = session.get(KeptOffer, agreement)
    return None if row is None else parse(SignedOffer, row.document)


def find_offer(session: Session, text: str) -> SignedOffer:
    """An offer by its id or a beginning of it, or from the file of one.

    Raises UnknownOffer, OfferMissing, OfferDamaged.
    """
    if text.endswith(".json"):
        return read_offer(Path(text))
    prefix = text.lower().removeprefix("0x")
    rows = session.scalars(select(KeptOffer))
    found = [row for row in rows if row.agreement.hex().startswith(prefix)]
    if len(found) != 1 or not prefix:
        raise UnknownOffer(offer=text[:66])
    return parse(SignedOffer, found[0].document)


def read_offer(place: Path) -> SignedOffer:
    """Raises OfferMissing and OfferDamaged."""
    if not place.is_file():
        raise OfferMissing(file=str(place))
    try:
        offer = parse(SignedOffer, place.read_bytes())
        Mode(offer.mode)
    except (BadDocument, ValueError):
        raise OfferDamaged from None
    return offer
