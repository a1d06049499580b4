"""What a license opens, on the real contracts and with real keepers: its part and nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.platform.capability import merged
from salus.platform.database import SqlIndex, create_all, open_memory
from salus.rights.consent.explaining.service import Asked, explain, own_outcome
from salus.rights.consent.licensing.licenses import find_license, license_id, license_text
from salus.rights.consent.licensing.model import Use
from salus.rights.consent.licensing.service import close
from salus.rights.consent.model import Effect, Purpose
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper, open_terms
from salus.rights.custody.licensees.learning import learn_units
from salus.rights.custody.licensees.messages import AskUnits, is_opened, units_digest
from salus.rights.custody.licensees.telling import tell_units
from salus.rights.custody.reading import as_licensee, ask_for, read
from salus.rights.custody.tests.test_conditions import agreed, told
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party
from salus.rights.records.service import find_record, units_of
from salus.services.exchange import ledger
from salus.services.exchange.model import Kind
from tests.support.refusing import is_refused
from tests.support.scene import Asking, Scene, new_patient, scene
from tests.support.trading import (
    ALLERGIES,
    LABORATORY,
    license_to,
    opened_by,
    reader_by,
    subject_of,
)

OLD, NEW = "12.0 g/dL", "13.5 g/dL"
KEEPERS = ("c1", "gateway")


@pytest.fixture(params=KEEPERS)
def keeper(request: pytest.FixtureRequest) -> Keeper:
    return scene().keeper(request.param)


def asking(stage: Scene, record: RecordId, number: int, *sections: str) -> Asking:
    reader = reader_by(stage, number)
    ask = ask_for(stage.node, reader, record, stage.units(record, *sections))
    return Asking(stage, record, ask, reader.party.signing)


def test_a_subscription_opens_its_section_in_every_version_while_it_runs() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    number = license_to(stage, record)
    first = opened_by(stage, record, number)
    stage.record(patient, NEW)
    second = opened_by(stage, record, number)

    assert OLD.encode() in first.units[0].resources["Observation/o1"]
    assert NEW.encode() in second.units[0].resources["Observation/o1"]
    assert (first.content.header.version, second.content.header.version) == (1, 2)


def test_a_perpetual_license_opens_the_version_it_was_sold_with_and_none_after() -> None:
    stage, patient = scene(), new_patient()
    stage.record(patient, OLD)
    record = stage.record(patient, "12.4 g/dL")
    number = license_to(stage, record, Kind.PERPETUAL)
    stage.record(patient, NEW)
    stage.record(patient, "13.9 g/dL")
    found = opened_by(stage, record, number)

    assert find_license(stage.node, number).version_max == 2
    assert b"12.4 g/dL" in found.units[0].resources["Observation/o1"]
    assert (found.content.header.version, found.version.header.version) == (2, 4)


def test_the_gateway_hands_out_the_wraps_of_what_was_bought_only() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    number = license_to(stage, record, Kind.PERPETUAL)
    stage.record(patient, NEW)
    asked = asking(stage, record, number)
    gate = stage.keepers.gateway.gate(asked.ask)
    again = stage.keepers.gateway.gate(asked.ask)

    assert [len(half.objects) for half in gate.released] == [1]
    assert len(gate.version.objects_of(stage.units(record)[0].place)) == 2
    assert gate.version == again.version
    assert [each.manifest for each in gate.released[0].objects] == [
        each.manifest for each in again.released[0].objects
    ]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"purpose": Purpose.COMMERCIAL}, "another-purpose"),
        ({"purpose": Purpose.TREAT}, "another-purpose"),
        ({"basis_id": license_id(2**128 - 5)}, "no-grant"),
        ({"basis": m.Basis.GRANT}, "no-grant"),
        ({"basis": m.Basis.COHORT_ORDER}, "no-grant"),
    ],
)
def test_a_request_that_says_something_else_is_refused(
    keeper: Keeper, changed: dict[str, Any], rule: str
) -> None:
    stage = scene()
    record = stage.record()
    asked = asking(stage, record, license_to(stage, record))

    assert is_refused(keeper, asked, asked.changed(**changed), rule)


def test_a_section_that_was_not_bought_stays_closed(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    asked = asking(stage, record, license_to(stage, record), "allergies")

    assert is_refused(keeper, asked, asked.changed(), "another-section")


def test_a_license_of_one_record_opens_no_other(keeper: Keeper) -> None:
    """Its section code is the same, and so is everything that LicenseBook itself is asked."""
    stage = scene()
    record, other = stage.record(), stage.record()
    asked = asking(stage, other, license_to(stage, record))

    assert is_refused(keeper, asked, asked.changed(), "another-record")


def test_a_license_opens_to_its_licensee_only(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    number, thief = license_to(stage, record), stage.consortium.licensees[0]
    reader = as_licensee(thief, find_license(stage.node, number))
    ask = ask_for(stage.node, reader, record, stage.units(record))
    asked = Asking(stage, record, ask, thief.signing)

    assert is_refused(keeper, asked, asked.changed(), "another-licensee")


def test_the_source_reads_on_no_other_ground_when_it_names_a_license(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    known = find_license(stage.node, license_to(stage, record))
    source = stage.desk.source
    ask = ask_for(stage.node, as_licensee(source, known), record, stage.units(record))
    asked = Asking(stage, record, ask, source.signing)

    assert is_refused(keeper, asked, asked.changed(), "another-licensee")


def test_a_denial_of_the_patient_beats_a_paid_license() -> None:
    stage = scene()
    record = stage.record()
    number = license_to(stage, record)
    asked = asking(stage, record, number)
    denial = agreed(record, Effect.DENY)
    open_terms(stage.gateway, told(denial))

    assert is_refused(stage.gateway, asked, asked.changed(), f"denial {denial.id.hex()}")
    with pytest.raises(NotPermitted):
        opened_by(stage, record, number)


def test_a_closed_section_stops_its_licenses_at_once(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    both = license_to(stage, record, Kind.SUBSCRIPTION, LABORATORY, ALLERGIES)
    asked = asking(stage, record, both)
    close(stage.node, record=record, sections=[LABORATORY], by=stage.wallet(record))

    assert is_refused(keeper, asked, asked.changed(), "section-closed")
    assert opened_by(stage, record, both, "allergies").units


def test_a_revoked_license_opens_nothing(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    number = license_to(stage, record)
    asked = asking(stage, record, number)
    send(stage.node, ledger.revoke(stage.node, number, by=subject_of(stage, record)))

    assert is_refused(keeper, asked, asked.changed(), "license-ended")


def test_a_lapsed_license_opens_nothing() -> None:
    stage = scene()
    record = stage.record()
    number = license_to(stage, record)
    stage.clock.move(timedelta(days=29))
    assert opened_by(stage, record, number).units
    stage.clock.move(timedelta(days=2))
    asked = asking(stage, record, number)

    assert is_refused(stage.c1, asked, asked.changed(), "license-ended")


def test_what_a_patient_is_shown_names_the_license() -> None:
    stage = scene()
    record = stage.record()
    number = license_to(stage, record)
    opened_by(stage, record, number)
    (look,) = stage.looks(stage.c1, record)
    institute = stage.consortium.licensees[1]

    assert look.rule == f"license {license_text(number)}"
    assert (look.reader, look.purpose) == (institute.address, Purpose.HRESCH)


def test_it_is_explained_with_the_license() -> None:
    stage = scene()
    record = stage.record()
    number, reader = license_to(stage, record), stage.consortium.licensees[1].address
    asked = Asked(record, reader, Purpose.HRESCH, stage.now(), number)
    units = stage.units(record, "laboratory", "allergies")
    rules = {each.section: (each.outcome, each.rule) for each in explain(stage.node, asked, units)}

    assert rules["laboratory"] == ("permit", f"license {license_text(number)}")
    assert rules["allergies"] == ("deny", "another-section")
    assert own_outcome(stage.node, asked, units) == {
        "laboratory": "permit",
        "allergies": "not-permitted",
    }


def test_each_use_has_the_purpose_that_the_patient_knows() -> None:
    stage = scene()
    record = stage.record()
    acme = stage.consortium.licensees[0]
    number = license_to(stage, record, use=Use.DRUG, by=acme)

    assert find_license(stage.node, number).purpose is Purpose.COMMERCIAL
    assert opened_by(stage, record, number, party=acme).units


"""A LICENSEE IN A HOME OF ITS OWN"""


def asked_units(stage: Scene, number: int, by: Party, *, late: int = 60) -> AskUnits:
    deadline = seconds(stage.now()) + late
    digest = units_digest(stage.gateway.ledger.domain, license_id(number), deadline)
    return AskUnits(license_id(number), deadline, by.signing.sign(digest))


def test_a_licensee_learns_the_units_of_its_license_and_no_others() -> None:
    stage = scene()
    record = stage.record()
    number, institute = license_to(stage, record), stage.consortium.licensees[1]
    told = tell_units(stage.gateway, asked_units(stage, number, institute))
    (unit,) = stage.units(record)

    assert (told.record, [each.id for each in told.units]) == (record, [unit.id])
    assert is_opened(told)
    assert not is_opened(replace(told, record=RecordId(record + 1)))


def test_nobody_else_learns_anything() -> None:
    stage = scene()
    record = stage.record()
    number, institute = license_to(stage, record), stage.consortium.licensees[1]
    for asked in (
        asked_units(stage, number, stage.consortium.licensees[0]),
        asked_units(stage, number, stage.desk.source),
        asked_units(stage, 2**128 - 7, institute),
        asked_units(stage, number, institute, late=-1),
        asked_units(stage, number, institute, late=3_600),
        replace(asked_units(stage, number, institute), deadline=seconds(stage.now()) + 61),
    ):
        with pytest.raises(NotPermitted):
            tell_units(stage.gateway, asked)
    close(stage.node, record=record, sections=[LABORATORY], by=stage.wallet(record))
    with pytest.raises(NotPermitted):
        tell_units(stage.gateway, asked_units(stage, number, institute))


def test_a_home_that_knows_no_record_reads_once_it_has_learnt() -> None:
    stage = scene()
    record = stage.record()
    number, institute = license_to(stage, record), stage.consortium.licensees[1]
    known = find_license(stage.node, number)
    database = open_memory()
    create_all(database)
    index = SqlIndex(database.write, merged("projections"))
    apart = replace(stage.node, database=database, index=index)
    learn_units(apart, stage.keepers, institute, known)
    learn_units(apart, stage.keepers, institute, known)
    with apart.reading() as session:
        found = find_record(session, f"{record:032x}"[:8])
        units = units_of(session, found, ["laboratory"])
    opened = read(apart, stage.keepers, as_licensee(institute, known), found, units)

    assert OLD.encode() in opened.units[0].resources["Observation/o1"]
