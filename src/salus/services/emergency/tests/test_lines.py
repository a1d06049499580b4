"""A summary in lines, in the order in which a helper wants them; nothing is left out silently."""

from typing import Any

import pytest

from salus.services.emergency.lines import KINDS, LONGEST, Line, lines_of

Json = dict[str, Any]


def lines(*resources: Json) -> list[tuple[str, str]]:
    inside = [{"resource": {"id": str(at), **each}} for at, each in enumerate(resources)]
    found = lines_of({"entry": [{"resource": {"resourceType": "Composition"}}, *inside]})
    return [(line.kind, line.text) for line in found]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (
            {
                "resourceType": "Patient",
                "name": [{"given": ["Wei"], "family": "Zhang"}, {"text": "Other"}],
                "birthDate": "1970-01-01",
                "contact": [
                    {
                        "name": {"text": "Bob"},
                        "relationship": [{"text": "brother"}],
                        "telecom": [{"value": "+33 1"}],
                    }
                ],
            },
            [("name", "Wei Zhang"), ("born", "1970-01-01"), ("contact", "Bob, brother, +33 1")],
        ),
        (
            {
                "resourceType": "AllergyIntolerance",
                "code": {"coding": [{"code": "7980", "display": "Penicillin"}]},
                "criticality": "high",
                "reaction": [{"manifestation": [{"text": "Hives"}]}],
            },
            [("allergy", "Penicillin, high risk, Hives")],
        ),
        (
            {
                "resourceType": "MedicationRequest",
                "medicationCodeableConcept": {"text": "Warfarin"},
                "dosageInstruction": [{"text": "5 mg daily"}],
            },
            [("medication", "Warfarin, 5 mg daily")],
        ),
        (
            {
                "resourceType": "Observation",
                "valueCodeableConcept": {"text": "A Rh positive"},
                "effectiveDateTime": "2025-02-03T10:00:00Z",
            },
            [("blood", "A Rh positive (2025-02-03)")],
        ),
        ({"resourceType": "Device", "type": {"text": "Pacemaker"}}, [("device", "Pacemaker")]),
        ({"resourceType": "RelatedPerson", "name": [{"text": "Eve"}]}, [("contact", "Eve")]),
    ],
    ids=lambda each: each["resourceType"] if isinstance(each, dict) else "",
)
def test_each_resource_is_told_in_a_line(resource: Json, expected: list[tuple[str, str]]) -> None:
    assert expected == lines(resource)


@pytest.mark.parametrize("kind", ["AllergyIntolerance", "MedicationRequest", "Condition"])
def test_what_has_no_name_is_seen_all_the_same(kind: str) -> None:
    ((_, text),) = lines({"resourceType": kind})

    assert "?" == text


def test_a_medication_is_named_by_the_resource_beside_it() -> None:
    drug = {"resourceType": "Medication", "id": "x", "code": {"text": "Insulin"}}
    order = {
        "resourceType": "MedicationRequest",
        "medicationReference": {"reference": "Medication/x"},
    }

    assert [("medication", "Insulin")] == lines(order, drug)


def test_lines_stand_in_the_order_of_their_kinds_and_once() -> None:
    problem = {"resourceType": "Condition", "code": {"text": "Asthma"}}
    allergy = {"resourceType": "AllergyIntolerance", "code": {"text": "Nuts"}}

    assert [("allergy", "Nuts"), ("problem", "Asthma")] == lines(problem, allergy, problem)


def test_a_line_is_cut_where_a_card_ends() -> None:
    ((_, text),) = lines({"resourceType": "Condition", "code": {"text": "x" * 999}})

    assert LONGEST == len(text)
    assert Line("problem", text).kind in KINDS
