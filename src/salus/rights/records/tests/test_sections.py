"""Each R4 type has one place; an Observation goes by its category; labels restrict."""

from collections import Counter
from typing import Any

import pytest

from salus.rights.records.labels import is_restricted
from salus.rights.records.sections import (
    KEEPING_OF,
    OTHER,
    SECTION_OF,
    SECTIONS,
    Keeping,
    section_of,
)
from salus.rights.records.types import resource_types

CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
DIAGNOSTICS = "http://terminology.hl7.org/CodeSystem/v2-0074"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def observation(*codes: tuple[str, str]) -> dict[str, Any]:
    codings = [{"system": system, "code": code} for system, code in codes]
    return {"resourceType": "Observation", "category": [{"coding": [each]} for each in codings]}


def test_every_type_of_r4_has_exactly_one_place() -> None:
    placed = Counter([*SECTION_OF, "Observation"])
    for keeping in Keeping:
        placed.update(keeping.value.split())

    assert Counter(resource_types()) == placed
    assert set(KEEPING_OF).isdisjoint(SECTION_OF)


def test_44_types_are_not_stored() -> None:
    assert 44 == len(Keeping.NOT_STORED.types())


def test_sections_have_the_codes_1_to_15() -> None:
    assert list(range(1, 16)) == list(SECTIONS)
    assert 15 == len(set(SECTIONS.values()))


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("social-history", "demographics-and-social"),
        ("vital-signs", "vital-signs"),
        ("activity", "vital-signs"),
        ("laboratory", "laboratory"),
        ("imaging", "imaging-and-reports"),
        ("exam", "encounters-and-notes"),
        ("survey", "encounters-and-notes"),
        ("therapy", "encounters-and-notes"),
        ("procedure", "procedures"),
        ("genomics", "genomics"),
        ("dream", "other"),
    ],
)
def test_an_observation_goes_by_its_category(code: str, section: str) -> None:
    assert section == SECTIONS[section_of(observation((CATEGORIES, code))) or 0]


def test_an_observation_without_category_is_other() -> None:
    assert "other" == SECTIONS[section_of({"resourceType": "Observation"}) or 0]


def test_a_genetic_test_of_hl7_v2_is_genomics() -> None:
    assert "genomics" == SECTIONS[section_of(observation((DIAGNOSTICS, "GE"))) or 0]
    assert "other" == SECTIONS[section_of(observation(("http://a.example", "GE"))) or 0]


def test_of_several_categories_the_first_in_order_wins() -> None:
    order = "genomics laboratory imaging vital-signs procedure social-history activity exam"
    codes = [(CATEGORIES, code) for code in reversed(order.split())]

    while codes:
        alone = section_of(observation(codes[-1]))

        assert alone == section_of(observation(*codes))
        codes.pop()


@pytest.mark.parametrize(
    ("kind", "section"), [("document", "emergency-summary"), ("collection", "other")]
)
def test_only_a_document_is_an_emergency_summary(kind: str, section: str) -> None:
    bundle = {"resourceType": "Bundle", "type": kind}

    assert section == SECTIONS[section_of(bundle) or 0]


def test_a_coding_without_code_says_nothing() -> None:
    category = [{"coding": [{"display": "Vital signs"}]}, {"text": "laboratory"}]

    assert section_of({"resourceType": "Observation", "category": category}) == OTHER


def test_other_types_have_their_section_or_none() -> None:
    assert SECTIONS[9] == SECTIONS[section_of({"resourceType": "CarePlan"}) or 0]
    assert section_of({"resourceType": "Practitioner"}) is None


@pytest.mark.parametrize(("code", "restricted"), [("R", True), ("V", True), ("N", False)])
def test_a_label_of_confidentiality_restricts(code: str, restricted: bool) -> None:  # noqa: FBT001 - a column
    security = [{"system": CONFIDENTIALITY, "code": code}]

    assert restricted == is_restricted({"meta": {"security": security}})


def test_a_code_of_another_system_restricts_nothing() -> None:
    security = [{"system": "http://a.example", "code": "R"}, {"code": "V"}]

    assert not is_restricted({"meta": {"security": security}})
    assert not is_restricted({})
