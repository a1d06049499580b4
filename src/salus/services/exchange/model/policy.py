"""Whom and what the patient's policy lets through, row by row of the Data Use Ontology.

The rows that a contract can know are checked; the others, and the disease of DS, are duties in the
agreement. Source: exchange-and-lending, section 5.
"""

from dataclasses import dataclass
from enum import IntEnum

from salus.rights.consent.licensing.model import PERMISSIONS, Duo, Policy, Region, Use
from salus.services.exchange.errors import OutsidePolicy
from salus.services.exchange.model.offer import Kind, Offer

PERMISSION_BITS = sum(1 << term for term in PERMISSIONS)
KNOWN_BITS = sum(1 << term for term in Duo)
NOT_COMMERCIAL = (
    Use.ACADEMIC | Use.NON_PROFIT | Use.PUBLIC_HEALTH | Use.QUALITY | Use.SAFETY | Use.EDUCATION
)
"""Every other use counts as commercial: what is in doubt is not let through."""


class Row(IntEnum):
    """The row of the rules that says no; FITS when none does."""

    FITS = 0
    SECTIONS = 1
    USES = 2
    REGIONS = 3
    PERMISSION = 4
    MODIFIERS = 5
    TIME_LIMIT = 6
    COMMERCIAL = 7
    FOR_PROFIT = 8
    ETHICS = 9
    REGION = 10
    ANCESTRY = 11
    USE = 12


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the governors attest of a licensee: where it is, what it is, and until when (seconds,
    exclusive) an ethics board has approved its project; 0 for never.
    """

    regions: Region
    is_non_profit: bool
    ethics_until: int


def attributes_of(word: int) -> Attributes:
    """`attributesOf` of Organizations, as a number: bits 0 to 15 regions, bit 16 not for profit,
    bits 24 to 63 the end of the ethics approval. The other bits mean nothing here.
    """
    return Attributes(Region(word & 0xFFFF), bool(word >> 16 & 1), word >> 24 & 0xFF_FFFF_FFFF)


def attributes_word(attributes: Attributes) -> int:
    """The inverse of `attributes_of`."""
    flag = int(attributes.is_non_profit) << 16
    return attributes.ethics_until << 24 | flag | int(attributes.regions)


def offer_row(offer: Offer, policy: Policy) -> Row:
    """The first row by which an offer does not fit a policy.

    1 its sections are among the policy's; 2 it has a use, and only those of the policy; 3 it has a
    region, and only those of the policy, unless that says ANY; 4 exactly one permission, which the
    policy has; 5 all modifiers of the policy, and no term that is not known; 6 with TS it is
    neither PERPETUAL nor SALE.
    """
    any_where = Region.ANY in policy.regions
    permission = offer.duo & PERMISSION_BITS
    missing = policy.duo_bits & ~PERMISSION_BITS & ~offer.duo
    rows = (
        (Row.SECTIONS, offer.mask & ~policy.mask == 0),
        (Row.USES, bool(offer.uses) and offer.uses & ~policy.uses == 0),
        (Row.REGIONS, bool(offer.regions) and (any_where or offer.regions & ~policy.regions == 0)),
        (Row.PERMISSION, permission.bit_count() == 1 and permission & policy.duo_bits != 0),
        (Row.MODIFIERS, missing == 0 and offer.duo & ~KNOWN_BITS == 0),
        (Row.TIME_LIMIT, not _has(offer, Duo.TS) or offer.kind in _WITH_END),
    )
    return _first(rows)


def licensee_row(offer: Offer, licensee: Attributes, use: Use, now: int) -> Row:
    """The first row by which a purchase does not fit its offer.

    12 the use is one, and one of the offer's; 7 with NCU or NPUNCU it is not commercial; 8 with
    NPO or NPUNCU the licensee is not for profit; 9 with IRB its ethics approval is in date; 10 it
    is in a region of the offer, unless that says ANY; 11 with NPOA the use is not ancestry. They
    are asked in this order.
    """
    not_commercial = _has(offer, Duo.NCU) or _has(offer, Duo.NPUNCU)
    not_for_profit = _has(offer, Duo.NPO) or _has(offer, Duo.NPUNCU)
    is_there = Region.ANY in offer.regions or bool(licensee.regions & offer.regions)
    rows = (
        (Row.USE, use.bit_count() == 1 and use in offer.uses),
        (Row.COMMERCIAL, not not_commercial or use in NOT_COMMERCIAL),
        (Row.FOR_PROFIT, not not_for_profit or licensee.is_non_profit),
        (Row.ETHICS, not _has(offer, Duo.IRB) or licensee.ethics_until > now),
        (Row.REGION, is_there),
        (Row.ANCESTRY, not _has(offer, Duo.NPOA) or use != Use.ANCESTRY),
    )
    return _first(rows)


def fits_policy(offer: Offer, policy: Policy) -> None:
    """Raises OutsidePolicy unless every row of `offer_row` lets the offer through."""
    _refuse(offer, offer_row(offer, policy))


def fits_licensee(offer: Offer, licensee: Attributes, use: Use, now: int) -> None:
    """Raises OutsidePolicy unless every row of `licensee_row` lets the purchase through."""
    _refuse(offer, licensee_row(offer, licensee, use, now))


_WITH_END = (Kind.EXCLUSIVE, Kind.SUBSCRIPTION)


def _has(offer: Offer, term: Duo) -> bool:
    return bool(offer.duo >> term & 1)


def _first(rows: tuple[tuple[Row, bool], ...]) -> Row:
    return next((row for row, is_good in rows if not is_good), Row.FITS)


def _refuse(offer: Offer, row: Row) -> None:
    if row is not Row.FITS:
        raise OutsidePolicy(record=offer.record, reason=row.name.lower().replace("_", " "))
