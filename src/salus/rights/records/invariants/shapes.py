"""What the walk meets below each type: the objects, and the rules that stand at them.

The table of types comes from HL7's definitions (`tools/fhir_invariants.py`); the rules are those
of the modules of this package. Both are joined once, at the first walk.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from salus.rights.records.invariants import (
    administrative,
    bundles,
    clinical,
    contained,
    datatypes,
    narratives,
    timing,
)
from salus.rights.records.invariants.rules import Holds, HoldsWithin, Rule

RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (datatypes, narratives, timing, contained, bundles, clinical, administrative)
    for rule in vars(module).values()
    if isinstance(rule, Rule)
)
DOMAIN_RULES = tuple(
    (rule.holds, rule) for rule in RULES if rule.holds and rule.path == "DomainResource"
)
_QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration"})  # each is also a Quantity


@dataclass(slots=True, eq=False)
class Shape:
    """A type or backbone element. Types refer to each other, so shapes are linked after creation.

    children: property name -> shape of the objects there, `None` for a whole resource
    plain: properties that hold one primitive; what has no others needs no walk
    """

    children: dict[str, "Shape | None"] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    checks: list[tuple[Holds, Rule]] = field(default_factory=list)
    checks_within: list[tuple[HoldsWithin, Rule]] = field(default_factory=list)
    checked: bool = False


@cache
def shapes() -> dict[str, Shape]:
    """All shapes by type name or path; `Element` is what carries the id of a primitive."""
    table = json.loads(files(__package__).joinpath("placement.json").read_bytes())
    made = {name: Shape() for name in [*table, "Element"]}
    for name, shape in made.items():
        below = table.get(name, {}) | {"extension": "Extension", "modifierExtension": "Extension"}
        shape.children = {key: made.get(kind) for key, kind in below.items() if kind}
        shape.plain = frozenset(key for key, kind in below.items() if not kind)
        _attach(name, shape)
    return made


def _attach(name: str, shape: Shape) -> None:
    places = {name, "Quantity"} if name in _QUANTITIES else {name}
    for rule in RULES:
        if rule.path in places and rule.holds:
            shape.checks.append((rule.holds, rule))
        if rule.path in places and rule.holds_within:
            shape.checks_within.append((rule.holds_within, rule))
    shape.checked = bool(shape.checks or shape.checks_within)
