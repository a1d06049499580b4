"""Offers: what an owner asks for which sections. An offer never changes; one may close it."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from salus.kernel.ids import Address, Digest
from salus.rights.consent.licensing.model import LICENSABLE, Region, Use
from salus.rights.revenue.model import BPS
from salus.services.exchange.errors import (
    BadPrices,
    BadSublicense,
    Expired,
    MaskNotOffered,
    NotLicensable,
    TermOutOfRange,
)

MOST_DAYS = 1_095
DEFAULT_MIN_DAYS = 30
DEFAULT_MAX_DAYS = 365
DEEPEST = 3
LICENSABLE_MASK = sum(1 << code for code in LICENSABLE)


class Kind(IntEnum):
    """How a section is given: for good, for ever beside others, alone, or for a term."""

    SALE = 0
    PERPETUAL = 1
    EXCLUSIVE = 2
    SUBSCRIPTION = 3


class Flag(IntFlag):
    """WHOLE: the sections of the offer are taken all together or not at all."""

    WHOLE = 1 << 0


MENU = Flag(0)
"""Any of the sections of the offer, at the sum of their prices."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`token` is `record << 8`, or `record << 8 | code` of a detached section.

    `prices` are units a day for each section of `mask`, by ascending code. A SALE gives the token
    whole: its mask is 0 and its one price is the sum for it (units). `until` (seconds) is
    exclusive. `duo` has bit n for DUO:00000nn. Days mean nothing for a SALE or a PERPETUAL license.
    """

    id: int
    token: int
    mask: int
    kind: Kind
    prices: tuple[int, ...]
    uses: Use
    regions: Region
    duo: int
    until: int
    seller: Address
    agreement_hash: Digest
    flags: Flag = MENU
    min_days: int = DEFAULT_MIN_DAYS
    max_days: int = DEFAULT_MAX_DAYS
    sublicense_depth: int = 0
    sublicense_bps: int = 0

    @property
    def record(self) -> int:
        return self.token >> 8

    def rates(self, mask: int) -> tuple[tuple[int, int], ...]:
        """(code, units a day) for each section of a mask, by ascending code."""
        priced = zip(codes(self.mask), self.prices, strict=True)
        return tuple((code, rate) for code, rate in priced if mask >> code & 1)

    def rate_per_day(self, mask: int) -> int:
        return sum(rate for _, rate in self.rates(mask))


def codes(mask: int) -> tuple[int, ...]:
    """The section codes of a mask, ascending."""
    return tuple(code for code in range(16) if mask >> code & 1)


def check_offer(offer: Offer, now: int) -> None:
    """Whether an offer can be posted at all; whether it may be, says `fits_policy`.

    In this order: Expired when `until` is not after `now`; NotLicensable for the lowest code that
    is never licensed; MaskNotOffered unless it has sections, or is a SALE and has none; BadPrices
    unless there is one for each section, or one for a SALE; for a kind with a term TermOutOfRange
    unless 1 <= min <= max <= 1095 days; BadSublicense beyond depth 3 or 10,000 basis points.
    """
    if offer.until <= now:
        raise Expired(until=offer.until)
    for code in codes(offer.mask & ~LICENSABLE_MASK):
        raise NotLicensable(code=code)
    is_sale = offer.kind is Kind.SALE
    if is_sale != (offer.mask == 0):
        raise MaskNotOffered(mask=offer.mask)
    wanted = 1 if is_sale else len(codes(offer.mask))
    if len(offer.prices) != wanted:
        raise BadPrices(given=len(offer.prices), expected=wanted)
    if has_term(offer.kind):
        _check_days(offer)
    if offer.sublicense_depth > DEEPEST or offer.sublicense_bps > BPS:
        raise BadSublicense(depth=offer.sublicense_depth, bps=offer.sublicense_bps)


def has_term(kind: Kind) -> bool:
    """Whether it ends at a midnight that the licensee chooses."""
    return kind in {Kind.EXCLUSIVE, Kind.SUBSCRIPTION}


def _check_days(offer: Offer) -> None:
    if offer.min_days < 1:
        raise TermOutOfRange(termDays=offer.min_days)
    if not offer.min_days <= offer.max_days <= MOST_DAYS:
        raise TermOutOfRange(termDays=offer.max_days)
