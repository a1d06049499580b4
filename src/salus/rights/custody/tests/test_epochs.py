"""Epochs: what a bump changes for the source, for readers, and for keepers."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from salus.kernel.ids import RecordId
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.rights.custody import messages as m
from salus.rights.custody.dealing import open_units
from salus.rights.custody.errors import BadHold, HolderFailed, KeyClosed, TooFewShares
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import bump, epochs_of
from salus.rights.custody.model import epochs, id_of
from salus.rights.custody.reading import Opened, as_reader, ask_for, read
from salus.rights.custody.release import release
from salus.rights.custody.tables import DealtUnit, HeldSecret, PreparedUnit, key_at_rest
from salus.rights.identity.ledger import send
from tests.support.refusing import is_refused
from tests.support.scene import Asking, Scene, chart, new_patient, scene

OLD, NEW = "12.0 g/dL", "13.5 g/dL"


def bumped(stage: Scene, record: RecordId, times: int = 1) -> None:
    (unit,) = stage.units(record)
    for _ in range(times):
        send(stage.node, bump(stage.node, record, unit.id, by=stage.desk.source.signing))


def two_epochs() -> tuple[str, RecordId]:
    """A record with an object of its laboratory in each of two epochs."""
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    bumped(stage, record)
    stage.record(patient, NEW)
    return patient, record


def opened(record: RecordId) -> Opened:
    stage = scene()
    return read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))


def dealt(record: RecordId) -> dict[int, bytes]:
    """The keys that the source keeps of the laboratory, by epoch."""
    stage, (unit,) = scene(), scene().units(record)
    with stage.node.reading() as session:
        rows = session.scalars(select(DealtUnit).where(DealtUnit.unit == unit.id))
        return {
            row.epoch: open_at_rest(
                stage.desk.storage_key, key_at_rest(DealtUnit, row.unit, row.epoch), row.kek
            )
            for row in rows
        }


def held(keeper: Keeper, record: RecordId) -> list[int]:
    (unit,) = scene().units(record)
    with keeper.reading() as session:
        mine = select(HeldSecret.epoch).where(HeldSecret.unit == unit.id)
        return sorted(session.scalars(mine))


def test_an_epoch_is_256_times_that_of_the_record_and_the_bumps() -> None:
    assert list(epochs(0, 0)) == [0]
    assert list(epochs(0, 2)) == [0, 1, 2]
    assert list(epochs(3, 1)) == [768, 769]


def test_a_bump_alone_changes_no_read_and_deals_nothing() -> None:
    stage = scene()
    record = stage.record()
    before = opened(record)
    bumped(stage, record, 2)
    (unit,) = stage.units(record)

    assert before.units == opened(record).units
    assert held(stage.c1, record) == [0]
    assert [range(3)] == epochs_of(stage.node, record, [unit.located])


def test_what_is_imported_after_a_bump_has_a_key_of_its_own() -> None:
    _, record = two_epochs()
    stage = scene()
    gate = stage.keepers.gateway.gate(stage.asking(record).ask)
    first, second = gate.released

    assert held(stage.c1, record) == held(stage.gateway, record) == [0, 1]
    assert [0, 1] == [half.dealing.epoch for half in gate.released]
    assert [0, 1] == [each.manifest.epoch for half in gate.released for each in half.objects]
    assert first.dealing.kek_check != second.dealing.kek_check
    assert not set(first.dealing.share_commits) & set(second.dealing.share_commits)


def test_a_grant_of_before_reads_over_the_bump() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    granted = stage.grant(record)
    bumped(stage, record)
    stage.record(patient, NEW)
    reader = as_reader(stage.clinic, granted)
    given = read(stage.node, stage.keepers, reader, record, stage.units(record))

    assert NEW.encode() in given.units[0].resources["Observation/o1"]


def test_the_source_drops_the_key_of_an_epoch_that_has_ended() -> None:
    _, record = two_epochs()
    keys = dealt(record)

    assert keys.keys() == {0, 1}
    assert keys[0] == b""
    assert len(keys[1]) == 32


def test_a_key_that_was_dropped_before_its_epoch_ended_opens_no_unit() -> None:
    _, record = two_epochs()
    stage, (unit,) = scene(), scene().units(record)
    place = key_at_rest(DealtUnit, unit.id, 1)
    with stage.node.sessions() as session, session.begin():
        row = session.get_one(DealtUnit, (unit.id, 1))
        row.kek = seal_at_rest(stage.desk.storage_key, place, b"")
        session.flush()
        with pytest.raises(KeyClosed):
            open_units(
                stage.node,
                session,
                record=record,
                units=[unit],
                keepers=stage.keepers,
                storage_key=stage.desk.storage_key,
                by=stage.desk.source.signing,
            )


def test_an_import_that_failed_hands_out_the_same_key_again() -> None:
    """Three custodians took their parts; the gateway did not."""
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    bumped(stage, record)

    def refuses(_: object) -> object:
        raise BadHold(holder="gateway", reason="down")

    broken = replace(stage.desk, keepers=stage.with_tampering(gateway=refuses, c4=refuses))
    with pytest.raises(HolderFailed):
        replace(stage, desk=broken).take(chart(patient, NEW))
    assert held(stage.c1, record) == [0, 1]

    stage.record(patient, NEW)
    with stage.node.reading() as session:
        units = [unit.id for unit in stage.units(record)]
        left = session.scalars(select(PreparedUnit).where(PreparedUnit.unit.in_(units))).all()

    assert NEW.encode() in opened(record).units[0].resources["Observation/o1"]
    assert held(stage.keeper("c4"), record) == [0, 1]
    assert left == []


def test_an_epoch_that_is_not_in_force_is_never_released(keeper: Keeper) -> None:
    """The source dealt it ahead; the ledger says that it has not begun."""
    _, record = two_epochs()
    stage, (unit,) = scene(), scene().units(record)
    ahead = stage.asking(record)
    with keeper.sessions() as session, session.begin():
        row = session.get_one(HeldSecret, (unit.id, 1, 0))
        columns = {
            column.name: getattr(row, column.name) for column in HeldSecret.__table__.columns
        }
        dealing = row.dealing.replace(b'"epoch":1', b'"epoch":7')
        signed = m.dealing_digest(keeper.ledger.domain, id_of(dealing))
        changed = {
            "epoch": 7,
            "dealing": dealing,
            "signature": stage.desk.source.signing.sign(signed),
        }
        session.add(HeldSecret(**columns | changed))
    asked = ahead.changed(items=(m.Item(unit.id, 7, m.ALL_OBJECTS),))

    assert is_refused(keeper, ahead, asked, "epoch-not-in-force")


def without_share(name: str, record: RecordId, epoch: int) -> None:
    stage, (unit,) = scene(), scene().units(record)
    keeper = stage.keeper(name)
    with keeper.sessions() as session, session.begin():
        session.execute(
            delete(HeldSecret).where(HeldSecret.unit == unit.id, HeldSecret.epoch == epoch)
        )
    keeper.kept.forget()


def test_a_custodian_that_missed_an_epoch_is_named_and_not_needed() -> None:
    _, record = two_epochs()
    without_share("c2", record, 1)
    given = opened(record)

    assert (("c2",), ()) == (given.missing, given.liars)
    assert given.units[0].resources


def test_too_few_shares_of_one_epoch_name_who_lacks_one() -> None:
    _, record = two_epochs()
    for name in ("c1", "c3", "c5"):
        without_share(name, record, 1)

    with pytest.raises(TooFewShares) as raised:
        opened(record)

    assert raised.value.details["missing"] == "c1, c3, c5"


def test_a_key_alone_comes_without_objects(keeper: Keeper) -> None:
    _, record = two_epochs()
    stage = scene()
    reader = stage.subject(record)
    ask = ask_for(stage.node, reader, record, stage.units(record), objects=m.NO_OBJECTS)
    given = release(keeper, ask)

    assert len(given.released) == 2
    if isinstance(given, m.Gate):
        assert [half.objects for half in given.released] == [(), ()]


def test_a_request_names_every_epoch_in_force() -> None:
    _, record = two_epochs()
    asking: Asking = scene().asking(record)

    assert [0, 1] == [item.epoch for item in asking.ask.request.items]
    assert replace(asking.ask.request, items=()) != asking.ask.request


def test_a_version_after_many_bumps_opens_whole() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    for number in range(4):
        bumped(stage, record, 1 + number % 2)
        stage.take(chart(patient, f"{number}.0 g/dL"))
        stage.announce()

    assert b"3.0 g/dL" in opened(record).units[0].resources["Observation/o1"]
    assert held(stage.c1, record) == [0, 1, 3, 4, 6]
