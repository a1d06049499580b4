"""Which datatype sits at which element: what the walk over a resource needs to find its rules.

`placement` reads the StructureDefinitions of an unpacked `hl7.fhir.r4.examples` package. The
result names, for each type and each backbone element, the properties that hold objects, with
their type, and those that hold several primitives, with `*`. A single primitive needs no walk and
is left out; so are extensions, which all may have.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path("src/salus/rights/records/invariants/placement.json")
_BACKBONES = frozenset({"BackboneElement", "Element"})
_EVERYWHERE = frozenset({"extension", "modifierExtension"})
Placement = dict[str, dict[str, str]]


def placement(package: Path) -> Placement:
    """{type or path of a backbone element: {property: type or path}}, in alphabetical order."""
    types: Placement = {}
    for definition in _definitions(package):
        types[definition["type"]] = {}
        for element in definition["snapshot"]["element"][1:]:
            _place(element, types)
    return {name: dict(sorted(types[name].items())) for name in sorted(types)}


def rendered(package: Path) -> str:
    """The text of `TARGET`, one type a line, so that a change is easy to review."""
    lines = (
        f"{json.dumps(name)}:{json.dumps(properties, separators=(',', ':'))}"
        for name, properties in placement(package).items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def constraints(package: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(key, path, constraint) of each rule of severity error, as the package states it."""
    for definition in _definitions(package):
        for element in definition["snapshot"]["element"]:
            for constraint in element.get("constraint", []):
                if constraint["severity"] == "error":
                    yield constraint["key"], element["path"], constraint


def _definitions(package: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(package.glob("StructureDefinition-*.json")):
        definition = json.loads(path.read_bytes())
        specializes = definition.get("derivation") == "specialization"
        if definition["kind"] in {"complex-type", "resource"} and specializes:
            yield definition


def _place(element: dict[str, Any], types: Placement) -> None:
    owner, _, name = element["path"].rpartition(".")
    if name in _EVERYWHERE:
        return
    if "contentReference" in element:
        types[owner][name] = element["contentReference"].removeprefix("#")
        return
    for code in (kind["code"] for kind in element.get("type", [])):
        if code in _BACKBONES:
            types[owner][name] = element["path"]
            types[element["path"]] = {}
        elif code[0].isupper():
            types[owner][name.replace("[x]", code)] = code
        elif element["max"] == "*":
            types[owner][name] = "*"


if __name__ == "__main__":
    TARGET.write_text(rendered(Path(sys.argv[1])), encoding="utf-8")
