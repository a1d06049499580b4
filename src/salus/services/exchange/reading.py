"""What the index knows of offers, licenses and sales."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, RecordId, record_from_text, record_text
from salus.rights.consent.authority.tables import ControlRow
from salus.rights.consent.licensing.model import Region, Use, section_id
from salus.rights.consent.licensing.reading import known_gates, known_policy
from salus.rights.consent.licensing.tables import GateRow
from salus.rights.records.tables import TokenRow
from salus.rights.revenue.tables import LienRow
from salus.services.exchange.errors import UnknownLicense, UnknownOffer, UnknownSale
from salus.services.exchange.model import (
    End,
    Flag,
    Kind,
    Offer,
    SaleState,
    codes,
    fits,
)
from salus.services.exchange.tables import LicenseRow, OfferRow, SaleRow

SELLABLE = 0xFFFF
"""Every section, as a mask."""


@dataclass(frozen=True, slots=True)
class KnownOffer:
    """An offer, and whether its owner has closed it (seconds, 0 for no)."""

    offer: Offer
    closed_at: int

    def is_open(self, now: int) -> bool:
        return not self.closed_at and now < self.offer.until


class LicenseWord(StrEnum):
    """The state of a license in a word."""

    LIVE = "live"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    CLOSED = "closed"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class KnownLicense:
    """A license as the index has it; times in seconds, money in units, `parent` 0 for none."""

    id: int
    record: RecordId
    token: int
    offer: int
    parent: int
    licensee: Address
    mask: int
    use: Use
    kind: Kind
    version_max: int
    generations: int
    issued_at: int
    end: int
    paid: int
    refunded: int
    ended_at: int
    reason: End

    def generation(self, code: int) -> int:
        return self.generations >> 8 * (code - 1) & 0xFF

    def word(self, now: int) -> LicenseWord:
        if self.ended_at:
            return LicenseWord[self.reason.name]
        if self.kind is Kind.PERPETUAL or now < self.end:
            return LicenseWord.LIVE
        return LicenseWord.LAPSED


@dataclass(frozen=True, slots=True)
class KnownSale:
    """A sale of a token; `deadline` for its new keys in seconds, `price` in units."""

    id: int
    token: int
    offer: int
    buyer: Address
    receiver: Address
    price: int
    deadline: int
    state: SaleState

    @property
    def record(self) -> RecordId:
        return RecordId(self.token >> 8)

    @property
    def section(self) -> int:
        """The code of a section that is sold, 0 for the whole record."""
        return self.token & 0xFF


def offer_of(session: Session, number: int) -> KnownOffer:
    """Raises UnknownOffer."""
    row = session.get(OfferRow, number)
    if row is None:
        raise UnknownOffer(offer=number)
    return _offer(row)


def offer_with(session: Session, agreement: Digest) -> KnownOffer | None:
    """The offer with that agreement; each has its own."""
    row = session.scalar(select(OfferRow).where(OfferRow.agreement == agreement))
    return None if row is None else _offer(row)


def open_offers(session: Session, now: int, record: RecordId | None = None) -> list[KnownOffer]:
    """Offers that nobody has closed and that have not run out, by their numbers."""
    rows = select(OfferRow).where(OfferRow.closed_at == 0, OfferRow.until > now)
    if record is not None:
        rows = rows.where(OfferRow.record == record_text(record))
    return [_offer(row) for row in session.scalars(rows.order_by(OfferRow.id))]


def on_sale(session: Session, offer: Offer) -> int:
    """The sections of an offer that may be bought under it now, as a mask; of a sale all of them.

    The token still controls them, the patient lets them be licensed, and a token is sold by its
    owner only, while it is not pledged.
    """
    record = RecordId(offer.record)
    owners = _owners(session, record)
    section = offer.token & 0xFF
    if offer.kind is Kind.SALE:
        is_pledged = session.get(LienRow, (record_text(record), section)) is not None
        return SELLABLE if owners.get(section) == offer.seller and not is_pledged else 0
    policy, _ = known_policy(session, record)
    open_ = {gate.section for gate in known_gates(session, record) if not gate.closed_at}
    mine = {section} & owners.keys() if section else set(codes(offer.mask)) - owners.keys()
    mask = sum(
        1 << code
        for code in codes(offer.mask)
        if code in open_ & mine and fits(offer, 1 << code, offer.uses & policy.uses, policy)
    )
    return mask if not Flag.WHOLE & offer.flags or mask == offer.mask else 0


def _owners(session: Session, record: RecordId) -> dict[int, bytes]:
    """The owner of each token of a record: 0 is that of the record, the others are detached."""
    rows = session.scalars(select(TokenRow).where(TokenRow.record == record_text(record)))
    return {row.section: row.owner for row in rows}


def find_license(session: Session, text: str) -> KnownLicense:
    """A license by its digits, or by a beginning of them that is like no other.

    Raises UnknownLicense.
    """
    rows = select(LicenseRow).where(LicenseRow.id.startswith(_prefix(text))).limit(2)
    found = session.scalars(rows).all()
    if len(found) != 1:
        raise UnknownLicense(license=text[:34])
    return _license(found[0])


def depth_of(session: Session, license_: KnownLicense) -> int:
    """How deep a license given on from this one would lie: 1 below one that was bought."""
    depth = 1
    while license_.parent:
        license_ = find_license(session, f"{license_.parent:032x}")
        depth += 1
    return depth


def licenses(
    session: Session, *, record: RecordId | None = None, licensee: Address | None = None
) -> list[KnownLicense]:
    """Licenses of a record, of a licensee, or all of them; the oldest first."""
    rows = select(LicenseRow).order_by(LicenseRow.issued_at, LicenseRow.id)
    if record is not None:
        rows = rows.where(LicenseRow.record == record_text(record))
    if licensee is not None:
        rows = rows.where(LicenseRow.licensee == licensee)
    return [_license(row) for row in session.scalars(rows)]


def doubtful(session: Session) -> list[KnownLicense]:
    """Licenses of records that were erased, of which a section was ever closed, or one given on."""
    closed = select(GateRow.record)
    erased = select(ControlRow.record).where(ControlRow.erased_at != 0)
    given = select(LicenseRow.record).where(LicenseRow.parent != "")
    rows = select(LicenseRow).where(LicenseRow.record.in_(closed.union(erased, given)))
    return [_license(row) for row in session.scalars(rows)]


def find_sale(session: Session, text: str) -> KnownSale:
    """As `find_license`. Raises UnknownSale."""
    rows = select(SaleRow).where(SaleRow.id.startswith(_prefix(text))).limit(2)
    found = session.scalars(rows).all()
    if len(found) != 1:
        raise UnknownSale(sale=text[:34])
    return _sale(found[0])


def sales(session: Session, state: SaleState | None = None) -> list[KnownSale]:
    """Sales of tokens, the oldest first."""
    rows = select(SaleRow).order_by(SaleRow.opened_at, SaleRow.id)
    if state is not None:
        rows = rows.where(SaleRow.state == state)
    return [_sale(row) for row in session.scalars(rows)]


def _prefix(text: str) -> str:
    """Of hex digits; one that is none begins nothing."""
    prefix = text.lower().removeprefix("0x")
    is_hex = 0 < len(prefix) <= 32 and all(each in "0123456789abcdef" for each in prefix)
    return prefix if is_hex else "-"


def _offer(row: OfferRow) -> KnownOffer:
    record = record_from_text(row.record)
    offer = Offer(
        id=row.id,
        token=section_id(record, row.section),
        mask=row.mask,
        kind=Kind(row.kind),
        prices=tuple(map(int, row.prices.split(","))),
        uses=Use(row.uses),
        regions=Region(row.regions),
        duo=int.from_bytes(row.duo, "big"),
        until=row.until,
        seller=Address(row.seller),
        agreement_hash=Digest(row.agreement),
        flags=Flag(row.flags),
        min_days=row.min_days,
        max_days=row.max_days,
        sublicense_depth=row.depth,
        sublicense_bps=row.bps,
    )
    return KnownOffer(offer, row.closed_at)


def _license(row: LicenseRow) -> KnownLicense:
    record = record_from_text(row.record)
    return KnownLicense(
        id=int(row.id, 16),
        record=record,
        token=section_id(record, row.section),
        offer=row.offer,
        parent=int(row.parent or "0", 16),
        licensee=Address(row.licensee),
        mask=row.mask,
        use=Use(1 << row.use),
        kind=Kind(row.kind),
        version_max=row.version_max,
        generations=row.generations,
        issued_at=row.issued_at,
        end=row.end,
        paid=row.paid,
        refunded=row.refunded,
        ended_at=row.ended_at,
        reason=End(row.reason),
    )


def _sale(row: SaleRow) -> KnownSale:
    return KnownSale(
        id=int(row.id, 16),
        token=section_id(record_from_text(row.record), row.section),
        offer=row.offer,
        buyer=Address(row.buyer),
        receiver=Address(row.receiver),
        price=row.price,
        deadline=row.deadline,
        state=SaleState(row.state),
    )
