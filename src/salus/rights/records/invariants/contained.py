"""Rules of DomainResource: what a resource may contain. Asked only where something is contained."""

from collections.abc import Iterator
from typing import Any

from salus.rights.records.invariants.rules import Node, inner, invariant, many

_PATH = "DomainResource"


@invariant("dom-2", _PATH)
def contained_holds_no_contained(node: Node) -> bool:
    """A contained resource cannot contain further resources."""
    return not any("contained" in one for one in many(node, "contained"))


@invariant("dom-3", _PATH)
def contained_is_referred_to(node: Node) -> bool:
    """A contained resource must be referred to from its container, or refer to it."""
    used = {text for text in _texts(node) if text[:1] == "#"}
    return all(
        "id" not in one or f"#{one['id']}" in used or "#" in _texts(one)
        for one in many(node, "contained")
    )


@invariant("dom-4", _PATH)
def contained_has_no_version(node: Node) -> bool:
    """A contained resource has no version and no time of change of its own."""
    return not any(
        name in meta
        for meta in _metas(node)
        for name in ("versionId", "_versionId", "lastUpdated", "_lastUpdated")
    )


@invariant("dom-5", _PATH)
def contained_has_no_label(node: Node) -> bool:
    """A contained resource has no security label of its own."""
    return not any("security" in meta for meta in _metas(node))


def _metas(node: Node) -> Iterator[Node]:
    return (inner(one, "meta") for one in many(node, "contained"))


def _texts(value: Any) -> Iterator[str]:
    """Every string below. HL7 asks for reference, uri, url and canonical only; a text that happens
    to equal `#id` is taken for a reference, so this refuses no more than HL7's rule."""
    pending = [value]
    while pending:
        match pending.pop():
            case str(text):
                yield text
            case dict(node):
                pending.extend(node.values())
            case list(parts):
                pending.extend(parts)
