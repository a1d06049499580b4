"""Income over time as lines of one SVG drawing; it streams, so that lines join what was divided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from salus.rights.revenue.currency import UNIT, shown
from salus.surfaces.demo.scene import Mark

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 128, 26, 34  # room for the numbers, the names and the dates
_STEPS = (1, 2, 5)
_LINES = 4  # horizontal ones at most


@dataclass(frozen=True, slots=True)
class Line:
    """One line by its name in the report, its points, and where it ends."""

    name: str
    points: str
    x: int
    y: int
    amount: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """In units of the view box; amounts are of currency."""

    lines: tuple[Line, ...]
    amounts: tuple[Tick, ...]
    days: tuple[Tick, ...]
    events: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def drawn(marks: Sequence[Mark]) -> Drawing | None:
    """None for fewer than two marks, between which there is no line."""
    if len(marks) < 2:
        return None
    across, up = _scales(marks)
    series = {
        "all": [each.total for each in marks],
        "patient": [each.patient for each in marks],
        "lender": [each.lender for each in marks],
    }
    places = [across(each.day) for each in marks]
    lines = (
        Line(
            name,
            " ".join(f"{x},{up(units)}" for x, units in zip(places, values, strict=True)),
            places[-1],
            up(values[-1]),
            shown(values[-1] // (UNIT // 100) * (UNIT // 100)),
        )
        for name, values in series.items()
    )
    return Drawing(
        tuple(lines),
        tuple(Tick(up(each), f"{each // UNIT:,}") for each in _round(marks[-1].total)),
        tuple(Tick(across(each.day), each.day) for each in (marks[0], marks[-1])),
        tuple(Tick(across(each.day), each.event) for each in marks if each.event),
    )


def _scales(marks: Sequence[Mark]) -> tuple[Callable[[str], int], Callable[[int], int]]:
    """Where a day is, and where an amount."""
    first, last = (date.fromisoformat(each.day).toordinal() for each in (marks[0], marks[-1]))
    most, days = max(marks[-1].total, 1), max(last - first, 1)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(day: str) -> int:
        return LEFT + wide * (date.fromisoformat(day).toordinal() - first) // days

    def up(units: int) -> int:
        return HEIGHT - BOTTOM - high * units // most

    return across, up


def _round(most: int) -> list[int]:
    """Zero and round amounts up to the most."""
    size = UNIT
    while True:
        for step in _STEPS:
            if most <= step * size * _LINES:
                return list(range(0, most + 1, step * size))
        size *= 10
