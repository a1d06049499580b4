"""Kinds, states and prices of offers and licenses as pages say them, and whose they are."""

from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, RecordId, record_text
from salus.platform.i18n import translate
from salus.platform.web.portal import PageMissing, Visit
from salus.platform.web.portal.rendering import day
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.revenue.naming import amount
from salus.services.exchange.errors import UnknownLicense, UnknownOffer
from salus.services.exchange.model import Kind, Offer, codes
from salus.services.exchange.offering import priced
from salus.services.exchange.reading import KnownLicense, KnownOffer, find_license, offer_of
from salus.services.exchange.service import Buyer
from salus.services.exchange.wording import KINDS, STATES


def kind_word(kind: Kind) -> str:
    return translate(KINDS[kind])


def state_word(license_: KnownLicense, now: int) -> str:
    return translate(STATES[license_.word(now)])


def section_list(mask: int) -> str:
    return ", ".join(section_name(code) for code in codes(mask))


def what_of(offer: Offer) -> str:
    """The sections of an offer, or what a sale is of."""
    if offer.kind is not Kind.SALE:
        return section_list(offer.mask)
    code = offer.token & 0xFF
    return section_name(code) if code else translate("the whole record")


def prices_of(offer: Offer) -> list[tuple[str, str]]:
    """Each section with what it costs a day, of a sale its price."""
    if offer.kind is Kind.SALE:
        return [(what_of(offer), amount(offer.prices[0]))]
    return [
        (section_name(code), translate("{price} a day", price=amount(units)))
        for code, units in priced(offer)
    ]


def end_of(license_: KnownLicense) -> str:
    """The last day of a license; its end is the midnight after."""
    if license_.kind is Kind.PERPETUAL:
        return translate("for ever, up to version {version}", version=license_.version_max)
    return last_day(license_.end)


def last_day(end: int) -> str:
    """The day that ends at a midnight (seconds)."""
    return day(moment(end - 1))


def name_of(visit: Visit, address: Address) -> str:
    """Who somebody is to people of this home."""
    names = {member.address: member.name for member in of_home(visit.home).members()}
    return names.get(address) or to_hex(address)[:10] + "…"


def record_of(offer: Offer) -> str:
    return record_text(RecordId(offer.record))


def found_offer(session: Session, text: str) -> KnownOffer:
    """Raises PageMissing."""
    try:
        return offer_of(session, int(text) if text.isdecimal() and len(text) < 10 else -1)
    except UnknownOffer:
        raise PageMissing from None


def found_license(session: Session, text: str) -> KnownLicense:
    """By all of its digits. Raises PageMissing."""
    try:
        found = find_license(session, text)
    except UnknownLicense:
        raise PageMissing from None
    if license_text(found.id) != text:
        raise PageMissing
    return found


def buyer_of(visit: Visit) -> Buyer:
    """The organization for which somebody acts. Raises UnknownParty where it lives elsewhere."""
    party = of_home(visit.home).party(visit.who.party)
    return Buyer(party.address, party.signing)


def own_license(visit: Visit, text: str) -> KnownLicense:
    """A license of the visitor's organization. Raises PageMissing, also for one of others."""
    buyer = buyer_of(visit)
    with visit.node.reading() as session:
        found = found_license(session, text)
    if found.licensee != buyer.account:
        raise PageMissing
    return found
