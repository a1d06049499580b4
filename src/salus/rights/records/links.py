"""Every reference of a resource, with the types that it may lead to."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from salus.rights.records.types import elements, resource_types

_Members = dict[str, tuple[str, tuple[str, ...]]]


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


def links(resource: dict[str, Any], path: str = "") -> Iterator[Link]:
    """The references of a resource that is good by its schema, not of those it contains."""
    resource_type = resource["resourceType"]
    yield from _of_object(resource, resource_type, path or resource_type)


def _of_object(node: dict[str, Any], kind: str, path: str) -> Iterator[Link]:
    members = _members(kind)
    for name, value in node.items():
        if name not in members:
            continue
        below, targets = members[name]
        for where, part in _parts(f"{path}.{name.removeprefix('_')}", value):
            if below == "Reference" and "reference" in part:
                yield Link(where, part["reference"], targets)
            yield from _of_object(part, below, where)


def _parts(path: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    many = value if isinstance(value, list) else ()
    yield from ((f"{path}[{i}]", part) for i, part in enumerate(many) if isinstance(part, dict))
    if isinstance(value, dict):
        yield path, value


@functools.cache
def _members(kind: str) -> _Members:
    """Type and targets of each member that is an object, by its JSON name."""
    found: _Members = {}
    for element in elements(kind):
        for name, below in element.names():
            if below[0].isupper() and below != "Resource":
                found[name] = (below, element.targets)
            elif below != "Resource":
                found[f"_{name}"] = ("Element", ())
    return found


def is_type(name: Any) -> bool:
    """Whether R4 has a concrete resource type of this name."""
    return isinstance(name, str) and name in _types()


@functools.cache
def _types() -> frozenset[str]:
    return frozenset(resource_types())
