"""What the walk meets below each type: the objects, and the rules that stand at them.

The elements of a type are those of the generated definitions, the rules those of the modules of
this package. Both are joined at the first walk over a resource of the type.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

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
from salus.rights.records.types import elements, is_primitive, resource_types

RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (datatypes, narratives, timing, contained, bundles, clinical, administrative)
    for rule in vars(module).values()
    if isinstance(rule, Rule)
)
_QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration", "SimpleQuantity"})
_LIST = "*"
_MOST_PLANS = 128  # of one shape; more are worked out again
_MOST_NAMES = 64
_SHAPES: dict[str, "Shape"] = {}  # only ever grows to the types of R4
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


def shape(resource_type: str) -> Shape | None:
    """The shape of a resource type; `None` if R4 has no such type."""
    found = _SHAPES.get(resource_type)
    return _made(resource_type) if found is None and resource_type in resource_types() else found


def extension() -> Shape:
    """The shape of what stands in the extensions of a primitive."""
    return _SHAPES.get("Extension") or _made("Extension")


def _made(name: str) -> Shape:
    made: dict[str, Shape] = {}
    _link(name, made)
    _SHAPES.update(made)  # only now whole, and so fit for other threads
    return made[name]


def _link(name: str, made: dict[str, Shape]) -> Shape:
    """Make a shape and those below it; types may hold themselves."""
    if found := _SHAPES.get(name) or made.get(name):
        return found
    below = _below(name)
    made[name] = Shape(
        _rules(name, below),
        lists=frozenset(key for key, kind in below.items() if kind == _LIST),
        resources=frozenset(key for key, kind in below.items() if kind == "Resource"),
    )
    for key, kind in below.items():
        if kind not in {_LIST, "Resource"}:
            made[name].children[key] = _link(kind, made)
    return made[name]


def _below(name: str) -> dict[str, str]:
    """Property -> type or path of the objects there, `*` for a list of primitives."""
    return {
        key: _LIST if is_primitive(kind) else kind
        for element in elements(name)
        for key, kind in element.names()
        if element.is_many or not is_primitive(kind)
    }


def _rules(name: str, below: dict[str, str]) -> tuple[Rule, ...]:
    """The rules of the type itself and of those it specializes."""
    places = {name} if "meta" in below else {name, "Element"}
    if "contained" in below:
        places.add("DomainResource")
    if name in _QUANTITIES:
        places.add("Quantity")
    return tuple(rule for rule in RULES if rule.path in places)
