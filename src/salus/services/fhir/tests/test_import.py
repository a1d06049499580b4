"""What an import makes of a document: records, versions, units; and what it leaves alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.work import Work
from salus.rights.consent import ledger
from salus.rights.consent.authority import claiming
from salus.rights.custody.reading import Opened, read
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.errors import BadSignature
from salus.rights.records import listing
from salus.rights.records import service as records
from salus.rights.records.errors import (
    InvalidResource,
    StaleRoot,
)
from salus.rights.records.ledger import on_ledger
from salus.rights.records.model import UnitKind, Version
from salus.rights.records.tables import SealedVersion
from salus.rights.records.versions import record_root_of
from salus.services.fhir import service as importing
from salus.services.fhir.errors import (
    PatientUnknown,
    ReferenceUnresolved,
    TwiceInFile,
    TypeNotStored,
)
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import FINISH, known_in, take
from tests.journeys.stage import ALLERGY, PERSON, bundle, observation
from tests.support.scene import Scene, chart, new_patient, of_patient, scene


def newest(stage: Scene, record: RecordId) -> Version:
    with stage.node.reading() as session:
        return records.newest_version(session, record)


def opened(stage: Scene, record: RecordId, *sections: str) -> Opened:
    units = stage.units(record, *sections)
    return read(stage.node, stage.keepers, stage.subject(record), record, units)


def current(stage: Scene, record: RecordId, *sections: str) -> dict[tuple[str, int], bytes]:
    """Every current resource by reference and kind of unit."""
    given = opened(stage, record, *(sections or ("laboratory",)))
    return {
        (reference, unit.place.kind): raw
        for unit in given.units
        for reference, raw in unit.resources.items()
    }


def one(patient: str, *resources: dict[str, Any]) -> bytes:
    return bundle(*(of_patient(each, patient) for each in (PERSON, *resources)))


def deleting(patient: str, *references: str) -> bytes:
    """A transaction that takes resources out of a record."""
    person = {"resource": of_patient(PERSON, patient)}
    entries = [{"request": {"method": "DELETE", "url": each}} for each in references]
    content = {"resourceType": "Bundle", "type": "transaction", "entry": [person, *entries]}
    return json.dumps(content).encode()


def versions(stage: Scene) -> int:
    with stage.node.reading() as session:
        return session.scalar(select(func.count()).select_from(SealedVersion)) or 0


def test_a_document_becomes_one_record_with_its_sections() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    with stage.node.reading() as session:
        summary = listing.summary(session, record)

    assert f"Patient/{patient}" == summary.patient
    assert 1 == summary.version
    assert {
        "demographics-and-social": 1,
        "allergies": 1,
        "laboratory": 1,
        "emergency-summary": 1,
    } == summary.sections
    assert summary.is_anchored


def test_the_ledger_has_the_root_of_the_newest_version() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.record(patient, "13.0 g/dL")
    found = on_ledger(stage.node, record)

    assert (2, record_root_of(newest(stage, record))) == (found.version, found.root)
    assert stage.consortium.hospital.address == found.source


def test_the_same_document_again_changes_nothing() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    before, count = newest(stage, record), versions(stage)

    assert record == stage.record(patient)
    assert before == newest(stage, record)
    assert count == versions(stage)


def test_a_change_makes_a_version_of_what_changed_only() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    before = newest(stage, record)
    stage.record(patient, "13.5 g/dL")
    after = newest(stage, record)

    assert 2 == after.header.version
    assert record_root_of(before) == after.header.previous
    assert len(before.objects) + 1 == len(after.objects)
    assert set(before.objects) < set(after.objects)
    assert b"13.5" in current(stage, record)["Observation/o1", UnitKind.SECTION]


def test_what_a_document_does_not_name_stays() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.take(one(patient, observation("o2", "7 mmol/L")))
    stage.announce()

    assert {"Observation/o1", "Observation/o2"} == {name for name, _ in current(stage, record)}


def test_original_bytes_come_back_whatever_their_form() -> None:
    stage, patient = scene(), new_patient()
    odd = json.dumps(of_patient(observation("o1", "é\u2028 12.0"), patient), indent=1)
    odd = odd.replace('"final"', '"\\u0066inal"')
    person = json.dumps(of_patient(PERSON, patient))
    entries = f'[{{"resource":{person}}},{{"resource":\n{odd}}}]'
    raw = f'{{"resourceType":"Bundle","type":"batch","entry":{entries}}}'
    record = stage.take(raw.encode())
    stage.announce()

    assert odd.encode() == current(stage, record)["Observation/o1", UnitKind.SECTION]


def test_a_deleted_resource_is_gone_and_others_stay() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.take(one(patient, observation("o2", "7 mmol/L")))
    stage.take(deleting(patient, "Observation/o1"))
    stage.announce()

    assert {"Observation/o2"} == {name for name, _ in current(stage, record)}


def test_a_section_may_become_empty_and_fill_again() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.take(deleting(patient, "Observation/o1"))
    stage.announce()
    empty = current(stage, record)
    stage.record(patient, "14.0 g/dL")

    assert {} == empty
    assert b"14.0" in current(stage, record)["Observation/o1", UnitKind.SECTION]


def test_deleting_what_is_not_there_changes_nothing() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    before = newest(stage, record)
    stage.take(deleting(patient, "Observation/never"))

    assert before == newest(stage, record)


def test_a_resource_that_is_labeled_later_moves_to_the_restricted_unit() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    stage.take(chart(patient, label="R"))
    stage.announce()
    moved = current(stage, record)
    stage.take(chart(patient))
    stage.announce()
    back = current(stage, record)

    assert {("Observation/o1", UnitKind.RESTRICTED)} == moved.keys()
    assert {("Observation/o1", UnitKind.SECTION)} == back.keys()


@pytest.mark.parametrize(("label", "kind"), [("R", 3), ("V", 3), ("N", 0)])
def test_a_label_decides_about_the_unit(label: str, kind: int) -> None:
    stage = scene()
    record = stage.take(chart(new_patient(), label=label))

    assert {kind} == {unit.place.kind for unit in stage.units(record)}


def test_a_change_prepared_on_an_older_version_is_refused_whole() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    with stage.node.reading() as session:
        found = Document(Path("late.json"), chart(patient, "15.0 g/dL")).resources()
        late = prepare(found, known_in(session, stage.desk), lambda _: False)
    stage.record(patient, "13.0 g/dL")
    before = versions(stage)
    with pytest.raises(StaleRoot):
        take(stage.desk, late)

    assert before == versions(stage)
    assert b"13.0" in current(stage, record)["Observation/o1", UnitKind.SECTION]


def test_two_first_imports_of_one_patient_make_one_record() -> None:
    stage, patient = scene(), new_patient()
    with stage.node.reading() as session:
        found = Document(Path("twin.json"), chart(patient)).resources()
        twin = prepare(found, known_in(session, stage.desk), lambda _: False)
    stage.record(patient)
    with pytest.raises(StaleRoot):
        take(stage.desk, twin)


def test_what_was_taken_waits_for_its_job_and_is_then_anchored() -> None:
    stage = scene()
    stage.finish()
    record = stage.take(chart(new_patient()))
    with stage.node.reading() as session:
        before = listing.summary(session, record)
    stage.finish()
    stage.finish()
    with stage.node.reading() as session:
        after = listing.summary(session, record)

    assert FINISH == "fhir.finish"
    assert (False, True) == (before.is_anchored, after.is_anchored)


"""REFUSED"""


def unresolved(patient: str) -> dict[str, Any]:
    return observation("o1", "x") | {"performer": [{"reference": "Practitioner/nobody"}]}


REFUSED: dict[str, tuple[tuple[dict[str, Any], ...], type[SalusError], str]] = {
    "unknown property": ((ALLERGY | {"mood": "good"},), InvalidResource, "entry[1]"),
    "missing status": (
        ({k: v for k, v in observation("o1", "x").items() if k != "status"},),
        InvalidResource,
        "entry[1]",
    ),
    "reference to nowhere": ((unresolved("p1"),), ReferenceUnresolved, "entry[1]"),
    "the same twice": ((ALLERGY, ALLERGY), TwiceInFile, "entry[2]"),
    "a type that is not kept": (
        ({"resourceType": "Parameters", "id": "x"},),
        TypeNotStored,
        "entry[1]",
    ),
}


@pytest.mark.parametrize(("resources", "kind", "where"), REFUSED.values(), ids=REFUSED.keys())
def test_one_bad_resource_keeps_the_whole_document_out(
    resources: tuple[dict[str, Any], ...], kind: type[SalusError], where: str
) -> None:
    stage, patient = scene(), new_patient()
    before = versions(stage)
    with pytest.raises(kind) as raised:
        stage.take(one(patient, *resources))

    assert where in str(raised.value.details["where"])
    assert before == versions(stage)
    assert not stage.knows(patient)


def test_a_resource_of_nobody_is_refused() -> None:
    nobody = {k: v for k, v in observation("o1", "x").items() if k != "subject"}
    with pytest.raises(PatientUnknown):
        scene().take(bundle(nobody))


# TWO PROCESSES OF ONE HOME


def overtaken(monkeypatch: pytest.MonkeyPatch, by: Callable[[], None]) -> None:
    """Something happens once, after the keys of new records were read, before anything is sent."""
    real, left = importing._registration, [by]

    def registration(*arguments: Any) -> Iterator[Call]:
        if left:
            left.pop()()
        return real(*arguments)

    monkeypatch.setattr(importing, "_registration", registration)


def test_the_patient_may_take_the_key_between_its_reading_and_its_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process was first, and at the portal the invitation was typed in meanwhile."""
    stage, wallet, account = scene(), Wallet.generate(), "ab" * 16
    record, other = stage.take(chart(new_patient())), stage.take(chart(new_patient()))

    def other_process() -> None:
        stage.announce()
        with stage.node.sessions() as session, session.begin():
            work = Work(stage.node, session)
            claiming.accept(work, claiming.invite(work, [record]), account)
        assert claiming.take_over(stage.node, account, wallet) == 1

    overtaken(monkeypatch, other_process)
    stage.announce()

    for each in (record, other):
        assert record_root_of(newest(stage, each)) == on_ledger(stage.node, each).root
    assert ledger.controller_of(stage.node, record) == wallet.controller(record).address
    assert ledger.controller_of(stage.node, other) == stage.wallet(other).address


def test_what_is_refused_for_its_own_sake_is_not_tried_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = scene()
    stage.take(chart(new_patient()))

    stranger = SigningKey.generate()

    with monkeypatch.context() as changed:
        changed.setattr(importing, "controller", lambda *_: stranger)
        changed.setattr(ledger, "controller_of", lambda *_: stranger.address)
        with pytest.raises(BadSignature):
            stage.announce()
    stage.announce()
