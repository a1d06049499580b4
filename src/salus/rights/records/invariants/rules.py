"""What a rule is, and how it asks whether an element is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]  # a JSON object as orjson decodes it
Names = frozenset[str]  # of the properties that an object has
Holds = Callable[[Node], bool]
Excused = Callable[[Node, Node], bool]  # the node, and the resource around all contained ones
Stands = Callable[[Names], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant of FHIR R4: HL7's key, the path it stands at, and the message of a fault.

    stands: for a rule about which properties are there, whatever they hold
    holds: for a rule about values; true where the object obeys, and where nobody can tell
    needs: names without which `holds` is not worth asking
    excused: asked where it does not hold; true if the outermost resource makes it good
    """

    key: str
    path: str
    message: str
    stands: Stands | None = None
    holds: Holds | None = None
    needs: Names = frozenset()
    excused: Excused | None = None


def presence(key: str, path: str) -> Callable[[Stands], Rule]:
    """Make a rule of a predicate on names; its docstring is the message of the fault."""
    return lambda stands: Rule(key, path, _message(stands), stands=stands)


def invariant(
    key: str, path: str, *, needs: str = "", unless: Excused | None = None
) -> Callable[[Holds], Rule]:
    """Make a rule of a predicate on values; its docstring is the message of the fault."""
    wanted = frozenset(needs.split())
    return lambda holds: Rule(key, path, _message(holds), holds=holds, needs=wanted, excused=unless)


def has(names: Names | Node, *wanted: str) -> bool:
    """FHIRPath `exists()` of any: a primitive may have a value, extensions (`_name`), or both."""
    return any(name in names or "_" + name in names for name in wanted)


def chosen(names: Names | Node, wanted: str) -> bool:
    """FHIRPath `exists()` of a choice of types: `valueString`, `_valueString` ..."""
    return any(name.startswith((wanted, "_" + wanted)) for name in names)


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


def _message(predicate: Callable[..., bool]) -> str:
    return " ".join((predicate.__doc__ or "").split())
