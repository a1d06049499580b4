"""Every reference of a resource, with the types that it may lead to."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from salus.rights.records.types import all_elements, elements, is_primitive, resource_types


@dataclass(frozen=True, slots=True)
class Link:
    """One `Reference.reference`.

    path: of the Reference, `Observation.performer[0]`
    text: `Patient/1`, `urn:uuid:...`, `#a`, a URL
    targets: resource types it may lead to; empty when any
    """

    path: str
    text: str
    targets: tuple[str, ...]

    def allows(self, resource_type: str) -> bool:
        return not self.targets or resource_type in self.targets


_Trail = tuple[Any, ...]  # (trail above, name, index or None): text is made for few of them
_Found = tuple[_Trail, str, tuple[str, ...]]
_MOST_LAYOUTS = 128  # of one type; more are worked out again


class _Below(dict[tuple[str, ...], tuple["_Step", ...]]):
    """What to look at in the objects of one type, by their names in order.

    Remembered, because most objects of a type have one of few layouts.
    """

    def __init__(self, kind: str, *, extensions: bool) -> None:
        self.kind, self.extensions = kind, extensions

    def __missing__(self, layout: tuple[str, ...]) -> tuple["_Step", ...]:
        members = _members(self.kind, self.extensions)
        steps = tuple(
            (name, _below(kind, self.extensions), kind == "Reference", targets)
            for name in layout
            if name in members
            for kind, targets in (members[name],)
        )
        if len(self) < _MOST_LAYOUTS:
            self[layout] = steps
        return steps


_Step = tuple[
    str, _Below, bool, tuple[str, ...]
]  # name, objects there, whether they refer, to what


@functools.cache
def _below(kind: str, extensions: bool) -> _Below:  # noqa: FBT001 - a part of the key
    return _Below(kind, extensions=extensions)


def links(resource: dict[str, Any]) -> list[Link]:
    """The references of a resource that is good by its schema, not of those it contains."""
    kind = resource["resourceType"]
    found = _found(resource, extensions=True)
    return [Link(kind + _path(trail), text, targets) for trail, text, targets in found]


def links_inward(resource: dict[str, Any], path: str) -> list[Link]:
    """Its references to contained resources; those of extensions may lead to any type."""
    return [
        Link(path + _path(trail), text, targets)
        for trail, text, targets in _found(resource, extensions=False)
        if text.startswith("#")
    ]


def misleading(resource: dict[str, Any], type_of: Callable[[str], str | None]) -> Link | None:
    """The first reference to a resource of a type that may not stand there.

    type_of: the resource type behind a reference's text, as far as the caller knows
    """
    for trail, text, targets in _found(resource, extensions=False):
        kind = type_of(text) if targets else None
        if kind is not None and kind not in targets:
            return Link(resource["resourceType"] + _path(trail), text, targets)
    return None


def _path(trail: _Trail) -> str:
    if not trail:
        return ""
    above, name, index = trail
    here = f".{name.removeprefix('_')}"
    return _path(above) + (here if index is None else f"{here}[{index}]")


def _found(resource: dict[str, Any], *, extensions: bool) -> list[_Found]:
    found: list[_Found] = []
    steps = _below(resource["resourceType"], extensions)[tuple(resource)]
    _collect(resource, steps, (), found)
    return found


def _collect(
    node: dict[str, Any], steps: tuple[_Step, ...], trail: _Trail, found: list[_Found]
) -> None:
    """Most objects have nothing to look at below them, and cost no call."""
    for name, below, refers, targets in steps:
        value = node[name]
        for index, part in enumerate(value) if value.__class__ is list else ((None, value),):
            if part.__class__ is not dict:
                continue
            here = (trail, name, index)
            if refers and "reference" in part:
                found.append((here, part["reference"], targets))
            inside = below[tuple(part)]
            if inside:
                _collect(part, inside, here, found)


@functools.cache
def _members(kind: str, extensions: bool) -> dict[str, tuple[str, tuple[str, ...]]]:  # noqa: FBT001 - a part of the key
    """Type and targets of each member that may hold a reference, by its JSON name."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for element in elements(kind):
        for name, below in element.names():
            if extensions and is_primitive(below):
                found[f"_{name}"] = ("Element", ())
            elif (extensions and below != "Resource") or below in _leading():
                found[name] = (below, element.targets)
    return found


@functools.cache
def _leading() -> frozenset[str]:
    """The types that hold a reference at some depth, extensions left aside."""
    holders: dict[str, set[str]] = {}
    for kind, element in all_elements():
        for below in element.kinds:
            if below != "Extension":
                holders.setdefault(below, set()).add(kind)
    todo, leading = ["Reference"], {"Reference"}
    while todo:
        new = holders.get(todo.pop(), set()) - leading
        leading |= new
        todo += new
    return frozenset(leading - {"Extension"})


def is_type(name: Any) -> bool:
    """Whether R4 has a concrete resource type of this name."""
    return isinstance(name, str) and name in _types()


@functools.cache
def _types() -> frozenset[str]:
    return frozenset(resource_types())
