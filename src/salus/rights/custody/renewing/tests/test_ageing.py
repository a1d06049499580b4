"""A key that is old: what is added later gets another, and what is there stays readable."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.platform.database.worktable import WorkRow
from salus.rights.custody.erasure.service import request
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.reading import as_reader, read
from salus.rights.custody.renewing.ageing import AGE, EVERY, bump_aged
from salus.rights.custody.renewing.service import Stage
from salus.rights.custody.renewing.tests.test_renewing import desk_of, until
from salus.rights.custody.tables import DealtUnit
from salus.rights.custody.tests.test_erasing import eraser
from tests.support.scene import Scene, chart, new_patient, new_scene

YEAR = timedelta(days=365)


def aged(stage: Scene) -> int:
    return bump_aged(stage.node, by=stage.desk.source.signing)


def epochs(stage: Scene, record: RecordId, *sections: str) -> list[int]:
    units = [unit.located for unit in stage.units(record, *sections)]
    return [each[-1] for each in epochs_of(stage.node, record, units)]


def test_a_key_of_a_year_begins_its_next_epoch_and_one_of_less_does_not() -> None:
    stage = new_scene()
    old = stage.record()
    stage.clock.move(YEAR - timedelta(days=1))
    young = stage.record()
    early = aged(stage)
    stage.clock.move(timedelta(days=1))
    count = aged(stage)

    assert early == 0
    assert count >= 1
    assert epochs(stage, old) == [1]
    assert epochs(stage, young) == [0]


def test_twice_is_once_until_something_was_added() -> None:
    stage, patient = new_scene(), new_patient()
    record = stage.record(patient)
    stage.clock.move(YEAR)
    first, second = aged(stage), aged(stage)
    stage.clock.move(YEAR)
    third = aged(stage)
    stage.take(chart(patient, "13.1 g/dL"))
    stage.finish()
    stage.clock.move(YEAR)
    aged(stage)

    assert first > 0
    assert (second, third) == (0, 0)
    assert epochs(stage, record) == [2]


def test_what_was_there_stays_readable_and_what_is_added_has_another_key() -> None:
    stage, patient = new_scene(), new_patient()
    record = stage.record(patient, "12.0 g/dL")
    reader = as_reader(stage.clinic, stage.grant(record, lasting=3 * YEAR))
    stage.clock.move(YEAR)
    aged(stage)
    before = read(stage.node, stage.keepers, reader, record, stage.units(record))
    stage.take(chart(patient, "13.1 g/dL"))
    stage.finish()
    after = read(stage.node, stage.keepers, reader, record, stage.units(record))

    assert any(b"12.0 g/dL" in raw for raw in before.units[0].resources.values())
    assert any(b"13.1 g/dL" in raw for raw in after.units[0].resources.values())
    assert dealt(stage, record) == [0, 1]


def dealt(stage: Scene, record: RecordId) -> list[int]:
    (unit,) = stage.units(record)
    with stage.node.reading() as session:
        mine = select(DealtUnit.epoch).where(DealtUnit.unit == unit.id)
        return sorted(session.scalars(mine))


def test_a_record_that_is_being_changed_or_erased_is_left_alone() -> None:
    stage = new_scene()
    renewed, erased = stage.record(), stage.record()
    until(desk_of(stage, renewed), Stage.ASKED)
    request(eraser(stage), erased)
    stage.clock.move(YEAR)

    assert aged(stage) == 0
    assert epochs(stage, erased) == [0]


def test_the_days_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_CUSTODY_EPOCH_DAYS", "30")
    stage = new_scene()
    record = stage.record()
    stage.clock.move(timedelta(days=30))
    aged(stage)

    assert epochs(stage, record) == [1]


def test_an_import_sees_to_it_that_ages_are_looked_at_once_a_day() -> None:
    stage = new_scene()
    before = stage.now()
    stage.record()
    stage.record()
    with stage.node.reading() as session:
        due = list(session.scalars(select(WorkRow.run_at).where(WorkRow.name == AGE)))

    assert due == [seconds(before + EVERY)]
