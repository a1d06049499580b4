"""Grants of a process that died before the ledger had them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.rights.consent import service
from salus.rights.consent.cli.words import NEVER, PENDING, state_of
from salus.rights.consent.model import GrantState
from salus.rights.consent.service import Granted
from salus.rights.identity.ledger import VALID
from tests.support.scene import Scene, new_scene


def dies(stage: Scene, record: RecordId, monkeypatch: pytest.MonkeyPatch) -> Granted:
    """A grant whose terms are kept, and nothing of it is sent."""
    with monkeypatch.context() as changed:
        changed.setattr(service, "send", lambda *_: None)
        changed.setattr(service, "granted_of", lambda *_: None)
        service.grant(
            stage.node,
            record=record,
            units=[unit.id for unit in stage.units(record)],
            readers=[stage.clinic.address],
            purpose="TREAT",
            until=stage.now() + timedelta(days=3),
            by=stage.wallet(record),
        )
    (dead,) = [each for each in known(stage, record) if each.state is GrantState.NONE]
    return dead


def known(stage: Scene, record: RecordId) -> list[Granted]:
    with stage.node.reading() as session:
        return service.grants(session, record)


def later(stage: Scene, by: int) -> None:
    """The ledger has blocks of that time too."""
    stage.clock.move(timedelta(seconds=by))
    stage.record()


def test_what_the_ledger_may_still_take_is_pending_and_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = new_scene()
    record = stage.record()
    dead = dies(stage, record, monkeypatch)
    later(stage, VALID - 60)
    stage.grant(record)

    assert dead in known(stage, record)
    assert PENDING == state_of(dead, dead.asked_at + VALID)
    assert NEVER == state_of(dead, dead.asked_at + VALID + 1)


def test_what_can_never_come_is_forgotten_with_the_next_grant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = new_scene()
    record = stage.record()
    before = stage.grant(record)
    dead = dies(stage, record, monkeypatch)
    later(stage, VALID + 60)
    seen = state_of(dead, seconds(stage.now()))
    after = stage.grant(record)

    assert NEVER == seen
    assert [before.id, after.id] == [each.id for each in known(stage, record)]


def test_what_an_index_has_not_seen_yet_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is asked: an index that lags does not know what is in force."""
    stage = new_scene()
    record = stage.record()
    live = stage.grant(record)
    later(stage, VALID + 60)
    unseen = replace(live, state=GrantState.NONE)
    monkeypatch.setattr(service, "grants", lambda *_, **__: [unseen])
    service.forget_dead(stage.node, record)
    monkeypatch.undo()

    assert [live.id] == [each.id for each in known(stage, record)]


def test_a_grant_that_came_from_elsewhere_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = new_scene()
    record = stage.record()
    dead = dies(stage, record, monkeypatch)
    later(stage, VALID + 60)
    foreign = replace(dead, asked_at=0)
    monkeypatch.setattr(service, "grants", lambda *_, **__: [foreign])
    service.forget_dead(stage.node, record)
    monkeypatch.undo()

    assert dead in known(stage, record)
