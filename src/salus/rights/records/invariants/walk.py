"""The walk over a resource: one pass that only collects, paths are found for faults alone."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from salus.rights.records.findings import Finding
from salus.rights.records.invariants import datatypes
from salus.rights.records.invariants.rules import Node, Rule
from salus.rights.records.invariants.shapes import Shape, shapes
from salus.rights.records.narrative import check_narrative

HINT = "Correct this element, or leave it out. The rule stands in FHIR R4 under the key named."
_EMPTY: Rule = datatypes.element_has_content
_Fault = tuple[Rule, Node, str]  # the rule, the object it fails at, the property below if any


def check_invariants(resource: dict[str, Any], resource_type: str) -> Iterator[Finding]:
    """The faults of a resource against the invariants of FHIR R4, with its narratives.

    resource: decoded by orjson, and already good by the schema of its type: of what has the wrong
    shape this says nothing. Contained resources, the entries of a Bundle and the resources in
    Parameters are checked with it, so one call is enough for the outermost resource.
    """
    faults: list[_Fault] = []
    _enter(resource, resource_type, resource, faults)
    for rule, node, name in faults:
        at = _located(resource, resource_type, node) + name
        yield Finding(at, "invariant", f"{rule.key}: {_message(rule, node)}", HINT)


def _enter(resource: Node, resource_type: Any, outermost: Node, faults: list[_Fault]) -> None:
    shape = shapes().get(resource_type) if isinstance(resource_type, str) else None
    if shape is not None:
        _object(resource, shape, outermost, faults)


def _object(node: Node, shape: Shape, outermost: Node, faults: list[_Fault]) -> None:
    plan = shape.plans.get(tuple(node)) or shape.plan(node)
    if plan.broken:
        faults += [(rule, node, "") for rule in plan.broken]
    for rule in plan.checks:
        if not rule.holds(node) and not (rule.excused and rule.excused(node, outermost)):
            faults.append((rule, node, ""))
    for name, child in plan.below:
        if child is None:
            _primitive(node, name, outermost, faults)
            continue
        value = node[name]
        for part in value if value.__class__ is list else (value,):
            if part.__class__ is not dict:
                continue
            if child.is_resource:
                inside = outermost if name == "contained" else part
                _enter(part, part.get("resourceType"), inside, faults)
            else:
                _object(part, child, outermost, faults)


def _primitive(node: Node, name: str, outermost: Node, faults: list[_Fault]) -> None:
    """A list of primitives, or the ids and extensions of one: `_given` beside `given`."""
    plain = name.removeprefix("_")
    twin_name = "_" + plain
    values = _listed(node.get(plain))
    if twin_name not in node:
        faults += [(_EMPTY, node, f".{plain}")] if None in values else []
    elif name == twin_name:
        for value, twin in zip_longest(values, _listed(node[name])):
            if isinstance(twin, dict) and (twin or value is None):
                _object(twin, shapes()["Element"], outermost, faults)
            elif value is None:
                faults.append((_EMPTY, node, f".{plain}"))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _located(value: Any, path: str, wanted: Node) -> str:
    """Path of the very object `wanted`: identity, not equality. Only asked for faults."""
    return next(_paths(value, path, wanted), path)


def _paths(value: Any, path: str, wanted: Node) -> Iterator[str]:
    if value is wanted:
        yield path
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _paths(below, f"{path}.{name.removeprefix('_')}", wanted)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _paths(below, f"{path}[{index}]", wanted)


def _message(rule: Rule, node: Node) -> str:
    """Of a narrative the fault itself: its place in the text is what its writer needs."""
    if rule.key == "txt-1" and (fault := check_narrative(node["div"])):
        return f"{rule.message} Found: {fault}."
    return rule.message
