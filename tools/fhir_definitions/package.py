"""The npm package `hl7.fhir.r4.examples` 4.0.1 (CC0): found, checked and read."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "contracts" / "node_modules" / "hl7.fhir.r4.examples"
DIGEST = "6dd033cb13ca4b4d38291ef5a0ddc933a16c19608297e90da8acf0abc76f35b3"
CORE = "http://hl7.org/fhir/StructureDefinition/"
Json = dict[str, Any]


class WrongPackage(Exception):
    """The package is absent, or its content is not that of version 4.0.1."""


def digest(package: Path) -> str:
    """SHA-256 over name and SHA-256 of every resource; npm may rewrite `package.json`."""
    total = hashlib.sha256()
    for path in sorted(package.glob("*-*.json")):
        total.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def check(package: Path) -> None:
    """Raises WrongPackage."""
    if not package.is_dir():
        raise WrongPackage(f"{package} is absent: run `make contracts` once to install it.")
    if (found := digest(package)) != DIGEST:
        raise WrongPackage(f"{package} has digest {found}, not {DIGEST}: run `npm ci` there.")


def read(package: Path, kind: str) -> Iterator[Json]:
    """Each resource of a type, in the order of file names."""
    for path in sorted(package.glob(f"{kind}-*.json")):
        yield json.loads(path.read_bytes())


def structures(package: Path) -> Iterator[Json]:
    """The definitions of concrete resource types and of datatypes with members; no profiles."""
    for definition in read(package, "StructureDefinition"):
        is_profile = definition.get("derivation") == "constraint"
        if definition["kind"] in {"resource", "complex-type"} and not is_profile:
            yield definition
