"""What the commands of the exchange read alike, and how they show offers and licenses."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import from_hex
from salus.kernel.ids import Address, Digest, RecordId, record_text
from salus.platform.cli import Console
from salus.platform.work import Node
from salus.rights.consent.cli.words import PATIENT, listed, parse_until
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing.errors import NoSuchSection
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.model import Duo, Use, names_of, section_codes, uses_of
from salus.rights.consent.service import controller
from salus.rights.identity.keyring import of_home
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import parse_amount
from salus.services.exchange.drafting import LARGEST_FILE
from salus.services.exchange.errors import (
    AgreementUnknown,
    BadUntil,
    UnclearDays,
    UnclearPrice,
    UnclearUse,
    UnknownKind,
)
from salus.services.exchange.ledger import Hand
from salus.services.exchange.model import Flag, Kind, Offer, codes, has_term
from salus.services.exchange.offering import priced
from salus.services.exchange.reading import KnownLicense, KnownOffer, offer_of
from salus.services.exchange.service import Buyer

LONGEST_OFFER = timedelta(days=3_650)
KINDS = {
    "sale": Kind.SALE,
    "perpetual": Kind.PERPETUAL,
    "rental": Kind.EXCLUSIVE,
    "subscription": Kind.SUBSCRIPTION,
}
NAMES = {kind: name for name, kind in KINDS.items()}
_PER_DAY = "/day"

OfferNumber = Annotated[int, typer.Argument(help="The number of the offer, as `market` shows it.")]
License = Annotated[
    str, typer.Argument(metavar="license", help="The license, or a beginning of it.")
]
Sections = Annotated[str, typer.Option(help="Sections, separated by commas.")]
Days = Annotated[int, typer.Option(min=1, help="How many days; it ends at a midnight UTC.")]
ForUse = Annotated[str, typer.Option(help="One use, such as `academic` or `drug`.")]
Payer = Annotated[str, typer.Option("--as", help="Who buys and pays: a party of this home.")]
Owner = Annotated[str, typer.Option("--as", help="Who owns it: `patient`, or a party.")]
MaxPrice = Annotated[
    str, typer.Option(help="What it may cost at most, in currency units; its price now without.")
]


def kind_named(text: str) -> Kind:
    """Raises UnknownKind."""
    if text not in KINDS:
        raise UnknownKind(kind=text[:32], known=", ".join(KINDS))
    return KINDS[text]


def parse_prices(texts: list[str], kind: Kind) -> tuple[tuple[int, int], ...]:
    """`laboratory=0.50/day` for each section as (code, units a day); of a sale (0, units).

    Raises UnclearPrice, NoSuchSection, NotLicensable and BadAmount.
    """
    given = [each for text in texts for each in listed(text)]
    if kind is Kind.SALE:
        if len(given) != 1:
            raise UnclearPrice(price=", ".join(given)[:60])
        return ((0, parse_amount(given[0])),)
    return tuple(map(_priced, given))


def _priced(text: str) -> tuple[int, int]:
    section, equals, price = text.partition("=")
    if not equals or not price.endswith(_PER_DAY):
        raise UnclearPrice(price=text[:60])
    (code,) = section_codes([section.strip()])
    return code, parse_amount(price.removesuffix(_PER_DAY))


def check_priced(sections: str, prices: tuple[tuple[int, int], ...]) -> None:
    """Whether just these sections have a price. Raises UnclearPrice and NoSuchSection."""
    named = section_codes(listed(sections))
    given = [code for code, _ in prices]
    if sorted(named) != sorted(given):
        different = sorted(set(named) ^ set(given)) or given
        raise UnclearPrice(price=", ".join(SECTIONS[code] for code in different))


def parse_days(text: str) -> tuple[int, int]:
    """`30..365` as a shortest and a longest term, `90` as just that. Raises UnclearDays."""
    first, _, last = text.partition("..")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise UnclearDays(days=text[:32]) from None


def parse_end(text: str, now: datetime) -> datetime:
    """When an offer ends; a year from now where nothing is said. Raises BadWindow and BadUntil."""
    end = parse_until(text) if text else (now + timedelta(days=365)).replace(microsecond=0)
    if not now < end <= now + LONGEST_OFFER:
        raise BadUntil
    return end


def one_use(text: str) -> Use:
    """Raises UnclearUse and UnknownUse."""
    uses = uses_of(listed(text))
    if int(uses).bit_count() != 1:
        raise UnclearUse
    return uses


def mask_of(sections: str) -> int:
    """Section names as bits. Raises NoSuchSection and NotLicensable."""
    return sum({1 << code for code in section_codes(listed(sections) or [sections])})


def agreement_in(place: Path) -> bytes:
    """The bytes of an agreement that was written to a file."""
    with place.open("rb") as file:
        return file.read(LARGEST_FILE)


def salt_in(text: str) -> Digest:
    """The salt of an agreement, as it was shown. Raises AgreementUnknown for what is none."""
    try:
        return Digest(from_hex(text.strip().lower(), 32))
    except ValueError:
        raise AgreementUnknown from None


def parse_limit(text: str) -> int | None:
    """Raises BadAmount."""
    return parse_amount(text) if text else None


def hand_of(node: Node, session: Session, home: Path, record: RecordId, name: str) -> Hand:
    """The patient signs for the subject account, an organization as itself.

    Raises WalletMissing and UnknownParty.
    """
    if name == PATIENT:
        return Hand(controller(session, record), account_of(node, record))
    return Hand(of_home(home).party(name).signing)


def buyer_of(home: Path, name: str) -> Buyer:
    """Raises UnknownParty."""
    party = of_home(home).party(name)
    return Buyer(party.address, party.signing)


def name_of(node: Node, home: Path, record: RecordId, account: Address) -> str:
    """`patient` for the subject account of a record, the name of a party, or an address."""
    is_patient = account == account_of(node, record)
    return PATIENT if is_patient else of_home(home).name_of(account)


def split_token(text: str) -> tuple[str, int]:
    """`5a10/genomics` as the record and the code of a section; 0 without one.

    Raises NoSuchSection and NotLicensable.
    """
    record, slash, section = text.partition("/")
    if slash and not section:
        raise NoSuchSection(section="", known=", ".join(SECTIONS.values()))
    return record, section_codes([section])[0] if slash else 0


def names(mask: int) -> list[str]:
    return [SECTIONS[code] for code in codes(mask)]


# ANSWERS


def described_offer(node: Node, home: Path, known: KnownOffer) -> dict[str, object]:
    """Amounts are integers of units, a day or of a whole sale."""
    offer = known.offer
    return {
        "offer": offer.id,
        "record": record_text(RecordId(offer.record)),
        "section": SECTIONS[offer.token & 0xFF] if offer.token & 0xFF else None,
        "kind": NAMES[offer.kind],
        "prices": {SECTIONS.get(code, "all"): units for code, units in priced(offer)},
        "whole": Flag.WHOLE in offer.flags,
        "days": [offer.min_days, offer.max_days] if has_term(offer.kind) else None,
        "terms": terms_of(offer),
        "uses": names_of(offer.uses),
        "regions": names_of(offer.regions),
        "sublicenses": {"depth": offer.sublicense_depth, "bps": offer.sublicense_bps},
        "seller": name_of(node, home, RecordId(offer.record), offer.seller),
        "until": stamp(moment(offer.until)),
        "closed": stamp(moment(known.closed_at)) if known.closed_at else None,
        "agreement": "0x" + offer.agreement_hash.hex(),
    }


def terms_of(offer: Offer) -> list[str]:
    """The terms of the Data Use Ontology by their short names."""
    return [term.name for term in Duo if offer.duo >> term & 1]


def described_license(
    session: Session, console: Console, license_: KnownLicense, now: int
) -> dict[str, object]:
    """Amounts are integers of units."""
    known = offer_of(session, license_.offer)
    is_perpetual = license_.kind is Kind.PERPETUAL
    return {
        "license": license_text(license_.id),
        "record": record_text(license_.record),
        "offer": license_.offer,
        "parent": license_text(license_.parent) if license_.parent else None,
        "kind": NAMES[license_.kind],
        "sections": names(license_.mask),
        "use": names_of(license_.use)[0],
        "licensee": of_home(console.home).name_of(license_.licensee),
        "state": license_.word(now).value,
        "end": None if is_perpetual else stamp(moment(license_.end)),
        "last_version": license_.version_max if is_perpetual else None,
        "paid": license_.paid,
        "refunded": license_.refunded,
        "agreement": "0x" + known.offer.agreement_hash.hex(),
    }
