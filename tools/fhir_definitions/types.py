"""Types and their elements, as `salus.rights.records.schemas` reads them.

A type is its elements in alphabetical order. An element says what is not usual about it:

    type     a type, or for `value[x]` the list of types it may take; the path of a backbone element
    min      1 when it must be there
    many     true when it is an array
    targets  the resource types that a reference may name; absent when any
    binding  the value set of a required binding
"""

from typing import Any

from tools.fhir_definitions.package import CORE, Json

Types = dict[str, dict[str, Json]]
ANY = frozenset({"Resource", "Definition", "Request", "Event"})
"""Targets that are no type of their own: the last three name patterns of resources."""
_BACKBONES = frozenset({"BackboneElement", "Element"})
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"


def elements_of(definition: Json) -> Types:
    """The elements of one StructureDefinition, and of each backbone element in it, by path."""
    types: Types = {definition["type"]: {}}
    for element in definition["snapshot"]["element"][1:]:
        owner, _, name = element["path"].rpartition(".")
        if element["max"] == "0":
            continue
        found = _kinds(element, definition)
        if any(kind == element["path"] for kind in found):
            types[element["path"]] = {}
        types[owner][name] = _element(element, found)
    return {name: dict(sorted(elements.items())) for name, elements in types.items()}


def simple_quantity(quantity: dict[str, Json]) -> dict[str, Json]:
    """The profile SimpleQuantity, which elements of the base types ask for."""
    return {name: element for name, element in quantity.items() if name != "comparator"}


def _kinds(element: Json, definition: Json) -> list[str]:
    if reference := element.get("contentReference"):
        return [reference.removeprefix("#")]
    if element["path"].endswith(".id") and definition["kind"] == "resource":
        is_top = element["path"].count(".") == 1
        return ["id" if is_top else "string"]
    return list(dict.fromkeys(_kind(kind, element["path"]) for kind in element["type"]))


def _kind(kind: Json, path: str) -> str:
    if kind["code"] in _BACKBONES:
        return path
    if kind.get("profile") == [CORE + "SimpleQuantity"]:
        return "SimpleQuantity"
    for extension in kind.get("extension", ()):
        if extension["url"] == _FHIR_TYPE:
            return str(extension["valueUrl"])
    return "string" if kind["code"].startswith("http") else str(kind["code"])


def _element(element: Json, kinds: list[str]) -> Json:
    is_choice = element["path"].endswith("[x]")
    short: dict[str, Any] = {"type": kinds if is_choice else kinds[0]}
    if element["min"]:
        short["min"] = element["min"]
    if element["max"] != "1":
        short["many"] = True
    if targets := _targets(element):
        short["targets"] = targets
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        short["binding"] = binding["valueSet"].split("|")[0]
    return short


def _targets(element: Json) -> list[str]:
    named = {
        target.removeprefix(CORE)
        for kind in element.get("type", ())
        if kind["code"] == "Reference"
        for target in kind.get("targetProfile", ())
    }
    return [] if named & ANY else sorted(named)
