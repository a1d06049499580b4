"""One pipeline for every way in: schema of the type, invariants, narrative.

Before it comes the parser (`kernel.canonical.parse`), which limits size and depth and refuses
duplicate keys; after it the importer, which resolves references from one resource to another.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from salus.rights.records.faults import TOO_LONG, WRONG_TARGET, faults
from salus.rights.records.findings import Finding
from salus.rights.records.invariants import check_invariants
from salus.rights.records.links import is_type, links_inward
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


def get_ready(names: Iterable[str]) -> None:
    """Compile ahead what checking resources of these types needs; other names are left aside."""
    for name in names:
        if is_type(name):
            validator(name)


def validate(resource: Any, *, resource_type: str | None = None) -> list[Finding]:
    """Up to 100 faults of a resource; none when it is valid FHIR R4.

    resource: decoded by orjson, with what it contains. It is only read.
    resource_type: the type it must be of, if the caller knows.
    """
    findings: list[Finding] = []
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind is None or not is_type(kind):
        findings.append(Finding("Resource", *NOT_A_RESOURCE))
    elif resource_type is not None and resource_type != kind:
        findings.append(Finding(kind, *OTHER_TYPE))
    else:
        _check_shape(resource, kind, findings)
        if not findings:
            _check_sense(resource, kind, findings)
    return list(dict.fromkeys(findings))[:MAX_FINDINGS] if findings else findings


def _check_shape(resource: dict[str, Any], path: str, findings: list[Finding]) -> None:
    """Faults against the schema, of this resource and of those inside it."""
    kind = resource["resourceType"]
    if not is_type(kind):
        findings.append(Finding(path, *NOT_A_RESOURCE))
        return
    check = validator(kind)
    if not check.is_valid(resource):
        findings += islice(faults(kind, path, check.iter_errors(resource)), MAX_FINDINGS)
    elif kind == "Bundle" and len(resource.get("entry", ())) > MAX_ENTRIES:
        findings.append(Finding(f"{path}.entry", *TOO_LONG))
    elif _holds_others(resource):
        for where, inside in _inside(resource, path):
            if len(findings) < MAX_FINDINGS:
                _check_shape(inside, where, findings)


def _check_sense(resource: dict[str, Any], path: str, findings: list[Finding]) -> None:
    """Faults that only show when elements are compared; the shape of everything is good."""
    try:
        findings += islice(check_invariants(resource, path), MAX_FINDINGS)
        if _holds_others(resource):
            _check_contained(resource, path, findings)
    except RecursionError:
        findings.append(Finding(path, *TOO_NESTED))


def _check_contained(resource: dict[str, Any], path: str, findings: list[Finding]) -> None:
    """References to contained resources of a type that may not stand there."""
    if contained := resource.get("contained"):
        kinds = {f"#{each['id']}": each["resourceType"] for each in contained if "id" in each}
        findings += [
            Finding(link.path, *WRONG_TARGET)
            for link in links_inward(resource, path)
            if link.text in kinds and not link.allows(kinds[link.text])
        ]
    for where, inside in _inside(resource, path):
        if _holds_others(inside):
            _check_contained(inside, where, findings)


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
