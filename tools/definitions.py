"""Write what Salus knows of FHIR R4 from HL7's npm package; `--check` compares instead."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.fhir_definitions.package import PACKAGE, ROOT, WrongPackage, check, read, structures
from tools.fhir_definitions.types import Types, elements_of, simple_quantity
from tools.fhir_definitions.valuesets import Open, Terminology

RECORDS = ROOT / "src" / "salus" / "rights" / "records"
FOLDER = RECORDS / "definitions"


def rendered(package: Path) -> dict[Path, str]:
    """The text of every generated file by its place."""
    resources, datatypes = types(package)
    bindings, left_open = valuesets(package, {**resources, **datatypes})
    return {
        FOLDER / "resources.json": lines(resources),
        FOLDER / "datatypes.json": lines(datatypes),
        FOLDER / "bindings.json": lines(bindings),
        FOLDER / "open_bindings.json": lines(left_open),
    }


def types(package: Path) -> tuple[Types, Types]:
    """Resource types with their backbone elements, and datatypes."""
    resources: Types = {}
    datatypes: Types = {}
    for definition in structures(package):
        is_concrete = definition["kind"] == "resource" and not definition["abstract"]
        if is_concrete:
            resources |= elements_of(definition)
        elif definition["kind"] == "complex-type":
            datatypes |= elements_of(definition)
    datatypes["SimpleQuantity"] = simple_quantity(datatypes["Quantity"])
    return resources, datatypes


def valuesets(
    package: Path, known: Types
) -> tuple[dict[str, dict[str, list[str]]], dict[str, str]]:
    """The codes of each required value set by code system, and why others stay open."""
    terminology = Terminology(read(package, "CodeSystem"), read(package, "ValueSet"))
    closed: dict[str, dict[str, list[str]]] = {}
    left_open: dict[str, str] = {}
    for url in sorted(set(_bindings(known))):
        try:
            codes = terminology.expand(url)
        except Open as reason:
            left_open[url] = str(reason)
        else:
            closed[url] = {system: sorted(codes[system]) for system in sorted(codes)}
    return closed, left_open


def lines(members: Mapping[str, Any]) -> str:
    """A JSON object with one member a line, so that a change is easy to review."""
    body = (
        f"{json.dumps(name)}:{json.dumps(members[name], separators=(',', ':'))}"
        for name in sorted(members)
    )
    return "{\n" + ",\n".join(body) + "\n}\n"


def _bindings(known: Types) -> Iterator[str]:
    for elements in known.values():
        yield from (element["binding"] for element in elements.values() if "binding" in element)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a rebuild differs")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the unpacked npm package")
    arguments = parser.parse_args()
    try:
        check(arguments.package)
    except WrongPackage as error:
        print(error, file=sys.stderr)
        return 1
    files = rendered(arguments.package)
    if arguments.check:
        stale = [path for path, text in files.items() if not _is_current(path, text)]
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current: run `make definitions`")
        return bool(stale)
    FOLDER.mkdir(exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return 0


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
