"""Rules of Timing.repeat: when something happens again and again."""

from salus.rights.records.invariants.rules import (
    Names,
    Node,
    has,
    invariant,
    presence,
)

_PATH = "Timing.repeat"
_MEALS = frozenset({"C", "CM", "CD", "CV"})


@presence("tim-1", _PATH)
def duration_has_unit(names: Names) -> bool:
    """A duration needs its unit."""
    return not has(names, "duration") or has(names, "durationUnit")


@presence("tim-2", _PATH)
def period_has_unit(names: Names) -> bool:
    """A period needs its unit."""
    return not has(names, "period") or has(names, "periodUnit")


@invariant("tim-4", _PATH, needs="duration")
def duration_is_not_negative(node: Node) -> bool:
    """A duration cannot be negative."""
    return not _is_negative(node, "duration")


@invariant("tim-5", _PATH, needs="period")
def period_is_not_negative(node: Node) -> bool:
    """A period cannot be negative."""
    return not _is_negative(node, "period")


@presence("tim-6", _PATH)
def longest_period_has_period(names: Names) -> bool:
    """A longest period needs a period."""
    return not has(names, "periodMax") or has(names, "period")


@presence("tim-7", _PATH)
def longest_duration_has_duration(names: Names) -> bool:
    """A longest duration needs a duration."""
    return not has(names, "durationMax") or has(names, "duration")


@presence("tim-8", _PATH)
def highest_count_has_count(names: Names) -> bool:
    """A highest count needs a count."""
    return not has(names, "countMax") or has(names, "count")


@invariant("tim-9", _PATH, needs="offset")
def offset_has_event(node: Node) -> bool:
    """An offset needs an event to count from, and it cannot be a meal itself."""
    if not has(node, "offset"):
        return True
    return has(node, "when") and _MEALS.isdisjoint(node.get("when") or ())


@presence("tim-10", _PATH)
def time_of_day_has_no_event(names: Names) -> bool:
    """A time of day and an event exclude each other."""
    return not (has(names, "timeOfDay") and has(names, "when"))


def _is_negative(node: Node, name: str) -> bool:
    value = node.get(name)
    return isinstance(value, int | float) and value < 0
