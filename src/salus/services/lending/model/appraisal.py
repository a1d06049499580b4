"""What the income of a token is worth to a lender. The twin of Appraiser and AppraisalMath.

Incomes are counted in units x DAY, as streams are, so that the only divisions are those named here.
Source: exchange-and-lending, section 9.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

from salus.kernel.ids import Address
from salus.rights.revenue.model import BPS, DAY
from salus.services.lending.errors import NotSorted, TooMany, WeakerSet

MOST_LICENSES = 32
PROBATION = 14 * DAY
MONTH = 30 * DAY
QUARTER = 90 * DAY
MULTIPLE = 12
SALE_YEAR = 365 * DAY
RISE_BPS = 200
"""A day, of the value before."""
STALE = 7 * DAY
ANSWER = 86_400
MOST_VALUE = 2**128 - 1
SetHash = NewType("SetHash", bytes)
NO_SET = SetHash(bytes(32))


@dataclass(frozen=True, slots=True)
class Paid:
    """One prepayment that is named: units a day from `start` to `end` (seconds, exclusive).

    `counts` is false for one that is not recurring, or whose licensee is not accredited, or linked
    to the owner or to the subject: it is worth nothing, and no mistake to name.
    """

    licensee: Address
    license: int
    start: int
    end: int
    rate_per_day: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class LastSale:
    """The price (units) of the last sale of the token, and when it was (seconds)."""

    price: int
    at: int


@dataclass(frozen=True, slots=True)
class Appraisal:
    """`value` (units) as of `at`; `peak` is what it was before the fall at `fell_at`.

    All 0 before the first reading. See `appraise` for what a first reading sets.
    """

    value: int = 0
    at: int = 0
    peak: int = 0
    fell_at: int = 0
    set_hash: SetHash = NO_SET

    def is_fresh(self, now: int) -> bool:
        """Read within seven days: `now < at + 7 days`."""
        return self.at != 0 and now < self.at + STALE


def capped_total(incomes: Iterable[int]) -> int:
    """The largest T with T = sum(min(e, T / 4)): nobody counts for more than a quarter of it.

    With S the sum and a >= b >= c the largest, in this order, divided down: T = S; if 4a > T then
    T = 4(S - a) / 3; if 4b > T then T = 2(S - a - b); if 4c > T then T = 4(S - a - b - c). Fewer
    than four incomes give 0.
    """
    sorted_incomes = sorted(incomes, reverse=True)
    first, second, third = [*sorted_incomes, 0, 0, 0][:3]
    total = everything = sum(sorted_incomes)
    if 4 * first > total:
        total = 4 * (everything - first) // 3
    if 4 * second > total:
        total = 2 * (everything - first - second)
    if 4 * third > total:
        total = 4 * (everything - first - second - third)
    return total


@dataclass(frozen=True, slots=True)
class Incomes:
    """The four incomes of 30 days, in units x DAY: of the last month, of a third of the last
    quarter, what is prepaid, and what flows to the token. The first three without what is over a
    quarter of them, and without the first 14 days of each prepayment.
    """

    month: int
    quarter: int
    prepaid: int
    flowing: int

    def raw(self) -> int:
        """Twelve months of the least (units), divided down once at the end."""
        return MULTIPLE * min(self.month, self.quarter, self.prepaid, self.flowing) // DAY

    def shown(self) -> tuple[int, int, int, int]:
        """What each would be worth alone (units)."""
        every = (self.month, self.quarter, self.prepaid, self.flowing)
        month, quarter, prepaid, flowing = (MULTIPLE * each // DAY for each in every)
        return month, quarter, prepaid, flowing


def raw_value(paid: Sequence[Paid], rate_per_day: int, now: int) -> int:
    """Twelve months of the least of four incomes, in units, divided down once at the end:

    12 * min(T(e(30 days)), T(e(90 days)) / 3, T(30 * DAY * live rates), 30 * DAY * rate) / DAY.
    The third part is divided down too. `rate_per_day` is the router's `rateOf` of the token. The
    first 14 days of a prepayment count in none of the first three. Raises NotSorted and TooMany.
    """
    return incomes(paid, rate_per_day, now).raw()


def incomes(paid: Sequence[Paid], rate_per_day: int, now: int) -> Incomes:
    """The four incomes that `raw_value` is the least of. Raises NotSorted and TooMany."""
    _check(paid)
    counted = [each for each in paid if each.counts]
    live = [each for each in counted if is_live(each, now)]
    month = capped_total(_by_licensee((each, earned(each, MONTH, now)) for each in counted))
    quarter = capped_total(_by_licensee((each, earned(each, QUARTER, now)) for each in counted))
    ahead = capped_total(_by_licensee((each, MONTH * each.rate_per_day) for each in live))
    return Incomes(month, quarter // 3, ahead, MONTH * rate_per_day)


def is_live(paid: Paid, now: int) -> bool:
    """Whether a prepayment is past its first 14 days and not over."""
    return paid.start + PROBATION <= now < paid.end


def earned(paid: Paid, window: int, now: int) -> int:
    """Units x DAY of one prepayment in the last `window` seconds, without its first 14 days."""
    first = max(paid.start + PROBATION, now - window)
    last = min(paid.end, now)
    return paid.rate_per_day * max(last - first, 0)


def appraise(
    before: Appraisal, raw: int, sale: LastSale | None, set_hash: SetHash, now: int
) -> Appraisal:
    """The next appraisal. Raises WeakerSet.

    1. `value = min(raw, 3 * sale price / 2)`, of a sale younger than 365 days, divided down.
    2. Where there was a value above 0 it rises to `rise_limit` at most, or, in the 24 hours from
       `fell_at`, to `peak` if that is more.
    3. A lower value than before counts for the same `set_hash` only. It opens an answer: unless one
       runs, `peak` is the value before and `fell_at` is `now`.
    4. A first reading, or one after the value 0, is free, and may be answered freely for 24 hours:
       `peak = 2**128 - 1`. So nobody can fix a low value by naming few licenses first.
    """
    if sale is not None and now - sale.at < SALE_YEAR:
        raw_capped = min(raw, 3 * sale.price // 2)
    else:
        raw_capped = raw
    if before.value == 0:
        return Appraisal(raw_capped, now, MOST_VALUE, now, set_hash)
    is_answer = now < before.fell_at + ANSWER
    limit = rise_limit(before, now)
    value = min(raw_capped, max(limit, before.peak) if is_answer else limit)
    if value >= before.value:
        return Appraisal(value, now, before.peak, before.fell_at, set_hash)
    if set_hash != before.set_hash:
        raise WeakerSet(raw=raw, value=before.value)
    if is_answer:
        return Appraisal(value, now, before.peak, before.fell_at, set_hash)
    return Appraisal(value, now, before.value, now, set_hash)


def rise_limit(before: Appraisal, now: int) -> int:
    """Value * (1 + 2 % for each day since), by the second, divided down.

    Rises add up: whoever reads often loses and wins nothing but the rounding and the interest on
    2 % within a day, which is 0.0202 % of the value at most.
    """
    elapsed = now - before.at
    return before.value * (BPS * DAY + RISE_BPS * elapsed) // (BPS * DAY)


def _check(paid: Sequence[Paid]) -> None:
    if len(paid) > MOST_LICENSES:
        raise TooMany(licenses=len(paid))
    order = [(each.licensee, each.license) for each in paid]
    for index in range(1, len(order)):
        if order[index - 1] >= order[index]:
            raise NotSorted(index=index)


def _by_licensee(incomes: Iterable[tuple[Paid, int]]) -> list[int]:
    together: dict[Address, int] = {}
    for paid, income in incomes:
        together[paid.licensee] = together.get(paid.licensee, 0) + income
    return list(together.values())
