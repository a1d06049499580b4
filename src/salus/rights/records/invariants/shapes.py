"""What the walk meets below each type: the objects, and the rules that stand at them.

The table of types comes from HL7's definitions (`tools/fhir_invariants.py`); the rules are those
of the modules of this package. Both are joined once, at the first walk.
"""

import json
from collections.abc import Iterator
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
from salus.rights.records.invariants.rules import Holds, Names, Node, Rule, has

RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (datatypes, narratives, timing, contained, bundles, clinical, administrative)
    for rule in vars(module).values()
    if isinstance(rule, Rule)
)
_QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration"})  # each is also a Quantity
_MOST_PLANS = 128  # of one shape; more are worked out again
_MOST_NAMES = 64
Layout = tuple[str, ...]
Check = tuple[Holds, Rule]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What to do with every object of one shape that has the same names in the same order.

    checks: the rules to ask; one about names that no such object obeys is there as never holding
    below: names that hold objects, with their shape
    lists: names that hold several primitives
    rest: names that hold ids and extensions of primitives, or whole resources
    """

    checks: tuple[Check, ...]
    below: tuple[tuple[str, "Shape"], ...]
    lists: tuple[str, ...]
    rest: tuple[str, ...]


DONE = Plan((), (), (), ())


@dataclass(slots=True, eq=False)
class Shape:
    """A type or backbone element. Types refer to each other, so shapes are linked after creation.

    Most objects of a shape have one of few layouts, so what depends on the names alone is worked
    out once for each.
    """

    rules: tuple[Rule, ...]
    children: dict[str, "Shape"] = field(default_factory=dict)
    lists: Names = frozenset()
    resources: Names = frozenset()
    plans: dict[Layout, Plan] = field(default_factory=dict)

    def plan(self, node: Node) -> Plan:
        """The plan for a node whose layout is not in `plans` yet; `DONE` if there is nothing."""
        layout = tuple(node)
        names = frozenset(layout)
        checks = tuple(check for rule in self.rules for check in _checks(rule, names))
        below = tuple((name, self.children[name]) for name in layout if name in self.children)
        lists = tuple(name for name in layout if name in self.lists)
        rest = tuple(name for name in layout if name in self.resources or name[:1] == "_")
        made = Plan(checks, below, lists, rest) if checks or below or lists or rest else DONE
        if len(self.plans) >= _MOST_PLANS:
            self.plans.clear()
        if len(layout) <= _MOST_NAMES:
            self.plans[layout] = made
        return made


def _checks(rule: Rule, names: Names) -> Iterator[Check]:
    if rule.stands and not rule.stands(names):
        yield _never, rule
    if rule.holds and all(has(names, needed) for needed in rule.needs):
        yield rule.holds, rule


def _never(_node: Node) -> bool:
    return False


@cache
def shapes() -> dict[str, Shape]:
    """All shapes by type name or path; `Element` is what carries the id of a primitive."""
    table = json.loads(files(__package__).joinpath("placement.json").read_bytes())
    made = {name: Shape(_rules(name, below)) for name, below in table.items()}
    made["Element"] = Shape(_rules("Element", {}))
    for name, shape in made.items():
        below = table.get(name, {}) | {"extension": "Extension", "modifierExtension": "Extension"}
        shape.children = {key: made[kind] for key, kind in below.items() if kind in made}
        shape.lists = frozenset(key for key, kind in below.items() if kind == "*")
        shape.resources = frozenset(key for key, kind in below.items() if kind == "Resource")
    return made


def _rules(name: str, below: dict[str, str]) -> tuple[Rule, ...]:
    """The rules of the type itself and of those it specializes."""
    places = {name} if "meta" in below else {name, "Element"}
    if "contained" in below:
        places.add("DomainResource")
    if name in _QUANTITIES:
        places.add("Quantity")
    return tuple(rule for rule in RULES if rule.path in places)
