"""Income over time as a picture and as rows: days while they are few, else months."""

from collections.abc import Sequence

from markupsafe import Markup

from salus.platform.i18n import translate
from salus.platform.web.portal import charts
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.naming import amount, currency
from salus.rights.revenue.plot import Day, date_of

MOST_DAYS = 62
_MONTH = len("2027-01")
Row = tuple[str, int, int]
"""A day or a month, what was divided in it, and all until its end (units)."""


def rows_of(days: Sequence[Day]) -> list[Row]:
    """Ascending, each with the sum of all before it."""
    length = None if len(days) <= MOST_DAYS else _MONTH
    by_time: dict[str, int] = {}
    for day, units in days:
        name = date_of(day)[:length]
        by_time[name] = by_time.get(name, 0) + units
    found, total = [], 0
    for name, units in by_time.items():
        total += units
        found.append((name, units, total))
    return found


def picture(days: Sequence[Day]) -> Markup:
    """All income until each day, as steps."""
    rows = rows_of(days)
    last = max(1, len(rows) - 1)
    points = [
        charts.Point(place / last, name, total / UNIT)
        for place, (name, _, total) in enumerate(rows)
    ]
    said = translate(
        "From {first} to {last} your record earned {total} in all.",
        first=rows[0][0],
        last=rows[-1][0],
        total=amount(rows[-1][2]),
    )
    return charts.steps(translate("What was earned until each day"), said, points, unit=currency())
