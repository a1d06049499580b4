"""What an import that died handed out is taken back after an hour, and nothing that counts is."""

from datetime import timedelta
from functools import cache

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import ObjectId, RecordId, UnitId
from salus.platform.database import PrivateTable
from salus.rights.consent.authority import service as authority
from salus.rights.custody.erasure.errors import KeepersMissing, NotErased
from salus.rights.custody.erasure.handing import SWEPT_AFTER
from salus.rights.custody.erasure.messages import Withdraw, withdraw_digest
from salus.rights.custody.erasure.reading import find_erased
from salus.rights.custody.erasure.service import Eraser, pursue, request
from salus.rights.custody.erasure.sweeping import sweep
from salus.rights.custody.erasure.tables import HandedOut
from salus.rights.custody.erasure.withdrawing import withdraw
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.reading import read
from salus.rights.custody.tables import HeldSecret, StoredObject
from salus.services.fhir import service as fhir
from tests.support.scene import Scene, chart, keeper_of, new_patient, new_scene


@cache
def own() -> Scene:
    """A consortium whose clock these tests may move."""
    return new_scene()


class Died(Exception):
    """Stands for a process that was killed."""


def die_with(monkeypatch: pytest.MonkeyPatch, stage: Scene, raw: bytes) -> None:
    """An import that dies when everything is handed out and nothing is written down."""

    def dies(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(fhir, "_keep", dies)
        with pytest.raises(Died):
            stage.take(raw)


def swept(stage: Scene) -> int:
    def eraser_for(_: RecordId) -> Eraser:
        return Eraser(stage.node, stage.keepers, stage.desk.source.signing)

    return sweep(stage.node, eraser_for)


def count(keeper: Keeper, table: type[PrivateTable]) -> int:
    with keeper.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def counts(stage: Scene) -> list[int]:
    """What every keeper holds, and what is on its way."""
    keepers = [keeper_of(each) for each in stage.keepers.all()]
    return [count(each, table) for each in keepers for table in (HeldSecret, StoredObject)]


def leaving(stage: Scene) -> list[HandedOut]:
    with stage.node.reading() as session:
        return list(session.scalars(select(HandedOut)))


def test_an_import_that_ends_well_leaves_nothing_to_take_back() -> None:
    stage = own()
    stage.record()

    assert leaving(stage) == []


def test_a_new_record_that_died_is_taken_back_wholly(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = own()
    before = counts(stage)
    die_with(monkeypatch, stage, chart(new_patient()))
    left = leaving(stage)
    bodies = [row.segment_root for row in left]
    during = counts(stage)
    stage.clock.move(SWEPT_AFTER)
    done = swept(stage)

    assert len(left) > 1
    assert all(more > less for more, less in zip(during[::2], before[::2], strict=True))
    assert (done, leaving(stage), counts(stage)) == (len(left), [], before)
    assert not any(stage.node.vault.has(name) for name in bodies)


def test_within_the_hour_nothing_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = own()
    die_with(monkeypatch, stage, chart(new_patient()))
    stage.clock.move(SWEPT_AFTER - timedelta(seconds=1))
    during = counts(stage)
    early = swept(stage)
    kept = counts(stage) == during
    stage.clock.move(timedelta(seconds=1))

    assert (early, kept) == (0, True)
    assert swept(stage) > 0


def test_of_a_version_that_died_the_record_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, patient = own(), new_patient()
    record = stage.record(patient)
    before = counts(stage)
    die_with(monkeypatch, stage, chart(patient, "13.1 g/dL"))
    during = counts(stage)
    stage.clock.move(SWEPT_AFTER)
    swept(stage)
    opened = read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))

    assert during != before
    assert counts(stage) == before
    assert any(b"12.0 g/dL" in raw for raw in opened.units[0].resources.values())


def test_a_keeper_that_is_away_is_named_and_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = own()
    before = counts(stage)
    die_with(monkeypatch, stage, chart(new_patient()))
    stage.clock.move(SWEPT_AFTER)
    with monkeypatch.context() as patch:
        patch.setattr("tests.support.scene.withdraw", _away)
        with pytest.raises(KeepersMissing):
            swept(stage)
    waits = leaving(stage)
    swept(stage)

    assert waits
    assert counts(stage) == before


def _away(_: Keeper, __: Withdraw) -> None:
    raise NotErased


"""WHAT A SOURCE MAY NOT TAKE BACK"""


def objects_of(stage: Scene, record: RecordId) -> tuple[tuple[ObjectId, ...], tuple[UnitId, ...]]:
    units = tuple(unit.id for unit in stage.units(record))
    with stage.gateway.reading() as session:
        mine = select(StoredObject.object_id).where(StoredObject.unit.in_(units))
        return tuple(map(ObjectId, session.scalars(mine))), units


def told(stage: Scene, record: RecordId, of: RecordId, *, by: str = "hospital") -> Withdraw:
    """A source's word that objects `of` a record belong to nothing of `record`."""
    objects, units = objects_of(stage, of)
    key = stage.desk.source.signing if by == "hospital" else stage.clinic.signing
    digest = withdraw_digest(domain_of(stage.node), record, objects, units)
    return Withdraw(record, objects, units, key.sign(digest))


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_what_the_ledger_names_stays_whatever_its_source_says(name: str) -> None:
    stage = own()
    record, before = stage.record(), counts(own())
    withdraw(stage.keeper(name), told(stage, record, record))

    assert counts(stage) == before


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_nobody_takes_back_under_the_name_of_another_record(name: str) -> None:
    stage = own()
    record, before = stage.record(), counts(own())
    withdraw(stage.keeper(name), told(stage, RecordId(7), record))

    assert counts(stage) == before


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_only_a_source_takes_back(name: str) -> None:
    stage = own()
    record, before = stage.record(), counts(own())
    with pytest.raises(NotErased):
        withdraw(stage.keeper(name), told(stage, record, record, by="clinic"))

    assert counts(stage) == before


"""BACKUPS"""


def test_what_a_restored_backup_brings_back_is_erased_again() -> None:
    """The ledger says erased, and the rows are there: as after a restore, or another program."""
    stage = own()
    record = stage.record()
    authority.erase(stage.node, record=record, by=stage.wallet(record))
    stage.node.follow()
    swept(stage)
    eraser = Eraser(stage.node, stage.keepers, stage.desk.source.signing)
    found = pursue(eraser, request(eraser, record))
    with stage.node.reading() as session:
        assert find_erased(session, f"{record:032x}") == found

    assert found.waits_for == ()
