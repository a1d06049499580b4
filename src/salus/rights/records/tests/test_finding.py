"""Finding records, sections and resources by what somebody types."""

from dataclasses import replace

import pytest

from salus.platform.capability import merged
from salus.platform.database import SqlIndex, create_all, open_memory
from salus.rights.records import service as records
from salus.rights.records.errors import UnknownRecord, UnknownResource, UnknownSection
from salus.rights.records.model import UnitKind
from tests.support.scene import new_patient, scene, shared


def test_a_record_is_found_by_a_beginning_of_its_handle() -> None:
    stage = scene()
    record = stage.record()
    text = f"{record:032x}"

    assert record == stage.find(text) == stage.find(text[:16].upper())


@pytest.mark.parametrize("text", ["", "%", "_", "zz", "0" * 33])
def test_what_is_no_beginning_of_a_handle_finds_none(text: str) -> None:
    shared()
    with pytest.raises(UnknownRecord):
        scene().find(text)


def test_an_unknown_section_names_those_that_are_there() -> None:
    stage = scene()
    record = stage.record()
    for name in ("imaging-and-reports", "nonsense", ""):
        with pytest.raises(UnknownSection, match=r"allergies.*laboratory"):
            stage.units(record, name)


def test_a_resource_is_found_in_its_unit() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    (laboratory,) = stage.units(record)
    with stage.node.reading() as session:
        found = records.units_holding(session, record, "Observation/o1")
        with pytest.raises(UnknownResource):
            records.units_holding(session, record, "Observation/none")

    assert [laboratory.id] == [unit.id for unit in found]
    assert [laboratory] == records.plain_units(
        [laboratory, replace(laboratory, place=replace(laboratory.place, kind=UnitKind.RESTRICTED))]
    )


def test_a_record_of_another_home_is_found_by_what_the_ledger_says() -> None:
    stage = scene()
    text = f"{stage.record():032x}"
    database = open_memory()
    create_all(database)
    index = SqlIndex(database.write, merged("projections"))
    node = replace(stage.node, database=database, index=index)
    node.follow()
    with node.reading() as session:
        found = records.find_on_ledger(session, text[:16])
        with pytest.raises(UnknownRecord):
            records.find_record(session, text)
        with pytest.raises(UnknownRecord):
            records.find_on_ledger(session, "")

    assert text == f"{found:032x}"
