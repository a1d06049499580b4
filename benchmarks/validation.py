"""Checking resources against FHIR R4: the schema of the type, then invariants and narrative.

The reference of each row is orjson reading the same bytes: the least that any check must wait for.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks.report import Row, paired, row, scaled
from salus.rights.records.invariants import check_invariants
from salus.rights.records.schemas import validator
from salus.rights.records.validation import validate
from salus.surfaces.demo import patients

SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "fhir-synthea"
Resources = list[dict[str, Any]]


def run() -> list[Row]:
    """Resources a second on one core, with validators already compiled."""
    count = scaled(5_000)
    made = list(islice(_entries(patients.bundles(count // 200)), count))
    rows = _rows("charts made up here", made)
    if samples := list(_entries(path.read_bytes() for path in sorted(SAMPLES.glob("*.json")))):
        rows += _rows("Synthea's charts in ../shared/samples", (samples * 8)[:count])
    return rows


def _entries(bundles: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for bundle in bundles:
        yield from (entry["resource"] for entry in orjson.loads(bundle)["entry"])


def _rows(what: str, resources: Resources) -> list[Row]:
    raw = [orjson.dumps(each) for each in resources]
    for each in resources:
        validator(each["resourceType"])

    def measured(name: str, check: Any, bar: int | None) -> Row:
        ours, theirs = paired(
            lambda: [check(each) for each in resources], lambda: [*map(orjson.loads, raw)]
        )
        rate, reference = len(resources) / ours, len(resources) / theirs
        return row(f"{name}: {what}", rate, "resources/s", reference=reference, at_least=bar)

    return [
        measured("schema", _by_schema, 25_000),
        measured("invariants and narrative", _by_invariants, None),
        measured("all of `validate`", validate, 25_000),
    ]


def _by_schema(resource: dict[str, Any]) -> bool:
    return validator(resource["resourceType"]).is_valid(resource)


def _by_invariants(resource: dict[str, Any]) -> list[object]:
    return [*check_invariants(resource, resource["resourceType"])]
