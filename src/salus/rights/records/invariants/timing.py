"""Rules of Timing.repeat: when something happens again and again."""

from salus.rights.records.invariants.rules import Node, has, invariant

_PATH = "Timing.repeat"
_MEALS = frozenset({"C", "CM", "CD", "CV"})


@invariant("tim-1", _PATH)
def duration_has_unit(node: Node) -> bool:
    """A duration needs its unit."""
    return not has(node, "duration") or has(node, "durationUnit")


@invariant("tim-2", _PATH)
def period_has_unit(node: Node) -> bool:
    """A period needs its unit."""
    return not has(node, "period") or has(node, "periodUnit")


@invariant("tim-4", _PATH)
def duration_is_not_negative(node: Node) -> bool:
    """A duration cannot be negative."""
    return not _is_negative(node, "duration")


@invariant("tim-5", _PATH)
def period_is_not_negative(node: Node) -> bool:
    """A period cannot be negative."""
    return not _is_negative(node, "period")


@invariant("tim-6", _PATH)
def longest_period_has_period(node: Node) -> bool:
    """A longest period needs a period."""
    return not has(node, "periodMax") or has(node, "period")


@invariant("tim-7", _PATH)
def longest_duration_has_duration(node: Node) -> bool:
    """A longest duration needs a duration."""
    return not has(node, "durationMax") or has(node, "duration")


@invariant("tim-8", _PATH)
def highest_count_has_count(node: Node) -> bool:
    """A highest count needs a count."""
    return not has(node, "countMax") or has(node, "count")


@invariant("tim-9", _PATH)
def offset_has_event(node: Node) -> bool:
    """An offset needs an event to count from, and it cannot be a meal itself."""
    if not has(node, "offset"):
        return True
    return has(node, "when") and _MEALS.isdisjoint(node.get("when") or ())


@invariant("tim-10", _PATH)
def time_of_day_has_no_event(node: Node) -> bool:
    """A time of day and an event exclude each other."""
    return not (has(node, "timeOfDay") and has(node, "when"))


def _is_negative(node: Node, name: str) -> bool:
    value = node.get(name)
    return isinstance(value, int | float) and value < 0
