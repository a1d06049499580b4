"""One validator per R4 type, compiled at its first use from the generated definitions.

JSON Schema cannot compare an array of primitives with its twin `_name`, nor look into contained
resources: the invariants do the first, `records.validation` the second.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import jsonschema_rs

from salus.rights.records.lexical import (
    OPEN_CODES,
    PRIMITIVES,
    foreign_reference,
    local_reference,
)
from salus.rights.records.types import Element, binding, elements, is_primitive, resource_types

MAX_ARRAY: Final = 20_000
FEW: Final = 12  # forms of a choice: up to here each forbids the others, which is faster
Schema = dict[str, Any]
_NOTHING: Final[Schema] = {"not": {}}
Codes = dict[str, list[str]]  # by code system
_OPEN: Final = {
    "http://hl7.org/fhir/ValueSet/mimetypes": "MimeType",
    "http://hl7.org/fhir/ValueSet/currencies": "Currency",
}
_REGEX: Final = jsonschema_rs.RegexOptions(size_limit=2**26, dfa_size_limit=2**26)


@functools.cache
def validator(resource_type: str) -> jsonschema_rs.Draft4Validator:
    """The compiled schema of a concrete type: some 40 ms and 2 MB at the first call."""
    return jsonschema_rs.Draft4Validator(schema(resource_type), pattern_options=_REGEX)


def schema(resource_type: str) -> Schema:
    """The schema of a concrete type, draft 4: its own and each datatype's under `definitions`.

    `title` names the element that an `anyOf` or `oneOf` asks for.
    """
    definitions: dict[str, Schema] = {}
    root = _Builder(definitions).named(resource_type)
    body = definitions[resource_type]
    body["properties"]["resourceType"] = {"enum": [resource_type]}
    body["required"] = ["resourceType", *body.get("required", ())]
    return root | {"definitions": definitions}


class _Builder:
    """Collects the definitions that one resource type needs."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self._definitions = definitions

    def named(self, name: str) -> Schema:
        """A reference to a definition, made when it is asked for the first time."""
        if name not in self._definitions:
            self._definitions[name] = body = {}
            body.update(self._definition(name))
        return _pointer(name)

    def _definition(self, name: str) -> Schema:
        if simple := PRIMITIVES.get(name) or OPEN_CODES.get(name):
            return simple
        if name == "Resource":
            return {"type": "object", "required": ["resourceType"]}
        if name == "ForeignReference":
            return foreign_reference("|".join(resource_types()))
        return self._object(name)

    def _object(self, name: str) -> Schema:
        members = elements(name)
        body: Schema = {"type": "object", "additionalProperties": False, "minProperties": 1}
        body["properties"] = dict(self._properties(name, members))
        if required := [each.name for each in members if _is_plainly_required(name, each)]:
            body["required"] = required
        if rules := [*_required(name, members), *_choices(members)]:
            body["allOf"] = rules
        if exclusions := dict(_exclusions(members)):
            body["dependencies"] = exclusions
        return body

    def _properties(self, owner: str, members: Iterable[Element]) -> Iterator[tuple[str, Schema]]:
        for member in members:
            for name, kind in member.names():
                yield name, _repeated(member, self._value(member, kind), kind)
                if has_twin(owner, member, kind):
                    yield f"_{name}", _repeated(member, self.named("Element"), kind)

    def _value(self, member: Element, kind: str) -> Schema:
        if kind == "Reference":
            return self._reference(member.targets)
        if member.binding and (codes := binding(member.binding)):
            return self._bound(member.binding, kind, codes)
        return self.named(_OPEN.get(member.binding or "", kind))

    def _reference(self, targets: tuple[str, ...]) -> Schema:
        name = "-".join(("Reference", *targets))
        if name not in self._definitions:
            self._definitions[name] = body = {}
            types = targets or resource_types()
            forms = [local_reference("|".join(types)), self.named("ForeignReference")]
            body.update(self._object("Reference"))
            body["properties"] |= {"reference": {"anyOf": forms}, "type": {"enum": [*types]}}
        return _pointer(name)

    def _bound(self, url: str, kind: str, codes: Codes) -> Schema:
        if kind == "code":
            return {"enum": sorted({code for group in codes.values() for code in group})}
        name = "CodeableConcept-" + url.rpartition("/")[2]
        if name not in self._definitions:
            body = self._object("CodeableConcept")
            body["properties"]["coding"] |= {"not": {"items": {"not": _any_coding(codes)}}}
            body["required"] = [*body.get("required", ()), "coding"]
            self._definitions[name] = body
        return _pointer(name)


def has_twin(owner: str, member: Element, kind: str) -> bool:
    """Whether `_name` may stand beside `name`; what XML writes as an attribute has no twin."""
    is_attribute = member.name == "id" or (owner, member.name) == ("Extension", "url")
    return is_primitive(kind) and kind != "xhtml" and not is_attribute


def _pointer(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _repeated(member: Element, value: Schema, kind: str) -> Schema:
    if not member.is_many:
        return value
    each = {"anyOf": [value, {"type": "null"}]} if is_primitive(kind) else value
    return {"type": "array", "items": each, "minItems": 1, "maxItems": MAX_ARRAY}


def _is_plainly_required(owner: str, member: Element) -> bool:
    is_single = not member.is_choice and not has_twin(owner, member, member.kinds[0])
    return member.is_required and is_single


def _required(owner: str, members: Iterable[Element]) -> Iterator[Schema]:
    """For each required primitive that its value or its twin is there."""
    for member in members:
        is_primitive_one = not member.is_choice and has_twin(owner, member, member.kinds[0])
        if member.is_required and is_primitive_one:
            yield {"title": member.name} | _any_of((member.name, f"_{member.name}"))


def _choices(members: Iterable[Element]) -> Iterator[Schema]:
    """For each choice that one of its forms is there, or at most one when it is optional."""
    for member in members:
        if member.is_choice and len(member.kinds) > FEW:
            forms = [_any_of(names) for names in _forms(member)]
            none = [] if member.is_required else [{"not": {"anyOf": forms}}]
            yield {"title": member.name, "oneOf": [*forms, *none]}
        elif member.is_choice and member.is_required:
            yield {"title": member.name} | _any_of(sum(_forms(member), ()))


def _exclusions(members: Iterable[Element]) -> Iterator[tuple[str, Schema]]:
    """For each form of a small choice, that none of the others stands beside it."""
    for member in members:
        if not member.is_choice or len(member.kinds) > FEW:
            continue
        every = set(sum(_forms(member), ()))
        for names in _forms(member):
            others = dict.fromkeys(sorted(every.difference(names)), _NOTHING)
            yield from ((name, {"title": member.name, "properties": others}) for name in names)


def _forms(member: Element) -> list[tuple[str, ...]]:
    """The names of each form: `valueQuantity`, or `valueString` and its twin `_valueString`."""
    return [(name, f"_{name}") if is_primitive(kind) else (name,) for name, kind in member.names()]


def _any_of(names: Iterable[str]) -> Schema:
    return {"anyOf": [{"required": [name]} for name in names]}


def _any_coding(codes: Codes) -> Schema:
    """A coding of which the value set holds code and system."""
    options = [
        {
            "required": ["system", "code"],
            "properties": {"system": {"enum": [system]}, "code": {"enum": group}},
        }
        for system, group in codes.items()
    ]
    return {"anyOf": options}
