"""What a licensee does: find offers, buy, ask what is open, and open it."""

from collections.abc import Sequence
from pathlib import Path

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Node
from salus.rights.consent.licensing.licenses import (
    Claim,
    claimed,
    license_from_text,
    license_text,
)
from salus.rights.consent.licensing.model import Duo, names_of, section_codes, uses_of
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.identity.ledger import Views
from salus.rights.identity.model import Party
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import parse_amount
from salus.services.exchange import service
from salus.services.exchange.errors import UnclearUse
from salus.services.exchange.model import Kind, codes, has_term
from salus.services.exchange.offering import priced
from salus.services.exchange.reading import (
    KnownLicense,
    KnownOffer,
    find_license,
    licenses,
    offer_of,
    on_sale,
    open_offers,
)
from salus.services.exchange.service import Buyer, Choice
from salus.surfaces.sdk.values import License, Offer, Opened

_KINDS = {
    Kind.SALE: "sale",
    Kind.PERPETUAL: "perpetual",
    Kind.EXCLUSIVE: "rental",
    Kind.SUBSCRIPTION: "subscription",
}


class Licensee:
    """An organization that licenses; it signs and pays with its own key."""

    def __init__(self, node: Node, home: Path, party: Party) -> None:
        self._node, self._home, self._party = node, home, party

    # FIND

    def offers(self, *, section: str | None = None, kind: str | None = None) -> list[Offer]:
        """What may be licensed now, perhaps only of a section or of a kind, by number.

        Kinds: `subscription`, `rental`, `perpetual`, `sale`. Raises NoSuchSection.
        """
        self._node.follow()
        wanted = 1 << section_codes([section])[0] if section else 0
        now = seconds(self._node.clock.now())
        with self._node.reading() as session:
            found = [(each, on_sale(session, each.offer)) for each in open_offers(session, now)]
        return [
            _offer(each, mask)
            for each, mask in found
            if mask & wanted == wanted and kind in {None, _KINDS[each.offer.kind]}
        ]

    # BUY

    def price(self, offer: Offer, sections: Sequence[str], *, days: int, use: str) -> int:
        """What a license would cost now (units), once all is checked that the ledger checks.

        Raises what keeps this licensee from buying, such as OutsideDuo, Overlap or SectionClosed.
        """
        known, choice = self._known(offer), _choice(sections, days, use)
        return service.quoted(self._node, known, choice, by=self._party.address).price

    def subscribe(
        self, offer: Offer, sections: Sequence[str], *, days: int, use: str, at_most: str = ""
    ) -> License:
        """Buy every version until a midnight, beside others, for at most so many currency units.

        The signature accepts the agreement of the offer. Raises WrongKind, PriceAbove,
        BalanceTooLow, and as `price`.
        """
        return self._buy(offer, Kind.SUBSCRIPTION, _choice(sections, days, use), at_most)

    def rent(
        self, offer: Offer, sections: Sequence[str], *, days: int, use: str, at_most: str = ""
    ) -> License:
        """As `subscribe`, alone: nobody else buys these sections meanwhile."""
        return self._buy(offer, Kind.EXCLUSIVE, _choice(sections, days, use), at_most)

    def acquire(
        self, offer: Offer, sections: Sequence[str], *, use: str, at_most: str = ""
    ) -> License:
        """Buy the versions up to the present one, for ever."""
        return self._buy(offer, Kind.PERPETUAL, _choice(sections, 0, use), at_most)

    def _buy(self, offer: Offer, kind: Kind, choice: Choice, at_most: str) -> License:
        most = parse_amount(at_most) if at_most else None
        buyer = Buyer(self._party.address, self._party.signing)
        known = self._known(offer)
        return _license(service.purchase(self._node, known, choice, by=buyer, kind=kind, most=most))

    def _known(self, offer: Offer) -> KnownOffer:
        with self._node.reading() as session:
            return offer_of(session, offer.number)

    # LICENSES

    def licenses(self) -> list[License]:
        """All that this licensee holds or held, the oldest first."""
        self._node.follow()
        with self._node.reading() as session:
            return [_license(each) for each in licenses(session, licensee=self._party.address)]

    def renew(self, license_: License, *, days: int, at_most: str = "") -> License:
        """Add days to a license while its offer is open; paid time is never lost.

        Raises Ended, OfferClosed, TermOutOfRange, PriceAbove and BalanceTooLow.
        """
        most = parse_amount(at_most) if at_most else None
        buyer = Buyer(self._party.address, self._party.signing)
        known = self._held(license_)
        return _license(service.renew(self._node, known, days=days, by=buyer, most=most))

    def cancel(self, license_: License) -> License:
        """End a license as early as its offer lets. Raises Ended and NotCancelable."""
        return _license(service.cancel(self._node, self._held(license_), by=self._party.signing))

    def _held(self, license_: License) -> KnownLicense:
        with self._node.reading() as session:
            return find_license(session, license_.number)

    # OPEN

    def refusal(self, license_: License, section: str) -> str:
        """Why a license does not open a section now, by what the ledger says at a final block.

        Empty where it does; else a word such as `section-closed` or `license-ended`.
        """
        self._node.ledger.advance()
        (code,) = section_codes([section])
        number = license_from_text(license_.number)
        claim = Claim(number, self._party.address, frozenset({code}))
        found = claimed(Views(self._node), claim, at=self._node.ledger.final())
        if found is None:
            return "no-license"
        return dict(found.closed).get(code, "")

    def open(self, license_: License, section: str) -> Opened:
        """Open a section by a license, and check every byte of it against the ledger.

        Raises NotPermitted, TooFewShares, BodyDoesNotMatch and VersionMismatch.
        """
        number = license_from_text(license_.number)
        wish = Wish(license_.record, section, self._party.name, number)
        found = open_wished(self._node, self._home, wish, step=lambda _: None)
        resources = {name: raw for unit in found.units for name, raw in unit.resources.items()}
        return Opened(found.content.header.version, resources, found.missing, found.liars)


def _choice(sections: Sequence[str], days: int, use: str) -> Choice:
    """Raises NoSuchSection, NotLicensable, UnknownUse and UnclearUse."""
    uses = uses_of([use])
    if int(uses).bit_count() != 1:
        raise UnclearUse
    return Choice(sum({1 << code for code in section_codes(sections)}), days, uses)


def _offer(known: KnownOffer, mask: int) -> Offer:
    own = known.offer
    return Offer(
        number=own.id,
        record=record_text(RecordId(own.record)),
        kind=_KINDS[own.kind],
        prices={SECTIONS.get(code, "all"): each for code, each in priced(own)},
        sections=tuple(SECTIONS[code] for code in codes(mask)),
        days=(own.min_days, own.max_days) if has_term(own.kind) else None,
        terms=tuple(term.name for term in Duo if own.duo >> term & 1),
        uses=tuple(names_of(own.uses)),
        until=moment(own.until),
    )


def _license(known: KnownLicense) -> License:
    return License(
        number=license_text(known.id),
        record=record_text(known.record),
        sections=tuple(SECTIONS[code] for code in codes(known.mask)),
        until=None if known.kind is Kind.PERPETUAL else moment(known.end),
        paid=known.paid,
    )
