"""Profiles: ordered rules that say what comes out. Data in, compiled once; pure.

A selector is a path from a resource (`Patient.birthDate`), a member of any resource
(`Resource.id`), a member of a datatype (`Coding.code`), a type (`date`), or an extension by its URL
(`Extension(http://...)`). The first rule that fits acts. Where no rule fits, nothing comes out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson

from salus.rights.records.deidentify.errors import BadField, BadProfile, UnknownProfile
from salus.rights.records.deidentify.methods import METHODS, Method, Options
from salus.rights.records.types import (
    Element,
    binding,
    elements,
    is_primitive,
    resource_types,
)

SHIPPED: Final = ("safe-harbor", "limited-data-set", "research-minimum")
NEVER: Final = frozenset({"Narrative", "Attachment", "Resource", "xhtml", "base64Binary"})
"""Types that no rule lets out: free text, files, and resources inside resources."""
WHOLE: Final = {
    "Reference": {"drop", "pseudonym"},
    "Identifier": {"drop", "pseudonym"},
    "Address": {"drop", "region"},
    "Coding": {"drop", "generalize"},
    "Quantity": {"drop", "age-cap"},
}
"""Methods that take an object as a whole; any other object can only be dropped."""
FITTING: Final = {
    "keep": frozenset({"code", "boolean", "date", "dateTime", "instant", "string"}),
    "year": frozenset({"date", "dateTime"}),
    "shift": frozenset({"date", "dateTime", "instant"}),
    "age-cap": frozenset({"date"}),
    "round": frozenset({"decimal", "integer", "positiveInt", "unsignedInt"}),
    "generalize": frozenset({"code", "string"}),
    "pseudonym": frozenset({"id"}),
}
_BASES: Final = dict.fromkeys(
    ("SimpleQuantity", "Age", "Duration", "Distance", "Count", "MoneyQuantity"), "Quantity"
)
_EXTENSION: Final = re.compile(r"Extension\((\S+)\)")


@dataclass(frozen=True, slots=True)
class Rule:
    """`order` is its place in the profile: the lowest that fits acts."""

    order: int
    name: str
    method: Method
    options: Options


@dataclass(frozen=True, slots=True)
class Field:
    """What people must not stand out by: a path of what is released, or a `system|code`."""

    name: str
    at: str
    band: int

    @property
    def code(self) -> tuple[str, str] | None:
        system, bar, code = self.at.rpartition("|")
        return (system, code) if bar else None


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    duo: str
    digest: bytes
    resources: frozenset[str]
    fields: tuple[Field, ...]
    rules: Mapping[str, Rule]
    least: int
    _plans: dict[tuple[str, str], "Plan"] = field(default_factory=dict, repr=False, compare=False)

    def plan(self, kind: str, path: str) -> "Plan":
        """What to do with each JSON member of an object of a type at a path."""
        key = (kind, path)
        if key not in self._plans:
            self._plans[key] = {
                name: Member(
                    child,
                    f"{path}.{name}",
                    self._first(kind, path, element, name, child),
                    _codes(element),
                )
                for element in elements(base(kind))
                for name, child in element.names()
            }
        return self._plans[key]

    def _first(self, owner: str, path: str, element: Element, name: str, kind: str) -> Rule | None:
        keys = [
            f"{at}.{each}" for at in (path, owner, base(owner)) for each in (name, element.name)
        ]
        if "." not in path:
            keys.append(f"Resource.{name}")
        found = (self.rules.get(key) for key in (*keys, kind, base(kind)))
        return min(filter(None, found), key=lambda rule: rule.order, default=None)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: its type, its path, the rule that acts on it, its required codes."""

    kind: str
    path: str
    rule: Rule | None
    codes: frozenset[str]


Plan = Mapping[str, Member]


def _codes(element: Element) -> frozenset[str]:
    known = binding(element.binding) if element.binding else None
    return frozenset(code for codes in (known or {}).values() for code in codes)


def base(kind: str) -> str:
    """`Quantity` for the types that are made from it."""
    return _BASES.get(kind, kind)


def load(name: str) -> Profile:
    """A profile that is shipped, or one in a file. Raises UnknownProfile and BadProfile."""
    if name in SHIPPED:
        return _shipped(name)
    place = Path(name)
    if not place.is_file():
        raise UnknownProfile(profile=name[:80], known=", ".join(SHIPPED))
    return compiled(place.read_bytes())


@cache
def _shipped(name: str) -> Profile:
    place = files("salus.rights.records.deidentify") / "profiles" / f"{name}.json"
    return compiled(place.read_bytes())


def compiled(raw: bytes) -> Profile:
    """Raises BadProfile naming the first member that is wrong."""
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadProfile(where="the beginning: it is not JSON") from None
    try:
        resources = frozenset(content["resources"])
        if unknown := sorted(resources - set(resource_types())):
            raise BadProfile(where=f"resources: {unknown[0]}")
        return Profile(
            name=str(content["name"]),
            duo=str(content["duo"]),
            digest=sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest(),
            resources=resources,
            fields=tuple(field_of(each) for each in content["quasi"]),
            rules=_rules(content),
            least=max(2, int(content["least"])),
        )
    except KeyError as missing:
        raise BadProfile(where=str(missing.args[0])) from None
    except (TypeError, ValueError, AttributeError):
        raise BadProfile(where="a member of another type") from None


def _rules(content: Mapping[str, Any]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for order, each in enumerate(content["rules"]):
        selector, name = each["at"], each["method"]
        options = {key: value for key, value in each.items() if key not in {"at", "method"}}
        if "table" in options:
            options["entries"] = content["tables"][options["table"]]
        if name not in METHODS or not _fits(selector, name):
            raise BadProfile(where=f"rules[{order}]: {selector}, {name}")
        rules.setdefault(selector, Rule(order, name, METHODS[name], options))
    return rules


def _fits(selector: str, method: str) -> bool:
    """Whether the selector leads somewhere, and the method can do something there."""
    if _EXTENSION.fullmatch(selector):
        return method in {"keep", "drop"}
    kinds = _kinds(selector)
    if method == "keep" and "string" in kinds and "." not in selector:
        return False  # free text comes out by its path only
    return bool(kinds) and (method == "drop" or any(_can(kind, method) for kind in kinds))


def _can(kind: str, method: str) -> bool:
    if kind in NEVER:
        return False
    if is_primitive(kind):
        return kind in FITTING.get(method, ())
    return method in WHOLE.get(base(kind), ())


def _kinds(selector: str) -> list[str]:
    """The types that a selector can lead to; none for one that leads nowhere."""
    first, *rest = selector.split(".")
    owners = ["Patient"] if first == "Resource" else [first]
    if not rest:
        return owners if is_primitive(first) or _is_type(first) else []
    for step in rest:
        found = [
            child
            for owner in owners
            if _is_type(owner)
            for element in elements(base(owner))
            for name, child in element.names()
            if step in {name, element.name}
        ]
        owners = found
    return owners


def _is_type(kind: str) -> bool:
    try:
        return bool(elements(base(kind)))
    except KeyError:
        return False


def field_of(each: Mapping[str, Any]) -> Field:
    """Raises BadField for a path that leads nowhere."""
    at = str(each["at"])
    found = Field(str(each.get("name", at)), at, int(each.get("band", 0)))
    if found.code is None and not _kinds(at):
        raise BadField(field=at[:80])
    return found
