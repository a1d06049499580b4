"""One validator per R4 type, compiled at its first use from the generated definitions.

Each type has two. The plain one knows no null and no extensions inside arrays of primitives, and
asks for the value of a required primitive: what it accepts is valid, and nearly everything is.
The full one decides about the rest and names the faults.
"""

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from salus.rights.records.lexical import PRIMITIVES, foreign_reference, local_reference
from salus.rights.records.types import Element, binding, elements, is_primitive, resource_types

MAX_ARRAY = 20_000
Schema = dict[str, Any]
_NOTHING: Schema = {"not": {}}
_CODED = ("CodeableConcept", "Coding", "Quantity")


@functools.cache
def plain(resource_type: str) -> jsonschema_rs.Draft4Validator:
    """Accepts only what is valid; refuses a little more than it should."""
    return _compiled(_Builder(is_plain=True).schema(resource_type))


@functools.cache
def full(resource_type: str) -> jsonschema_rs.Draft4Validator:
    """The schema of a type, except that arrays of primitives are not compared with their twins."""
    return _compiled(_Builder(is_plain=False).schema(resource_type))


def _compiled(schema: Schema) -> jsonschema_rs.Draft4Validator:
    options = jsonschema_rs.RegexOptions(size_limit=2**26, dfa_size_limit=2**26)
    return jsonschema_rs.Draft4Validator(schema, pattern_options=options)


class _Builder:
    """Collects the definitions that one resource type needs."""

    def __init__(self, *, is_plain: bool) -> None:
        self.is_plain = is_plain
        self.definitions: dict[str, Schema] = {}

    def schema(self, resource_type: str) -> Schema:
        """The schema of a resource type with all its definitions."""
        root = self.named(resource_type)
        body = self.definitions[resource_type]
        body["properties"]["resourceType"] = {"enum": [resource_type]}
        body["required"] = ["resourceType", *body.get("required", ())]
        return root | {"definitions": self.definitions}

    def named(self, name: str) -> Schema:
        """A reference to a definition, made when it is asked for the first time."""
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name].update(self._definition(name))
        return {"$ref": f"#/definitions/{name}"}

    def _definition(self, name: str) -> Schema:
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        if name == "Resource":
            return {"type": "object", "required": ["resourceType"]}
        if name == "ForeignReference":
            return foreign_reference("|".join(resource_types()))
        return self._object(name, elements(name))

    def _object(self, name: str, members: tuple[Element, ...]) -> Schema:
        body: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
        required = [*self._required(members)]
        properties = body["properties"]
        for member in members:
            for json_name, kind in member.names():
                properties[json_name] = self._property(member, kind)
                if twin := self._twin(name, member, kind):
                    properties[f"_{json_name}"] = twin
        if names := [each[0] for each in required if len(each) == 1]:
            body["required"] = names
        else:
            body["minProperties"] = 1
        if choices := [each for each in required if len(each) > 1]:
            body["allOf"] = [{"anyOf": [{"required": [n]} for n in each]} for each in choices]
        if exclusive := dict(_exclusive(members)):
            body["dependencies"] = exclusive
        return body

    def _property(self, member: Element, kind: str) -> Schema:
        value = self._value(member, kind)
        if not member.is_many:
            return value
        if is_primitive(kind) and not self.is_plain:
            value = {"anyOf": [value, {"type": "null"}]}
        return {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_ARRAY}

    def _twin(self, owner: str, member: Element, kind: str) -> Schema | None:
        """The property `_name` beside a primitive; what XML writes as an attribute has none."""
        is_attribute = member.name == "id" or (owner, member.name) == ("Extension", "url")
        if not is_primitive(kind) or kind == "xhtml" or is_attribute:
            return None
        if not member.is_many:
            return self.named("Element")
        if self.is_plain:
            return None
        value = {"anyOf": [{"type": "null"}, self.named("Element")]}
        return {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_ARRAY}

    def _required(self, members: tuple[Element, ...]) -> Iterator[tuple[str, ...]]:
        """Groups of names of which one must be there."""
        for member in members:
            if member.is_required:
                yield tuple(self._forms(member))

    def _forms(self, member: Element) -> Iterator[str]:
        for name, kind in member.names():
            yield name
            if is_primitive(kind) and kind != "xhtml" and (member.is_choice or not self.is_plain):
                yield f"_{name}"

    def _value(self, member: Element, kind: str) -> Schema:
        if kind == "Reference":
            return self._reference(member.targets)
        if member.binding and (codes := binding(member.binding)):
            return self._bound(member.binding, kind, codes)
        return self.named(kind)

    def _reference(self, targets: tuple[str, ...]) -> Schema:
        name = "-".join(("Reference", *targets))
        if name not in self.definitions:
            self.named("Reference")
            types = targets or resource_types()
            body = self._object("Reference", elements("Reference"))
            near = local_reference("|".join(types))
            body["properties"]["reference"] = {"anyOf": [near, self.named("ForeignReference")]}
            body["properties"]["type"] = {"enum": [*types]}
            self.definitions[name] = body
        return {"$ref": f"#/definitions/{name}"}

    def _bound(self, url: str, kind: str, codes: dict[str, list[str]]) -> Schema:
        if kind == "code":
            return {"enum": sorted({code for group in codes.values() for code in group})}
        return self._concept(url, codes)

    def _concept(self, url: str, codes: dict[str, list[str]]) -> Schema:
        """A CodeableConcept of which one coding comes from the value set."""
        name = "CodeableConcept-" + url.rpartition("/")[2]
        if name not in self.definitions:
            body = self._object("CodeableConcept", elements("CodeableConcept"))
            matches = [
                {
                    "properties": {"system": {"enum": [system]}, "code": {"enum": group}},
                    "required": ["system", "code"],
                }
                for system, group in codes.items()
            ]
            none_matches = {"items": {"not": {"anyOf": matches}}}
            coding = body["properties"]["coding"]
            body["properties"]["coding"] = coding | {"not": none_matches}
            body["required"] = ["coding"]
            self.definitions[name] = body
        return {"$ref": f"#/definitions/{name}"}


def _exclusive(members: tuple[Element, ...]) -> Iterator[tuple[str, Schema]]:
    """For each form of a choice, that no other form stands beside it."""
    for member in members:
        if not member.is_choice:
            continue
        forms = member.names()
        for name, kind in forms:
            own = {name, f"_{name}"}
            others = {f"_{n}": _NOTHING for n, k in forms if is_primitive(k)}
            others |= {n: _NOTHING for n, _ in forms}
            forbidden = {n: s for n, s in others.items() if n not in own}
            yield name, {"properties": forbidden}
            if is_primitive(kind):
                yield f"_{name}", {"properties": forbidden}
