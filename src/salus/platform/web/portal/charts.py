"""Pictures of numbers as inline SVG: no script, no style; a table always stands below."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 30, 32  # the unit stands above the scale


@dataclass(frozen=True, slots=True)
class Point:
    """`at` is where it stands from 0 to 1, `value` None where nothing was measured."""

    at: float
    label: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: a lower and an upper bound, either may be missing."""

    low: float | None = None
    high: float | None = None


def line(
    title: str, said: str, points: Sequence[Point], *, unit: str, band: Band = Band()
) -> Markup:
    """A line with its usual range; gaps stay gaps, and points show by their shape as well."""
    scale = _Scale.of([point.value for point in points] + [band.low, band.high])
    known = [point for point in points if point.value is not None]
    parts = [_band(scale, band), _axes(scale, points, unit)]
    for one, other in pairwise(points):
        if one.value is not None and other.value is not None:
            parts.append(_segment(scale, one, other))
    parts += [_mark(scale, point) for point in known]
    return _picture(title, said, parts)


def steps(title: str, said: str, points: Sequence[Point], *, unit: str) -> Markup:
    """Values that hold until the next one: rates and balances."""
    scale = _Scale.of([0.0, *(point.value for point in points)])
    parts = [_axes(scale, points, unit)]
    drawn = [
        Markup("{:.1f},{:.1f}").format(_x(at), scale.y(one.value or 0.0))
        for one, other in pairwise([*points, points[-1]] if points else [])
        for at in (one.at, other.at)
    ]
    parts.append(Markup('<polyline class="line" points="{}"/>').format(" ".join(drawn)))
    return _picture(title, said, parts)


def bars(title: str, said: str, points: Sequence[Point], *, unit: str) -> Markup:
    scale = _Scale.of([0.0, *(point.value for point in points)])
    wide = max(2.0, (WIDTH - _LEFT - _RIGHT) / max(len(points), 1) * 0.7)
    parts = [_axes(scale, points, unit)]
    for point in points:
        top = scale.y(point.value or 0.0)
        parts.append(
            Markup(
                '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
            ).format(_x(point.at) - wide / 2, top, wide, max(0.0, scale.y(0.0) - top))
        )
    return _picture(title, said, parts)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float | None]) -> "_Scale":
        known = [value for value in values if value is not None] or [0.0]
        low, high = min(known), max(known)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        return cls(low - room if low else 0.0, high + room)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _x(at: float) -> float:
    return _LEFT + at * (WIDTH - _LEFT - _RIGHT)


def _picture(title: str, said: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" preserveAspectRatio="xMinYMin">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format(WIDTH, HEIGHT, title, said, Markup("").join(parts))


def _axes(scale: _Scale, points: Sequence[Point], unit: str) -> Markup:
    rules = Markup("").join(
        Markup(
            '<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(
            _LEFT, WIDTH - _RIGHT, scale.y(v), scale.y(v), _LEFT - 6, scale.y(v) + 4, _short(v)
        )
        for v in (scale.low + (scale.high - scale.low) * part / 4 for part in range(5))
    )
    ends = [points[0], points[-1]] if len(points) > 1 else list(points)
    dates = Markup("").join(
        Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            _x(point.at), HEIGHT - 10, anchor, point.label
        )
        for point, anchor in zip(ends, ("start", "end"), strict=False)
    )
    return Markup('{}{}<text class="tick" x="4" y="12">{}</text>').format(rules, dates, unit)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _band(scale: _Scale, band: Band) -> Markup:
    if band.low is None and band.high is None:
        return Markup("")
    top = scale.y(scale.high if band.high is None else band.high)
    bottom = scale.y(scale.low if band.low is None else band.low)
    return Markup('<rect class="band" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        _LEFT, top, WIDTH - _LEFT - _RIGHT, max(0.0, bottom - top)
    )


def _segment(scale: _Scale, one: Point, other: Point) -> Markup:
    return Markup('<line class="line" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        _x(one.at), scale.y(one.value or 0.0), _x(other.at), scale.y(other.value or 0.0)
    )


def _mark(scale: _Scale, point: Point) -> Markup:
    return Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(
        _x(point.at), scale.y(point.value or 0.0)
    )
