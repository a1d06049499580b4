"""Bad input: what is said of it, where it says the fault is, and that nothing is stored."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    Said,
    bundle,
    chart,
    observation,
    opening,
    record_of,
    run,
    written,
)

FILES = Path(__file__).parent / "files"


def stored(home: Path) -> dict[str, int | tuple[str, ...]]:
    """How much is in every database of a home, and what is in its vault."""
    found: dict[str, int | tuple[str, ...]] = {}
    for place in sorted(home.rglob("*.db")):
        with closing(sqlite3.connect(place)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                count = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
                found[f"{place.relative_to(home)}:{name}"] = count[0]
    vault = (each for each in (home / "vault").rglob("*") if each.is_file())
    found["vault"] = tuple(sorted(each.name for each in vault if each.suffix != ".lock"))
    return found


SAID = {
    "not_json.json": ("line 5, column 3", "is not JSON"),
    "not_json_at_all.csv": ("line 1, column 1", "is not JSON"),
    "duplicate_keys.json": ("line 5, column 3", "The key status stands twice"),
    "lone_surrogate.json": ("line 6, column 23", "half of a character"),
    "nan.json": ("line 7, column 18", "NaN is not a JSON number"),
    "unknown_property.json": ("resource: Observation.statuss", "does not exist in FHIR R4"),
    "missing_status.json": ("resource: Observation.status", "must be there"),
    "many_where_one.json": ("resource: Observation.subject", "An object must stand here"),
    "two_values.json": ("resource: Observation.value[x]", "Only one type of this element"),
    "no_such_day.json": ("resource: Patient.birthDate", "not a day of the calendar"),
    "no_such_code.json": ("resource: Observation.status", "not one of those that FHIR R4 allows"),
    "reference_of_wrong_type.json": (
        "resource: Observation.subject.reference",
        "not a reference to a resource of a type that is allowed here",
    ),
    "urn_of_wrong_type.json": (
        "Bundle.entry[1].resource: Observation.encounter",
        "refers to a resource of type Patient",
    ),
    "narrative_with_script.json": ("resource: Patient.text", "element script is not allowed"),
    "narrative_with_dtd.json": (
        "resource: Patient.text",
        "document type declaration is not allowed",
    ),
    "reference_to_nowhere.json": (
        "Bundle.entry[1].resource: Observation.performer[0]",
        "refers to something that is neither in this import nor in this home",
    ),
    "bundle_of_messages.json": ("Bundle.type", "A Bundle of type message cannot be imported"),
    "no_resource_type.json": ("resource", "is not a FHIR resource"),
    "no_id.json": ("resource", "has neither an id nor a fullUrl"),
    "line_two_is_not_json.ndjson": ("line 2, column 37", "is not JSON"),
    "line_three_is_not_fhir.ndjson": ("line 3: Observation.status", "must be there"),
    "same_line_twice.ndjson": ("line 2", "the same resource stands twice"),
}
"""By the name of a file, where its fault is said to be and what is said of it."""


def refused(home: Path, place: Path) -> tuple[str, str]:
    """Import a file that must be refused without a trace: where and why."""
    before = stored(home)
    said = run(home, "import", place, "--json")
    (entry,) = said.json()["refused"]
    told = run(home, "import", place)

    assert said.status == told.status == 1
    assert set(entry) == {"file", "where", "error", "hint"}
    assert entry["file"] == str(place)
    assert all(entry.values())
    assert said.json()["records"] == []
    assert str(place) in told.err
    assert entry["error"] in told.err
    assert entry["hint"] in told.err
    assert entry["where"] in told.err
    assert before == stored(home)
    return entry["where"], entry["error"]


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_bad_file_is_refused_with_its_place_and_leaves_nothing(founded: Path, name: str) -> None:
    where, fault = refused(founded, FILES / name)

    assert where == SAID[name][0]
    assert SAID[name][1] in fault


def test_every_bad_file_has_its_expectation() -> None:
    assert {each.name for each in FILES.iterdir()} == set(SAID)
