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
from salus.rights.records.invariants.rules import Names, Node, Rule, has

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with every object of one shape that has the same names in the same order.

    broken: rules about the names that no such object obeys
    checks: rules about values
    below: names worth a look, with the shape of the objects there; `None` where primitives are
    """

    broken: tuple[Rule, ...]
    checks: tuple[Rule, ...]
    below: tuple[tuple[str, "Shape | None"], ...]


@dataclass(slots=True, eq=False)
class Shape:
    """A type or backbone element. Types refer to each other, so shapes are linked after creation.

    Most objects of a shape have one of few layouts, so what depends on the names alone is worked
    out once for each. is_resource: the object says itself which type it is.
    """

    rules: tuple[Rule, ...]
    is_resource: bool = False
    children: dict[str, "Shape | None"] = field(default_factory=dict)
    plans: dict[Layout, Plan] = field(default_factory=dict)

    def plan(self, node: Node) -> Plan:
        """The plan for a node whose layout is not in `plans` yet."""
        layout = tuple(node)
        made = self._planned(frozenset(layout), layout)
        if len(self.plans) >= _MOST_PLANS:
            self.plans.clear()
        if len(layout) <= _MOST_NAMES:
            self.plans[layout] = made
        return made

    def _planned(self, names: Names, layout: Layout) -> Plan:
        return Plan(
            tuple(rule for rule in self.rules if rule.stands and not rule.stands(names)),
            tuple(
                rule
                for rule in self.rules
                if rule.holds and all(has(names, needed) for needed in rule.needs)
            ),
            tuple(
                (name, self.children.get(name))
                for name in layout
                if name in self.children or name[:1] == "_"
            ),
        )


@cache
def shapes() -> dict[str, Shape]:
    """All shapes by type name or path; `Element` is what carries the id of a primitive."""
    table = json.loads(files(__package__).joinpath("placement.json").read_bytes())
    made = {name: Shape(_rules(name, below)) for name, below in table.items()}
    made |= {"Element": Shape(_rules("Element", {})), "Resource": Shape((), is_resource=True)}
    for name, shape in made.items():
        below = table.get(name, {}) | {"extension": "Extension", "modifierExtension": "Extension"}
        shape.children = {key: made.get(kind) for key, kind in below.items()}
    return made


def _rules(name: str, below: dict[str, str]) -> tuple[Rule, ...]:
    """The rules of the type itself and of those it specializes."""
    places = {name} if "meta" in below else {name, "Element"}
    if "contained" in below:
        places.add("DomainResource")
    if name in _QUANTITIES:
        places.add("Quantity")
    return tuple(rule for rule in RULES if rule.path in places)
