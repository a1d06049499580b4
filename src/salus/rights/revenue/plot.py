"""Income over time as one SVG drawing, readable without color and with its numbers inside."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from salus.rights.revenue.currency import shown

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 20, 30, 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Day = tuple[int, int]
"""A day since 1970, and units."""


def plot(days: Sequence[Day], *, title: str, description: str) -> str:
    """A step line of all income until each day; `title` and `description` are read out aloud."""
    points = _cumulated(days)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        '<g font-family="sans-serif" font-size="12">',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
        *_frame(points),
        *_line(points),
        "</g></svg>",
    ]
    return "\n".join(lines) + "\n"


def _cumulated(days: Sequence[Day]) -> list[Day]:
    total, points = 0, []
    for day, units in days:
        total += units
        points.append((day, total))
    return points


def _frame(points: Sequence[Day]) -> list[str]:
    """Both axes with their ends; a drawing of nothing says 0.00."""
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    most = points[-1][1] if points else 0
    lines = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="currentColor"/>',
        f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">{shown(0)}</text>',
    ]
    if points:
        first, last, below = date_of(points[0][0]), date_of(points[-1][0]), bottom + 18
        lines += [
            f'<text x="{_LEFT - 6}" y="{_TOP + 10}" text-anchor="end">{shown(most)}</text>',
            f'<text x="{_LEFT}" y="{below}">{first}</text>',
            f'<text x="{right}" y="{below}" text-anchor="end">{last}</text>',
        ]
    return lines


def _line(points: Sequence[Day]) -> list[str]:
    """A step at each day, and a mark that tells its number."""
    if not points:
        return []
    first, last, most = points[0][0], points[-1][0], points[-1][1]
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT

    def across(day: int) -> int:
        return _LEFT + (right - _LEFT) * (day - first + 1) // (last - first + 1)

    def up(units: int) -> int:
        return bottom - (bottom - _TOP) * units // max(most, 1)

    steps = "".join(f"H{across(day)}V{up(units)}" for day, units in points)
    marks = [
        f'<circle cx="{across(day)}" cy="{up(units)}" r="3"><title>{date_of(day)}'
        f" {shown(units)}</title></circle>"
        for day, units in points
    ]
    path = f'<path d="M{_LEFT} {bottom}{steps}" fill="none" stroke="currentColor"'
    return [f'{path} stroke-width="2"/>', *marks]


def date_of(day: int) -> str:
    """A day since 1970 as `2027-01-31`."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()
