"""What a rule is, and how it asks whether an element is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]  # a JSON object as orjson decodes it
Holds = Callable[[Node], bool]
HoldsWithin = Callable[[Node, Node], bool]  # the node, and the resource around all contained ones


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant of FHIR R4: HL7's key, the path it stands at, and the message of a fault.

    `holds` is true where the element obeys it and where nobody can tell.
    """

    key: str
    path: str
    message: str
    holds: Holds | None = None
    holds_within: HoldsWithin | None = None


def invariant(key: str, path: str) -> Callable[[Holds], Rule]:
    """Make a rule of a predicate; its docstring is the message of the fault."""
    return lambda holds: Rule(key, path, _message(holds), holds=holds)


def invariant_within(key: str, path: str) -> Callable[[HoldsWithin], Rule]:
    """As `invariant`, for a predicate that also looks at the outermost resource."""
    return lambda holds: Rule(key, path, _message(holds), holds_within=holds)


def has(node: Node, name: str) -> bool:
    """FHIRPath `name.exists()` for a primitive, which may have a value, extensions, or both."""
    return name in node or "_" + name in node


def has_any(node: Node, *names: str) -> bool:
    return any(has(node, name) for name in names)


def chosen(node: Node, name: str) -> bool:
    """FHIRPath `name.exists()` for a choice of types: `valueString`, `_valueString` ..."""
    return any(key.startswith((name, "_" + name)) for key in node)


def many(node: Node, name: str) -> list[Node]:
    """The objects under a repeating element; what is no object is for the schema to refuse."""
    found = node.get(name)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def inner(node: Node, name: str) -> Node:
    """The object under an element; empty where there is none."""
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def coded(node: Node, name: str, system: str, *codes: str) -> bool:
    """Whether the CodeableConcept holds one of the codes of that system."""
    return any(
        coding.get("system") == system and coding.get("code") in codes
        for coding in many(inner(node, name), "coding")
    )


def _message(holds: Callable[..., bool]) -> str:
    return " ".join((holds.__doc__ or "").split())
