"""One pipeline for every way in: schema of the type, invariants, narrative.

Before it comes the parser (`kernel.canonical.parse`), which limits size and depth and refuses
duplicate keys; after it the importer, which resolves references from one resource to another.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from salus.rights.records.faults import TOO_LONG, WRONG_TARGET, faults
from salus.rights.records.findings import Finding
from salus.rights.records.invariants import check_invariants
from salus.rights.records.links import is_type, links
from salus.rights.records.schemas import validator

MAX_FINDINGS: Final = 100
MAX_ENTRIES: Final = 10_000  # of a Bundle
NOT_A_RESOURCE: Final = (
    "structure",
    "This is not a resource: FHIR R4 has no such resourceType.",
    "Give an object with the name of an R4 resource type in `resourceType`.",
)
OTHER_TYPE: Final = (
    "structure",
    "This resource is of another type than expected here.",
    "Send it to the place of its own type.",
)
TOO_NESTED: Final = (
    "too-long",
    "Elements stand inside one another too deeply.",
    "No FHIR resource needs that; check how the file was made.",
)


def validate(resource: Any, *, resource_type: str | None = None) -> list[Finding]:
    """Up to 100 faults of a resource; none when it is valid FHIR R4.

    resource: decoded by orjson, with what it contains. It is only read.
    resource_type: the type it must be of, if the caller knows.
    """
    try:
        return _first(_shape(resource, resource_type)) or _first(_sense(resource))
    except RecursionError:
        return [Finding(resource["resourceType"], *TOO_NESTED)]


def _first(findings: Iterator[Finding]) -> list[Finding]:
    return list(dict.fromkeys(islice(findings, MAX_FINDINGS)))


def _shape(resource: Any, expected: str | None) -> Iterator[Finding]:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind is None or not is_type(kind):
        yield Finding("Resource", *NOT_A_RESOURCE)
    elif expected not in {None, kind}:
        yield Finding(kind, *OTHER_TYPE)
    else:
        yield from _against_schema(resource, kind)


def _against_schema(resource: dict[str, Any], path: str) -> Iterator[Finding]:
    """Faults against the schema, of this resource and of those inside it."""
    kind = resource["resourceType"]
    if not is_type(kind):
        yield Finding(path, *NOT_A_RESOURCE)
        return
    check = validator(kind)
    if not check.is_valid(resource):
        yield from faults(kind, path, check.iter_errors(resource))
    elif kind == "Bundle" and len(resource.get("entry", ())) > MAX_ENTRIES:
        yield Finding(f"{path}.entry", *TOO_LONG)
    elif _holds_others(resource):
        for where, inside in _inside(resource, path):
            yield from _against_schema(inside, where)


def _sense(resource: dict[str, Any]) -> Iterator[Finding]:
    kind = resource["resourceType"]
    yield from check_invariants(resource, kind)
    if _holds_others(resource):
        yield from _against_contained(resource, kind)


def _against_contained(resource: dict[str, Any], path: str) -> Iterator[Finding]:
    """References to contained resources of a type that may not stand there."""
    if contained := resource.get("contained"):
        kinds = {f"#{each['id']}": each["resourceType"] for each in contained if "id" in each}
        for link in links(resource, path, extensions=False):
            if link.text in kinds and not link.allows(kinds[link.text]):
                yield Finding(link.path, *WRONG_TARGET)
    for where, inside in _inside(resource, path):
        yield from _against_contained(inside, where)


def _holds_others(resource: dict[str, Any]) -> bool:
    return "contained" in resource or resource["resourceType"] in {"Bundle", "Parameters"}


def _inside(resource: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources directly inside one, with their paths."""
    for index, each in enumerate(resource.get("contained", ())):
        yield f"{path}.contained[{index}]", each
    if resource["resourceType"] == "Bundle":
        for index, entry in enumerate(resource.get("entry", ())):
            where = f"{path}.entry[{index}]"
            if "resource" in entry:
                yield f"{where}.resource", entry["resource"]
            if "outcome" in (response := entry.get("response", {})):
                yield f"{where}.response.outcome", response["outcome"]
    elif resource["resourceType"] == "Parameters":
        yield from _in_parameters(resource.get("parameter", ()), f"{path}.parameter")


def _in_parameters(
    parameters: list[dict[str, Any]], path: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, each in enumerate(parameters):
        if "resource" in each:
            yield f"{path}[{index}].resource", each["resource"]
        yield from _in_parameters(each.get("part", []), f"{path}[{index}].part")
