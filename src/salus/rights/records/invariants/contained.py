"""Rules of DomainResource: what a resource may contain. Asked only where something is contained."""

from collections.abc import Iterator

import orjson

from salus.rights.records.invariants.rules import Node, inner, invariant, many

_PATH = "DomainResource"


@invariant("dom-2", _PATH, needs="contained")
def contained_holds_no_contained(node: Node) -> bool:
    """A contained resource cannot contain further resources."""
    return not any("contained" in one for one in many(node, "contained"))


@invariant("dom-3", _PATH, needs="contained")
def contained_is_referred_to(node: Node) -> bool:
    """A contained resource must be referred to from its container, or refer to it."""
    contained = many(node, "contained")
    if not any("id" in one for one in contained):
        return True
    whole = orjson.dumps(node)
    return all(
        "id" not in one or _tail(f"#{one['id']}") in whole or b'"#"' in orjson.dumps(one)
        for one in contained
    )


@invariant("dom-4", _PATH, needs="contained")
def contained_has_no_version(node: Node) -> bool:
    """A contained resource has no version and no time of change of its own."""
    return not any(
        name in meta
        for meta in _metas(node)
        for name in ("versionId", "_versionId", "lastUpdated", "_lastUpdated")
    )


@invariant("dom-5", _PATH, needs="contained")
def contained_has_no_label(node: Node) -> bool:
    """A contained resource has no security label of its own."""
    return not any("security" in meta for meta in _metas(node))


def _metas(node: Node) -> Iterator[Node]:
    return (inner(one, "meta") for one in many(node, "contained"))


def _tail(text: str) -> bytes:
    """How a string that is, or ends with, the text stands in JSON.

    HL7 looks at references, uris and canonicals that equal it; to look at every end of a string
    is many times faster and refuses no more than HL7's rule.
    """
    return orjson.dumps(text)[1:]
