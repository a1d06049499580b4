"""Days of the Chinese calendar: some people give the lunar day as if it were civil. Pure."""

from datetime import date, timedelta
from functools import cache
from typing import Final

_NOON: Final = 1_721_425
"""The Julian day number of noon on the day before 0001-01-01."""
_FIRST, _LAST = 1900, 2100


def lunar_day(civil: str) -> str:
    """The lunar year, month and day of a civil day `YYYY-MM-DD`, in the same form.

    A leap month has the number of the month before it. Empty outside 1900 to 2100.
    """
    day = date.fromisoformat(civil)
    if not _FIRST < day.year < _LAST:
        return ""
    months = _months(day.year)
    first, year, month = max(each for each in months if each[0] <= day)
    return f"{year:04}-{month:02}-{(day - first).days + 1:02}"


@cache
def _months(year: int) -> tuple[tuple[date, int, int], ...]:
    """First civil day, lunar year and number of each lunar month that touches a civil year."""
    from lunar_python import LunarYear  # noqa: PLC0415 - only for people with Chinese names

    return tuple(
        (_civil(month.getFirstJulianDay()), month.getYear(), abs(month.getMonth()))
        for month in LunarYear.fromYear(year).getMonths()
    )


def _civil(julian: float) -> date:
    return date.min + timedelta(days=int(julian) - _NOON - 1)
