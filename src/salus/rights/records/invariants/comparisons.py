"""Order of dates and quantities, where it can be told.

A date is the interval of all instants it may mean: `2020` is a year long, and without a zone its
bounds lie up to 14 hours apart from those in UTC. An order is wrong only if no pair of instants
from the two intervals obeys it.
"""

from datetime import date
from typing import Any

Span = tuple[int, int]  # first and last nanosecond it may mean, since the day before 0001-01-01
_DAY = 86_400 * 10**9
_ZONES = 14 * 3_600 * 10**9  # the widest zone is +14:00, FHIR R4 dateTime
_DIGITS = 9


def may_precede(earlier: Any, later: Any) -> bool:
    """False only if `earlier` surely lies after `later`; both are date, dateTime or instant."""
    if not isinstance(earlier, str) or not isinstance(later, str):
        return True
    if len(earlier) == len(later) and earlier[19:] == later[19:] and earlier <= later:
        return True
    try:
        first, last = _span(earlier), _span(later)
    except ValueError:
        return True
    slack = _ZONES if ("T" in earlier) != ("T" in later) else 0
    return first[0] - slack <= last[1]


def may_be_below(low: Any, high: Any) -> bool:
    """False only if two quantities of one unit are surely in the wrong order."""
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    bottom, top = low.get("value"), high.get("value")
    if not isinstance(bottom, int | float) or not isinstance(top, int | float):
        return True
    return _unit(low) != _unit(high) or bottom <= top


def _unit(quantity: dict[str, Any]) -> tuple[Any, ...]:
    if "code" in quantity:
        return quantity.get("system"), quantity["code"]
    return (quantity.get("unit"),)


def _span(text: str) -> Span:
    day, _, rest = text.partition("T")
    first, days = _days(day)
    if not rest:
        return first * _DAY, (first + days) * _DAY - 1
    clock, zone = _zoned(rest)
    whole, _, fraction = clock.partition(".")
    hour, minute, second = (int(part) for part in whole.split(":"))
    digits = fraction[:_DIGITS]
    step = 10 ** (_DIGITS - len(digits))
    at = (hour * 60 + minute - zone) * 60 + second
    start = first * _DAY + at * 10**9 + (int(digits) * step if digits else 0)
    return start, start + step - 1


def _days(text: str) -> Span:
    """Ordinal of the first day, and how many days the text may mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts).toordinal(), 1
    year, month = parts[0], parts[1] if len(parts) == 2 else 1
    first = date(year, month, 1).toordinal()
    if len(parts) == 2:
        return first, _month_after(year, month) - first
    return first, _month_after(year, 12) - first


def _month_after(year: int, month: int) -> int:
    if month == 12:
        return date(year, 12, 31).toordinal() + 1
    return date(year, month + 1, 1).toordinal()


def _zoned(text: str) -> tuple[str, int]:
    """The clock, and the minutes its zone is ahead of UTC."""
    if text.endswith("Z"):
        return text[:-1], 0
    clock, sign, zone = text[:-6], text[-6:-5], text[-5:]
    hours, minutes = (int(part) for part in zone.split(":"))
    return clock, (hours * 60 + minutes) * (-1 if sign == "-" else 1)
