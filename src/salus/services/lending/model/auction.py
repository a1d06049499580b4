"""Dutch auctions of pledged tokens: the price over time, and who gets which part of it.

The twin of AuctionMath. Source: exchange-and-lending, section 10.
"""

from dataclasses import dataclass

from salus.rights.revenue.model import BPS, mul_div_down, mul_div_up

HALF_LIFE = 12 * 3_600
LENGTH = 72 * 3_600
CREDIT_BID_FROM = 24 * 3_600
BOUNTY_BPS = 50
MOST_BOUNTY = 50 * 10**6
"""50 currency units of six decimals."""


@dataclass(frozen=True, slots=True)
class Proceeds:
    """How a price was divided (units); all parts but `shortfall` sum to it. `paid` is the lender's.

    The surplus goes through the shares of the record to the borrower.
    """

    bounty: int
    paid: int
    surplus: int
    shortfall: int


def start_price(value: int, debt: int, *, is_fresh: bool) -> int:
    """Where an auction starts (units): max(1.5 value, 1.2 debt), or 3 debt if the value is stale.

    ceil(3 * value / 2) and ceil(6 * debt / 5).
    """
    if not is_fresh:
        return 3 * debt
    return max(mul_div_up(3, value, 2), mul_div_up(6, debt, 5))


def price_at(start: int, started_at: int, now: int) -> int:
    """The price (units): it halves every 12 hours and is a straight line between.

    `elapsed = min(now - started_at, 72 hours)`, `k = elapsed / HALF_LIFE` and `r` the remainder;
    `p = ceil(start / 2**k)` is the price at the start of that half-life, and the price is
    `p - floor(p * r / (2 * HALF_LIFE))`. It is rounded up, never rises, and has no floor; after 72
    hours it stays what it was then, and nobody can buy.
    """
    elapsed = min(now - started_at, LENGTH)
    halvings, rest = divmod(elapsed, HALF_LIFE)
    price = mul_div_up(start, 1, 1 << halvings)
    return price - mul_div_down(price, rest, 2 * HALF_LIFE)


def is_over(started_at: int, now: int) -> bool:
    """Nobody can buy any more: `now >= started_at + 72 hours`."""
    return now >= started_at + LENGTH


def divided(price: int, debt: int, *, has_bounty: bool) -> Proceeds:
    """Divide a price: first the bounty of who started it, then the debt, then the surplus.

    The bounty is floor(price * 50 / BPS), at most 50 currency units, and nothing for the borrower.
    What the lender does not get is the shortfall, and nobody owes it.
    """
    bounty = min(mul_div_down(price, BOUNTY_BPS, BPS), MOST_BOUNTY) if has_bounty else 0
    paid = min(price - bounty, debt)
    return Proceeds(bounty, paid, price - bounty - paid, debt - paid)


def credit_bid_due(parts: Proceeds) -> int:
    """What the holder of the note has to pay in (units): the price without its own part."""
    return parts.bounty + parts.surplus
