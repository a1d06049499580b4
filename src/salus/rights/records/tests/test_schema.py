"""Each file under `schema/` is named after its one fault; those under `schema/valid` have none."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.rights.records.findings import Finding
from salus.rights.records.links import Link, links
from salus.rights.records.schemas import MAX_ARRAY, schema, validator
from salus.rights.records.types import binding, elements, resource_types
from salus.rights.records.validation import MAX_ENTRIES, MAX_FINDINGS, validate

FOLDER = Path(__file__).parent / "schema"
EXPECTED: dict[str, list[str]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
PATIENT = {"resourceType": "Patient", "id": "p"}


def read(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def places(findings: list[Finding]) -> list[list[str]]:
    return [[found.path, found.code] for found in findings]


@pytest.mark.parametrize("path", sorted((FOLDER / "valid").iterdir()), ids=lambda path: path.stem)
def test_what_the_standard_allows_has_no_fault(path: Path) -> None:
    assert [] == validate(read(path))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[!e]*.json")), ids=lambda path: path.stem)
def test_a_fault_is_found_once_and_at_its_place(path: Path) -> None:
    assert [EXPECTED[path.stem]] == places(validate(read(path)))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_finding_tells_what_is_wrong_and_what_to_do(name: str) -> None:
    (found,) = validate(read(FOLDER / f"{name}.json"))

    assert found.message.endswith(".")
    assert found.hint.endswith(".")


def test_no_value_of_the_patient_is_in_a_finding() -> None:
    marker = "QX7MARKER"
    patient = PATIENT | {"gender": marker, "birthDate": marker, "photo": [{"data": marker * 3}]}

    findings = validate(patient)

    assert {"Patient.gender", "Patient.birthDate", "Patient.photo[0].data"} == {
        found.path for found in findings
    }
    assert marker not in repr(findings)


@pytest.mark.parametrize("resource_type", resource_types())
def test_the_schema_of_every_type_compiles(resource_type: str) -> None:
    assert not jsonschema_rs.Draft4Validator(schema(resource_type)).is_valid({})


def test_the_type_that_the_caller_expects_counts() -> None:
    assert [["Patient", "structure"]] == places(validate(PATIENT, resource_type="Observation"))
    assert [] == validate(PATIENT, resource_type="Patient")


def test_findings_end_at_a_hundred() -> None:
    patient = PATIENT | {f"x{number}": 1 for number in range(MAX_FINDINGS + 20)}

    assert MAX_FINDINGS == len(validate(patient))


def test_an_array_ends_at_twenty_thousand() -> None:
    names = [{"family": "Doe"}] * MAX_ARRAY

    assert [] == validate(PATIENT | {"name": names})
    assert [["Patient.name", "too-long"]] == places(
        validate(PATIENT | {"name": [*names, {"family": "Doe"}]})
    )


def test_a_bundle_ends_at_ten_thousand_entries() -> None:
    entries = [{"resource": PATIENT}] * (MAX_ENTRIES + 1)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}

    assert [["Bundle.entry", "too-long"]] == places(validate(bundle))


def test_a_text_ends_at_a_mebi_of_characters() -> None:
    most = "é" * 1_048_576

    assert [] == validate(PATIENT | {"name": [{"text": most}]})
    assert [["Patient.name[0].text", "too-long"]] == places(
        validate(PATIENT | {"name": [{"text": most + "é"}]})
    )


def test_base64_has_no_such_end() -> None:
    photo = {"contentType": "image/png", "data": "AAAA" * 300_000}

    assert [] == validate(PATIENT | {"photo": [photo]})


def test_what_no_parser_lets_through_is_refused_and_raises_nothing() -> None:
    extension: dict[str, Any] = {"url": "a", "valueString": "x"}
    for _ in range(1500):
        extension = {"url": "a", "extension": [extension]}

    assert [["Patient", "too-long"]] == places(validate(PATIENT | {"extension": [extension]}))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_a_date_is_a_day_of_the_calendar(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
        exists = True
    except ValueError:
        exists = False
    text = f"{year:04}-{month:02}-{day:02}"
    check = validator("Patient")

    assert exists == check.is_valid(PATIENT | {"birthDate": text})
    assert exists == check.is_valid(PATIENT | {"deceasedDateTime": f"{text}T10:00:00Z"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "given", "_given", "contained", "extension", "url", "id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["Patient", "Bundle", "Parameters"]), JSON, JSON)
def test_nothing_that_json_can_say_raises(kind: str, first: Any, second: Any) -> None:
    resource = {"resourceType": kind, "contained": first, "name": second, "entry": [second]}
    before = copy.deepcopy(resource)

    validate(resource)

    assert before == resource


def test_links_name_path_text_and_targets() -> None:
    resource = {
        "resourceType": "Observation",
        "subject": {"reference": "Patient/1"},
        "performer": [{"display": "A"}, {"reference": "urn:uuid:x"}],
        "_status": {"extension": [{"url": "a", "valueReference": {"reference": "Group/2"}}]},
        "contained": [{"resourceType": "Basic", "subject": {"reference": "Patient/9"}}],
    }

    found = {link.path: link for link in links(resource)}

    subject = Link("Observation.subject", "Patient/1", ("Device", "Group", "Location", "Patient"))
    assert subject == found["Observation.subject"]
    assert found["Observation.performer[1]"].allows("Practitioner")
    assert not found["Observation.performer[1]"].allows("Encounter")
    assert found["Observation.status.extension[0].valueReference"].allows("Encounter")
    assert 3 == len(found)


def test_every_type_that_an_element_names_exists() -> None:
    todo, seen = list(resource_types()), set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        kinds = {kind for each in elements(name) for kind in each.kinds if kind[0].isupper()}
        todo.extend(kinds - seen - {"Resource"})

    assert {"Timing.repeat", "Observation.component", "SimpleQuantity"} <= seen


def test_a_value_set_is_expanded_or_open() -> None:
    closed = binding("http://hl7.org/fhir/ValueSet/administrative-gender")

    codes = ["female", "male", "other", "unknown"]
    assert {"http://hl7.org/fhir/administrative-gender": codes} == closed
    assert binding("http://hl7.org/fhir/ValueSet/mimetypes") is None
