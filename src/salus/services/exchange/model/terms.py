"""Terms and prices of a license: where it ends, what it costs, what is in its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from salus.rights.revenue.model import (
    BPS,
    DAY,
    PERPETUAL_DAY,
    ceil_day,
    mul_div_up,
    next_midnight,
    price,
)
from salus.services.exchange.errors import (
    MaskNotOffered,
    NotCancelable,
    OfferClosed,
    Overlap,
    TermOutOfRange,
    TooDeep,
)
from salus.services.exchange.model.offer import Flag, Kind, Offer, has_term

PERPETUAL_DAYS = 360
"""Days over which a perpetual license is earned."""
REKEY_HOURS = 72
"""How long custodians have to give a buyer new keys."""


@dataclass(frozen=True, slots=True)
class Quote:
    """`price` (units) to the midnight `end` (seconds, exclusive), of `rate_per_day` together.

    A SALE has the rate 0 and the end 0: nothing streams.
    """

    rate_per_day: int
    end: int
    price: int


def quote(offer: Offer, mask: int, days: int, now: int) -> Quote:
    """What a license costs at `now`: ceil(rate * (end - now) / DAY), end = ceil_day(now + days).

    A SALE has the mask 0. SALE and PERPETUAL take `days` 0; a perpetual license is earned
    over 360 days, and costs what a term of 360 days costs, up to the midnight after. Raises, in
    this order: OfferClosed, MaskNotOffered, TermOutOfRange.
    """
    if offer.until <= now:
        raise OfferClosed(offer=offer.id)
    _check_mask(offer, mask)
    _check_days(offer, days)
    if offer.kind is Kind.SALE:
        return Quote(0, 0, offer.prices[0])
    return _term(offer.rate_per_day(mask), now, days or PERPETUAL_DAYS)


def renewal(offer: Offer, mask: int, end: int, days: int, now: int) -> Quote:
    """What it costs to go on with a license that has a term for `days`: the time between the old
    and the new end, or a whole new term once it has lapsed. Raises, in this order: OfferClosed,
    TermOutOfRange. One that begins anew has to be free again: `check_overlap`.
    """
    if offer.until <= now:
        raise OfferClosed(offer=offer.id)
    if not has_term(offer.kind):
        raise TermOutOfRange(termDays=days)
    _check_days(offer, days)
    rate, new_end = offer.rate_per_day(mask), move_end(end, days, now)
    return Quote(rate, new_end, price(rate, max(end, now), new_end))


def sublicensed_rates(offer: Offer, mask: int, depth: int) -> tuple[tuple[int, int], ...]:
    """(code, units a day) of a sublicense, each ceil(rate * sublicense_bps / BPS). `depth` is 1
    for a child of a license of the offer. Raises TooDeep.
    """
    if not 1 <= depth <= offer.sublicense_depth:
        raise TooDeep(depth=depth)
    return tuple(
        (code, mul_div_up(rate, offer.sublicense_bps, BPS)) for code, rate in offer.rates(mask)
    )


def sublicense(
    offer: Offer,
    mask: int,
    days: int,
    *,
    parent_mask: int,
    parent_end: int | None,
    depth: int,
    now: int,
) -> Quote:
    """What a sublicense costs, a subscription that ends with its parent at the latest.

    `parent_end` is None below a perpetual license.

    Raises, in this order: MaskNotOffered, TermOutOfRange, TooDeep. A closed offer does not matter:
    the parent has the right already.
    """
    if mask == 0 or mask & ~parent_mask:
        raise MaskNotOffered(mask=mask)
    end = ceil_day(now + days * DAY)
    is_too_long = parent_end is not None and end > parent_end
    if not 1 <= days <= offer.max_days or is_too_long:
        raise TermOutOfRange(termDays=days)
    rate = sum(each for _, each in sublicensed_rates(offer, mask, depth))
    return Quote(rate, end, price(rate, now, end))


def move_end(end: int, days: int, now: int) -> int:
    """The end after a renewal (seconds): `end + days` while it runs (`now < end`), and once it has
    lapsed `ceil_day(now + days)`. Paid time is never lost. Raises TermOutOfRange at the last day.
    """
    moved = end + days * DAY if now < end else ceil_day(now + days * DAY)
    if moved // DAY >= PERPETUAL_DAY:
        raise TermOutOfRange(termDays=days)
    return moved


def cancel_end(license_id: int, offer: Offer, start: int, end: int, now: int) -> int:
    """The end after its licensee canceled: max(midnight after `now`, ceil_day(start + min days)).
    At a midnight it is the next one. Raises NotCancelable for a perpetual license, and where
    nothing would end earlier.
    """
    earliest = max(next_midnight(now), ceil_day(start + offer.min_days * DAY))
    if not has_term(offer.kind) or earliest >= end:
        raise NotCancelable(license=license_id)
    return earliest


def check_overlap(
    kind: Kind, users: Mapping[int, int], shared_through_days: Mapping[int, int], now: int
) -> None:
    """Whether sections are free for a license that starts now. Raises Overlap for the first not.

    For each section id, ascending: `users` has the second until which somebody rents it alone (0
    for nobody), `shared_through_days` the day of its stream. An
    EXCLUSIVE license also waits until nobody who shares it could still be there; a cancellation
    does not shorten that.
    """
    for section in sorted(users):
        until = users[section]
        if kind is Kind.EXCLUSIVE:
            until = max(until, shared_through_days.get(section, 0) * DAY)
        if until > now:
            raise Overlap(section=section, until=until)


def _check_mask(offer: Offer, mask: int) -> None:
    is_part = (mask != 0) != (offer.kind is Kind.SALE) and mask & ~offer.mask == 0
    if not is_part or (Flag.WHOLE in offer.flags and mask != offer.mask):
        raise MaskNotOffered(mask=mask)


def _check_days(offer: Offer, days: int) -> None:
    least, most = (offer.min_days, offer.max_days) if has_term(offer.kind) else (0, 0)
    if not least <= days <= most:
        raise TermOutOfRange(termDays=days)


def _term(rate: int, now: int, days: int) -> Quote:
    end = ceil_day(now + days * DAY)
    return Quote(rate, end, price(rate, now, end))
