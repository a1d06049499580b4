"""The walk over a resource: one pass that only collects, paths are found for faults alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from salus.rights.records.findings import Finding
from salus.rights.records.invariants import datatypes
from salus.rights.records.invariants.rules import Node, Rule
from salus.rights.records.invariants.shapes import DOMAIN_RULES, Shape, shapes
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
    if shape is None:
        return
    if "contained" in resource:
        faults += [(rule, resource, "") for holds, rule in DOMAIN_RULES if not holds(resource)]
    _check(resource, shape, outermost, faults)
    _walk(resource, shape.children, outermost, faults)


def _check(node: Node, shape: Shape, outermost: Node, faults: list[_Fault]) -> None:
    for holds, rule in shape.checks:
        if not holds(node):
            faults.append((rule, node, ""))
    for holds_within, rule in shape.checks_within:
        if not holds_within(node, outermost):
            faults.append((rule, node, ""))


def _walk(
    node: Node, children: dict[str, Shape | None], outermost: Node, faults: list[_Fault]
) -> None:
    """Look below `node`. The hot loop: strings are most of what it meets, then single objects."""
    for name, value in node.items():
        kind = value.__class__
        if kind is str:
            continue
        if name in children:
            child = children[name]
            parts = (value,) if kind is dict else value if kind is list else ()
            if child is None:
                _resources(name, parts, outermost, faults)
            else:
                for part in parts:
                    if part.__class__ is dict:
                        _object(part, child, outermost, faults)
        elif kind is dict or kind is list:
            _primitive(node, name, outermost, faults)


def _object(node: Node, shape: Shape, outermost: Node, faults: list[_Fault]) -> None:
    if shape.checked:
        _check(node, shape, outermost, faults)
    if node and node.keys() <= shape.plain:
        return
    if len(node) < 2 and (not node or "id" in node):
        faults.append((_EMPTY, node, ""))
    _walk(node, shape.children, outermost, faults)


def _resources(name: str, parts: Iterable[Any], outermost: Node, faults: list[_Fault]) -> None:
    for part in parts:
        if isinstance(part, dict):
            _enter(
                part, part.get("resourceType"), outermost if name == "contained" else part, faults
            )


def _primitive(node: Node, name: str, outermost: Node, faults: list[_Fault]) -> None:
    """A list of primitives, or the ids and extensions of one: `_given` beside `given`."""
    plain = name.removeprefix("_")
    if plain == name and "_" + name in node:
        return  # done with its `_` twin
    values, twins = _listed(node.get(plain)), _listed(node.get("_" + plain))
    for index in range(max(len(values), len(twins))):
        value = values[index] if index < len(values) else None
        twin = twins[index] if index < len(twins) else None
        if isinstance(twin, dict):
            _walk(twin, shapes()["Element"].children, outermost, faults)
        if value is None and not (isinstance(twin, dict) and len(twin) > ("id" in twin)):
            faults.append((_EMPTY, node, "." + plain))


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
