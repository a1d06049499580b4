"""Amounts and midnights, the arithmetic of RevenueMath. Money is integer units of the token.

Times are seconds since 1970, rates are units a day, and each division names its direction. Source:
exchange-and-lending, section 2.
"""

DAY = 86_400
YEAR = 31_536_000
BPS = 10_000
PERPETUAL_DAY = 65_535
"""The day that stands for `for ever`; a term ends before it."""


def mul_div_down(first: int, second: int, divisor: int) -> int:
    """floor(first * second / divisor)"""
    return first * second // divisor


def mul_div_up(first: int, second: int, divisor: int) -> int:
    """ceil(first * second / divisor)"""
    return -(-first * second // divisor)


def ceil_day(at: int) -> int:
    """The first midnight, UTC, that is not before `at` (seconds): `at` itself when it is one."""
    return mul_div_up(at, 1, DAY) * DAY


def next_midnight(at: int) -> int:
    """The first midnight after `at` (seconds). A drop always lies after what is accrued."""
    return (at // DAY + 1) * DAY


def price(rate_per_day: int, start: int, end: int) -> int:
    """What a term costs (units), rounded up: ceil(rate * (end - start) / DAY).

    `rate_per_day` is that of all its sections together: there is one rounding for each payment.
    0 when the term is over before it starts.
    """
    return mul_div_up(rate_per_day, max(end - start, 0), DAY)


def refund(rate_per_day: int, end: int, stop: int) -> int:
    """What comes back (units) when a term to `end` stops at `stop`, rounded down:
    floor(rate * (end - stop) / DAY), 0 when nothing is left.

    It is counted for each section by itself and then added up, because sections of one license may
    stop at different seconds.
    """
    return mul_div_down(rate_per_day, max(end - stop, 0), DAY)
