import json
import re
from collections import Counter
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.rights.records.validation import validate
from salus.surfaces.demo import patients
from salus.surfaces.demo.patients.errors import TooFewResources

KINDS = (
    "Patient Organization Location Practitioner PractitionerRole Encounter Condition"
    " AllergyIntolerance MedicationRequest Immunization Observation DiagnosticReport Procedure"
    " CarePlan CareTeam Claim ExplanationOfBenefit DocumentReference Device ImagingStudy"
)
REFERENCE = re.compile(rb'"reference":"([^"#]+)"')
FEW = settings(max_examples=15, deadline=None)
SEEDS = st.integers(min_value=0, max_value=10**6)


def resources(bundle: bytes) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in json.loads(bundle)["entry"]]


@FEW
@given(SEEDS)
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    assert patients.patient(seed) == patients.patient(seed)
    assert patients.patient(seed) != patients.patient(seed + 1)


def test_a_patient_is_the_same_on_every_machine() -> None:
    found = sha256(patients.patient(1) + patients.directory()).hexdigest()

    assert found == GOLDEN


@FEW
@given(SEEDS, st.integers(min_value=patients.LEAST, max_value=400))
def test_a_patient_has_the_resources_asked_for_and_every_kind(seed: int, count: int) -> None:
    found = Counter(
        each["resourceType"] for each in resources(patients.patient(seed, resources=count))
    )

    assert count == found.total()
    assert set(found) == set(KINDS.split())
    assert found["Patient"] == 1


@FEW
@given(SEEDS, st.integers(min_value=patients.LEAST, max_value=400))
def test_every_reference_resolves_inside_the_bundle(seed: int, count: int) -> None:
    bundle = patients.patient(seed, resources=count)
    names = {entry["fullUrl"].encode() for entry in json.loads(bundle)["entry"]}

    assert count == len(names)
    assert set(REFERENCE.findall(bundle)) <= names


@FEW
@given(SEEDS)
def test_every_reference_of_the_lines_names_another_line(seed: int) -> None:
    lines = patients.ndjson(seed, 100).splitlines()
    named = {f"{each['resourceType']}/{each['id']}" for each in map(json.loads, lines)}
    used = {name.decode() for line in lines for name in REFERENCE.findall(line)}

    assert len(named) == 100
    assert used <= named


def test_the_lines_hold_the_resources_of_the_bundle() -> None:
    lines = [json.loads(line)["id"] for line in patients.ndjson(5, 90).splitlines()]

    assert [each["id"] for each in resources(patients.patient(5, resources=90))] == lines


def test_the_observations_cover_every_category_that_moves_one() -> None:
    found = {
        coding["code"]
        for each in resources(patients.patient(9))
        if each["resourceType"] == "Observation"
        for category in each["category"]
        for coding in category["coding"]
    }

    assert {"vital-signs", "laboratory", "social-history", "survey", "GE"} == found


def test_a_changed_patient_differs_in_three_resources() -> None:
    before = resources(patients.patient(4))
    after = resources(patients.patient(4, changed=True))
    differing = [b["resourceType"] for a, b in zip(before, after, strict=True) if a != b]

    assert [each["id"] for each in before] == [each["id"] for each in after]
    assert sorted(differing) == ["MedicationRequest", "Observation", "Patient"]


def test_asking_for_a_changed_patient_leaves_the_directory_alone() -> None:
    before = patients.directory()
    patients.patient(4, changed=True)

    assert before == patients.directory()


def test_a_marker_stands_in_every_resource_about_the_patient() -> None:
    directory = {each["id"] for each in resources(patients.directory())}
    about = [
        each
        for each in resources(patients.patient(2, marker="Zyxmarker"))
        if each["id"] not in directory
    ]

    assert len(about) > 100
    assert all("Zyxmarker" in json.dumps(each) for each in about)
    assert b"Zyxmarker" not in patients.patient(2)


def test_the_text_keeps_zeros_exponents_and_other_scripts() -> None:
    text = b"".join(patients.bundles(8)).decode()

    assert re.search(r'"value":\d+\.\d*0,', text)
    assert re.search(r'"value":\d\.\d0E3,', text)
    assert re.search(r"[一-鿿]", text)
    assert '"given":["' in text
    assert "[null," in text


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_every_resource_is_valid_fhir_r4(seed: int) -> None:
    lines = [json.loads(line) for line in patients.ndjson(seed, 120).splitlines()]
    every = [*resources(patients.patient(seed, changed=True)), *lines]

    assert [finding for each in every for finding in validate(each)] == []


def test_the_directory_is_valid_fhir_r4() -> None:
    assert [finding for each in resources(patients.directory()) for finding in validate(each)] == []


def test_too_few_resources_are_refused() -> None:
    with pytest.raises(TooFewResources, match="at least 40 resources, and 39"):
        patients.patient(1, resources=39)


def test_the_hospitals_of_a_patient_stand_in_the_directory() -> None:
    every = {each["id"]: each for each in resources(patients.directory())}
    own = [each for each in resources(patients.patient(7)) if each["resourceType"] in _PLACES]

    assert len(every) == 32
    assert [every[each["id"]] for each in own] == own
    assert len(own) == 4


_PLACES = {"Organization", "Location", "Practitioner", "PractitionerRole"}
GOLDEN = "ec012cd89cc6c44ec4a82215b13bcfc0e8f868f296ccdc926ff3457122cca404"
