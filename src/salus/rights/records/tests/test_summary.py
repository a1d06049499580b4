"""The emergency summary: what enters it, what never does, when it stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.canonical import canonical, parse
from salus.rights.records.labels import CONFIDENTIALITY
from salus.rights.records.model import Place, UnitKind
from salus.rights.records.sections import EMERGENCY_SUMMARY, section_of
from salus.rights.records.summary import summary
from salus.rights.records.validation import validate
from salus.surfaces.demo.patients import patient as made_up

Json = dict[str, Any]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
RESTRICTED = {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}
HL7 = "http://terminology.hl7.org/CodeSystem/"
SUBJECT = {"reference": "Patient/p"}


def clinical(code: str, of: str = "allergyintolerance-clinical") -> Json:
    return {"coding": [{"system": HL7 + of, "code": code}]}


CONDITION = {
    "resourceType": "Condition",
    "id": "c",
    "subject": SUBJECT,
    "clinicalStatus": clinical("active", "condition-clinical"),
}


def patient(**more: Any) -> Json:
    return {"resourceType": "Patient", "id": "p", "name": [{"text": "Ann"}], **more}


def allergy(name: str = "a", **more: Any) -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "id": name,
        "patient": SUBJECT,
        "clinicalStatus": clinical("active"),
        "code": {"text": "Penicillin"},
        **more,
    }


def medication(status: str = "active", **more: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": status,
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": "Warfarin"},
        **more,
    }


def blood_group(name: str, at: str, text: str, status: str = "final") -> Json:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": status,
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "882-1"}]},
        "effectiveDateTime": at,
        "valueCodeableConcept": {"text": text},
    }


def made(
    *resources: Json,
    previous: Json | None = None,
    gone: tuple[str, ...] = (),
    names: dict[str, str] | None = None,
    at: datetime = NOW,
) -> Json | None:
    """The summary of resources, each by its own reference."""
    found = [(f"{each['resourceType']}/{each['id']}", each) for each in resources]
    known = names or {}
    return summary(found, previous, gone=gone, resolve=lambda url: known.get(url, url), at=at)


def of(*resources: Json, **more: Any) -> Json:
    found = made(*resources, **more)
    assert found is not None
    return found


def references(document: Json) -> list[str]:
    """What the summary says, without its own first page."""
    inside = [entry["resource"] for entry in document["entry"][1:]]
    return [f"{each['resourceType']}/{each['id']}" for each in inside]


def titles(document: Json) -> list[str]:
    return [each["title"] for each in document["entry"][0]["resource"]["section"]]


def faults(document: Json) -> list[str]:
    return [str(each) for each in validate(orjson.loads(canonical(document)))]


@pytest.mark.parametrize(
    "kept",
    [
        allergy(),
        medication(),
        blood_group("g", "2025-01-01", "A Rh positive"),
        CONDITION,
        {"resourceType": "Device", "id": "d", "status": "active", "patient": SUBJECT},
        {"resourceType": "RelatedPerson", "id": "r", "patient": SUBJECT, "active": True},
    ],
    ids=lambda each: str(each["resourceType"]),
)
def test_what_a_stranger_must_know_enters(kept: Json) -> None:
    document = of(patient(), kept)

    assert ["Patient/p", f"{kept['resourceType']}/{kept['id']}"] == references(document)
    assert [] == faults(document)


@pytest.mark.parametrize(
    "left",
    [
        allergy(meta=RESTRICTED),
        allergy(meta={"security": [{"system": CONFIDENTIALITY, "code": "V"}]}),
        allergy(clinicalStatus=clinical("resolved")),
        allergy(verificationStatus=clinical("refuted", "allergyintolerance-verification")),
        medication("stopped"),
        medication("entered-in-error"),
        blood_group("g", "2025-01-01", "A", status="entered-in-error"),
        {"resourceType": "Device", "id": "d", "status": "inactive", "patient": SUBJECT},
        {"resourceType": "RelatedPerson", "id": "r", "patient": SUBJECT, "active": False},
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        },
        {"resourceType": "Encounter", "id": "e", "status": "finished"},
    ],
    ids=lambda each: f"{each['resourceType']}-{each.get('status', '')}",
)
def test_what_is_restricted_over_or_beside_the_point_stays_out(left: Json) -> None:
    assert ["Patient/p"] == references(of(patient(), left))


def test_the_patient_is_named_and_nothing_else_of_the_person_is_told() -> None:
    person = patient(
        birthDate="1970-01-01",
        address=[{"city": "Lyon"}],
        telecom=[{"system": "phone", "value": "1"}],
        identifier=[{"value": "7"}],
        contact=[{"name": {"text": "Bob"}}],
    )
    (first,) = (entry["resource"] for entry in of(person)["entry"][1:])

    assert {"resourceType", "id", "name", "birthDate", "contact"} == first.keys()


def test_the_newest_blood_group_is_told() -> None:
    old, new = blood_group("old", "2001-01-01", "B"), blood_group("new", "2020-05-05", "A")

    assert ["Patient/p", "Observation/new"] == references(of(patient(), new, old))


def test_a_medication_stands_beside_what_names_it() -> None:
    drug = {"resourceType": "Medication", "id": "x", "code": {"text": "Insulin"}}
    other = {**drug, "id": "y"}
    order = medication(medicationReference={"reference": "urn:uuid:x"})
    del order["medicationCodeableConcept"]
    document = of(patient(), order, drug, other, names={"urn:uuid:x": "Medication/x"})

    assert {"Patient/p", "MedicationRequest/m", "Medication/x"} == set(references(document))
    assert [] == faults(document)
    ended = of(medication("stopped"), previous=document)
    assert ["Patient/p"] == references(ended)


def test_sections_that_are_empty_say_that_nothing_is_known() -> None:
    document = of(patient())
    composition = document["entry"][0]["resource"]

    assert ["Allergies and intolerances", "Medication", "Problems"] == titles(document)
    assert all("emptyReason" in each for each in composition["section"])


def test_a_summary_is_joined_to_what_came_before() -> None:
    first = of(patient(), allergy())
    second = of(medication(), previous=first, at=NOW + timedelta(days=1))
    third = of(previous=second, gone=("AllergyIntolerance/a",))

    assert ["Patient/p", "AllergyIntolerance/a", "MedicationRequest/m"] == references(second)
    assert ["Patient/p", "MedicationRequest/m"] == references(third)
    assert "2026-01-06T09:00:00Z" == second["timestamp"]


def test_what_becomes_restricted_leaves_the_summary() -> None:
    first = of(patient(), allergy())

    assert ["Patient/p"] == references(of(allergy(meta=RESTRICTED), previous=first))


def test_a_summary_that_would_say_the_same_is_none() -> None:
    first = parse(canonical(of(patient(), allergy())))
    later = NOW + timedelta(days=9)

    assert made(allergy(), previous=first, at=later) is None
    assert made(patient(telecom=[{"value": "2"}]), previous=first, at=later) is None
    assert made(medication("stopped"), previous=first, at=later) is None
    assert made() is None


def test_ids_are_random_and_stay_over_versions() -> None:
    first, other = of(patient()), of(patient())
    second = of(allergy(), previous=first)

    assert first["id"] != other["id"]
    assert (first["id"], first["identifier"]) == (second["id"], second["identifier"])
    assert [first["entry"][0]["fullUrl"], first["entry"][1]["fullUrl"]] == [
        each["fullUrl"] for each in second["entry"][:2]
    ]


def test_a_summary_lies_in_its_own_section() -> None:
    assert Place(EMERGENCY_SUMMARY, UnitKind.SECTION).section == section_of(of(patient()))


_RESOURCES = st.lists(
    st.one_of(
        st.builds(
            allergy,
            st.sampled_from("abc"),
            code=st.sampled_from([{"text": "Nuts"}, {"text": "Latex"}]),
        ),
        st.builds(
            allergy,
            st.sampled_from("abc"),
            meta=st.just(RESTRICTED),
            code=st.just({"text": "Hidden"}),
        ),
        st.builds(medication, st.sampled_from(["active", "stopped", "draft"])),
        st.builds(
            blood_group,
            st.sampled_from("gh"),
            st.sampled_from(["2001", "2020-02-02"]),
            st.sampled_from(["A", "B"]),
        ),
    ),
    max_size=8,
)


@given(_RESOURCES, _RESOURCES)
def test_it_says_the_same_whether_it_came_at_once_or_in_two_parts(
    first: list[Json], second: list[Json]
) -> None:
    at_once = of(patient(), *first, *second)
    before = of(patient(), *first)
    after = made(*second, previous=before) or before

    said = [each["resource"] for each in at_once["entry"][1:]]
    groups = [each for each in said if each["resourceType"] == "Observation"]
    assert "Hidden" not in str(at_once) + str(after)
    assert len(groups) <= 1
    if not groups:
        assert said == [each["resource"] for each in after["entry"][1:]]
    assert [] == faults(at_once)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_summaries_of_made_up_patients_are_valid(seed: int) -> None:
    entries = parse(made_up(seed))["entry"]
    names = {
        each["fullUrl"]: f"{each['resource']['resourceType']}/{each['resource']['id']}"
        for each in entries
    }
    document = of(*(each["resource"] for each in entries), names=names)

    assert [] == faults(document)
    assert len(document["entry"]) > 2
