"""The walk over a resource: one pass that only collects, paths are found for faults alone."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from salus.rights.records.findings import Finding
from salus.rights.records.invariants import datatypes
from salus.rights.records.invariants.rules import Node, Rule
from salus.rights.records.invariants.shapes import DONE, Check, Plan, extension, shape
from salus.rights.records.narrative import check_narrative

HINT = "Correct this element, or leave it out. The rule stands in FHIR R4 under the key named."
FOUND = "{message} Found: {fault}."
_WRONG_SHAPE = (AttributeError, KeyError, TypeError)  # a text for an object, a list for a text
_EMPTY: Rule = datatypes.element_has_content
_Fault = tuple[Rule, Node, str]  # the rule, the object it fails at, the property below if any


def check_invariants(resource: dict[str, Any], resource_type: str) -> Iterator[Finding]:
    """The faults of a resource against the invariants of FHIR R4, with its narratives.

    resource: decoded by orjson, and already good by the schema of its type: of what has the wrong
    shape this may name any rule. Contained resources, the entries of a Bundle and the resources in
    Parameters are checked with it, so one call is enough for the outermost resource.
    """
    faults: list[_Fault] = []
    _enter(resource, resource_type, resource, faults)
    return _findings(resource, resource_type, faults) if faults else iter(())


def _findings(resource: Node, resource_type: str, faults: list[_Fault]) -> Iterator[Finding]:
    for rule, node, name in faults:
        at = _located(resource, resource_type, node) + name
        yield Finding(at, "invariant", f"{rule.key}: {_message(rule, node)}", HINT)


def _enter(resource: Node, resource_type: Any, outermost: Node, faults: list[_Fault]) -> None:
    found = shape(resource_type) if isinstance(resource_type, str) else None
    if found is not None:
        plan = found.plans.get(tuple(resource)) or found.plan(resource)
        _object(resource, plan, outermost, faults)


def _object(node: Node, plan: Plan, outermost: Node, faults: list[_Fault]) -> None:
    """Do what the plan says; objects with nothing to do are most, and cost no call."""
    if plan.checks:
        _check(node, plan.checks, outermost, faults)
    for name, child in plan.below:
        value = node[name]
        for part in value if value.__class__ is list else (value,):
            if part.__class__ is dict:
                below = child.plans.get(tuple(part)) or child.plan(part)
                if below is not DONE:
                    _object(part, below, outermost, faults)
    for name in plan.lists:
        if "_" + name not in node and None in _listed(node[name]):
            _primitive(node, name, outermost, faults)
    for name in plan.rest:
        _rest(node, name, outermost, faults)


def _check(node: Node, checks: Iterable[Check], outermost: Node, faults: list[_Fault]) -> None:
    for holds, rule in checks:
        try:
            fails = not holds(node) and not (rule.excused and rule.excused(node, outermost))
        except _WRONG_SHAPE:
            fails = True
        if fails:
            faults.append((rule, node, ""))


def _rest(node: Node, name: str, outermost: Node, faults: list[_Fault]) -> None:
    if name[:1] == "_":
        _primitive(node, name[1:], outermost, faults)
        return
    for part in _listed(node[name]):
        if isinstance(part, dict):
            inside = outermost if name == "contained" else part
            _enter(part, part.get("resourceType"), inside, faults)


def _primitive(node: Node, name: str, outermost: Node, faults: list[_Fault]) -> None:
    """Values, and beside them their ids and extensions: `given` and `_given`."""
    for value, twin in zip_longest(_listed(node.get(name)), _listed(node.get("_" + name))):
        inside = twin if isinstance(twin, dict) else {}
        if value is None and len(inside) <= ("id" in inside):
            faults.append((_EMPTY, node, f".{name}"))
        for part in _listed(inside.get("extension")):
            if isinstance(part, dict):
                _object(part, extension().plan(part), outermost, faults)


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
        return FOUND.format(message=rule.message, fault=fault)
    return rule.message
