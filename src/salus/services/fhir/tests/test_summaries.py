"""Every import leaves an emergency summary that says what the record says, and no more."""

import json
from typing import Any

from sqlalchemy import select

from salus.kernel.ids import RecordId, record_text
from salus.rights.custody.reading import read
from salus.rights.records.labels import CONFIDENTIALITY
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.tables import EmergencySummary, Object, Unit
from salus.rights.records.validation import validate
from tests.journeys.stage import ALLERGY, PERSON, bundle, observation
from tests.support.scene import Scene, chart, new_patient, of_patient, scene

SUMMARY = SECTIONS[EMERGENCY_SUMMARY]


def summary(stage: Scene, record: RecordId) -> dict[str, Any]:
    """The summary as its patient reads it."""
    units = stage.units(record, SUMMARY)
    opened = read(stage.node, stage.keepers, stage.subject(record), record, units)
    (unit,) = opened.units
    (raw,) = unit.resources.values()
    found: dict[str, Any] = json.loads(raw)
    return found


def said(stage: Scene, record: RecordId) -> list[str]:
    inside = [entry["resource"] for entry in summary(stage, record)["entry"][1:]]
    return [each["resourceType"] for each in inside]


def objects(stage: Scene, record: RecordId) -> int:
    """How often a summary was sealed."""
    mine = select(Object).join(Unit, Unit.unit == Object.unit)
    of_summary = mine.where(Unit.record == record_text(record), Unit.section == EMERGENCY_SUMMARY)
    with stage.node.reading() as session:
        return len(list(session.scalars(of_summary)))


def take(stage: Scene, *resources: dict[str, Any]) -> RecordId:
    record = stage.take(bundle(*resources))
    stage.announce()
    return record


def labeled(resource: dict[str, Any], code: str) -> dict[str, Any]:
    return resource | {"meta": {"security": [{"system": CONFIDENTIALITY, "code": code}]}}


def test_a_record_has_a_valid_summary_from_its_first_version() -> None:
    stage = scene()
    record = stage.record()

    assert ["Patient", "AllergyIntolerance"] == said(stage, record)
    assert [] == validate(summary(stage, record))


def test_a_summary_that_says_the_same_makes_no_new_object() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.record(patient, "13.0 g/dL")

    assert 1 == objects(stage, record)


def test_a_later_import_of_one_resource_is_joined_to_the_summary() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    first = summary(stage, record)
    take(stage, of_patient(PERSON | {"birthDate": "1971-02-03"}, patient))
    second = summary(stage, record)

    assert "1971-02-03" == second["entry"][1]["resource"]["birthDate"]
    assert ["Patient", "AllergyIntolerance"] == said(stage, record)
    assert (first["id"], 2) == (second["id"], objects(stage, record))


def test_what_is_labeled_restricted_never_enters() -> None:
    stage, patient = scene(), new_patient()
    hidden = labeled(of_patient(ALLERGY, patient), "R")
    record = take(stage, of_patient(PERSON, patient), hidden)

    assert ["Patient"] == said(stage, record)


def test_what_becomes_restricted_leaves_the_summary() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    take(
        stage,
        of_patient(PERSON, patient),
        labeled(of_patient(ALLERGY, patient), "V"),
        of_patient(observation("o1", "12.0 g/dL"), patient),
    )

    assert ["Patient"] == said(stage, record)


def test_a_record_from_before_summaries_gets_no_incomplete_one() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    with stage.node.sessions() as session, session.begin():
        session.delete(session.get_one(EmergencySummary, record_text(record)))
    take(stage, of_patient(PERSON | {"birthDate": "1971-02-03"}, patient))

    assert 1 == objects(stage, record)


def test_the_source_keeps_its_summary_sealed() -> None:
    stage = scene()
    record = stage.record()
    with stage.node.reading() as session:
        sealed = session.get_one(EmergencySummary, record_text(record)).sealed

    assert b"Patient" not in sealed
    assert b"Patient" in chart("p")
