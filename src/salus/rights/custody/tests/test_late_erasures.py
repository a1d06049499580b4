"""An erasure that a keeper does not confirm in time: who is told, when, and until when."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.platform.database.worktable import WorkRow
from salus.platform.observe import to_file
from salus.rights.consent.ledger import controller_of
from salus.rights.custody.erasure.alarms import (
    AGAIN,
    WATCH,
    alarm_of,
    alarms,
    limit,
    raise_alarms,
)
from salus.rights.custody.erasure.model import Told
from salus.rights.custody.erasure.reading import erasure_of
from salus.rights.custody.erasure.service import pursue, request
from salus.rights.custody.erasure.tables import NoticeRow
from salus.rights.custody.tests.test_erasing import eraser, silent
from salus.rights.identity.model import Member
from tests.support.scene import Scene, new_scene


def late(stage: Scene) -> tuple[int, RecordId]:
    """An erasure of which one custodian says nothing for longer than it may."""
    record = stage.record()
    number = request(eraser(stage), record)
    pursue(eraser(stage, c1=silent), number)
    stage.clock.move(limit())
    return number, record


def told(stage: Scene) -> int:
    members = [
        Member(each.name, each.roles, each.address, each.sealing.public())
        for each in stage.consortium.all()
    ]
    return raise_alarms(stage.node, members)


def notices(stage: Scene) -> list[NoticeRow]:
    with stage.node.reading() as session:
        return list(session.scalars(select(NoticeRow)))


def watches(stage: Scene) -> list[int]:
    with stage.node.reading() as session:
        mine = select(WorkRow.run_at).where(WorkRow.name == WATCH)
        return list(session.scalars(mine))


def test_the_patient_and_the_privacy_office_of_the_source_are_told() -> None:
    stage = new_scene()
    number, record = late(stage)
    office = stage.consortium.privacy.address

    assert told(stage) == 1
    (alarm,) = alarms(stage.node)
    assert alarm.erasure.number == number
    assert alarm.erasure.waits_for == (stage.keepers.custodians[0].member.address,)
    assert {(each.role, each.told) for each in alarm.notices} == {
        (Told.SUBJECT, controller_of(stage.node, record)),
        (Told.OFFICER, office),
    }


def test_nobody_is_told_before_the_time_is_over() -> None:
    stage = new_scene()
    number = request(eraser(stage), stage.record())
    pursue(eraser(stage, c1=silent), number)
    stage.clock.move(limit() - timedelta(seconds=1))

    assert told(stage) == 0
    assert notices(stage) == []
    assert alarm_of(stage.node, erasure_of(stage.node, number)) is None


def test_telling_twice_is_telling_once_and_keeps_the_first_time() -> None:
    stage = new_scene()
    late(stage)
    told(stage)
    first = {(each.told, each.at) for each in notices(stage)}
    stage.clock.move(AGAIN)
    told(stage)

    assert len(first) == 2
    assert first == {(each.told, each.at) for each in notices(stage)}


def test_the_alarm_ends_with_the_last_receipt() -> None:
    stage = new_scene()
    number, _ = late(stage)
    told(stage)
    pursue(eraser(stage), number)

    assert alarms(stage.node) == []
    assert notices(stage) == []
    assert told(stage) == 0


def test_an_erasure_that_all_confirmed_in_time_raises_none() -> None:
    stage = new_scene()
    number = request(eraser(stage), stage.record())
    pursue(eraser(stage), number)
    stage.clock.move(limit())

    assert told(stage) == 0
    assert notices(stage) == []


def test_the_wish_brings_its_watch_in_the_same_transaction() -> None:
    stage = new_scene()
    before = stage.now()
    request(eraser(stage), stage.record())
    request(eraser(stage), stage.record())

    assert watches(stage) == [seconds(before + limit())]


def test_the_watch_comes_back_for_the_next_one_and_daily_for_one_that_is_late() -> None:
    stage = new_scene()
    late(stage)
    forget_watches(stage)
    told(stage)
    daily = watches(stage)
    stage.clock.move(AGAIN - limit())
    request(eraser(stage), stage.record())  # so that it is late in an hour less than a day
    stage.clock.move(limit() - timedelta(hours=1))
    forget_watches(stage)
    told(stage)

    assert daily == [at(stage, timedelta(hours=1))]
    assert watches(stage) == [at(stage, timedelta(hours=1))]


def forget_watches(stage: Scene) -> None:
    with stage.node.sessions() as session, session.begin():
        session.execute(delete(WorkRow).where(WorkRow.name == WATCH))


def at(stage: Scene, later: timedelta) -> int:
    return seconds(stage.now() + later)


def test_nothing_comes_back_when_nothing_is_on_its_way() -> None:
    stage = new_scene()
    told(stage)

    assert watches(stage) == []


def test_the_log_is_told_how_many_and_nothing_of_whom(tmp_path: Path) -> None:
    stage = new_scene()
    _, record = late(stage)
    place = tmp_path / "log"
    with to_file(place):
        told(stage)
    (line,) = [json.loads(each) for each in place.read_text().splitlines()]

    assert (line["event"], line["level"], line["count"]) == ("erasure-late", "error", 1)
    assert line["error"] == "erasure.keepers_missing"
    assert f"{record:032x}" not in place.read_text()


def test_the_hours_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_CUSTODY_ERASURE_HOURS", "1")
    stage = new_scene()
    late(stage)

    assert limit() == timedelta(hours=1)
    assert told(stage) == 1
