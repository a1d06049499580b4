"""One pipeline for every way in: schema of the type, invariants, narrative."""

from typing import Any

from salus.rights.records.findings import Finding
from salus.rights.records.invariants import check_invariants


def validate(resource: dict[str, Any], *, resource_type: str | None = None) -> list[Finding]:
    """Every fault of a resource, decoded by a fast parser; empty when it is valid."""
    return list(check_invariants(resource, resource_type or resource["resourceType"]))
