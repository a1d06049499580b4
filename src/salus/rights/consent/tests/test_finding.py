"""Finding grants, and the key that controls a record."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import RecordId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.testing import memory_work
from salus.rights.consent import ledger
from salus.rights.consent.errors import (
    AlreadyExists,
    UnknownGrant,
    WalletMissing,
)
from salus.rights.consent.service import (
    Granted,
    best_for,
    controller,
    find_grant,
    grant,
    grants,
    revoke,
    take_control,
)
from salus.rights.consent.tables import GrantRow, GrantTerms
from salus.rights.identity.ledger import send, view
from tests.support.scene import Scene, scene, shared

SECOND = timedelta(seconds=1)


def given(stage: Scene, lasting: timedelta = timedelta(days=3), **changed: object) -> Granted:
    asked = {
        "record": shared(),
        "units": [unit.id for unit in stage.units(shared())],
        "readers": [stage.clinic.address],
        "purpose": "TREAT",
        "until": stage.now() + lasting,
        "by": stage.wallet(shared()),
    }
    made = grant(stage.node, **asked | changed)  # type: ignore[arg-type]
    stage.node.follow()
    return made


def found(stage: Scene, text: str) -> Granted:
    with stage.node.reading() as session:
        return find_grant(session, text)


@pytest.fixture
def alike() -> Iterator[tuple[Scene, Granted]]:
    """Two grants whose ids begin alike for 20 digits."""
    stage = scene()
    granted = given(stage)
    twin = granted.id[:10] + bytes([granted.id[10] ^ 1]) + granted.id[11:]
    with stage.node.sessions() as session, session.begin():
        row = session.get_one(GrantTerms, granted.id)
        own = {"record": row.record, "salt": row.salt, "terms": row.terms}
        session.add(GrantTerms(grant=twin, **own))
    yield stage, granted
    with stage.node.sessions() as session, session.begin():
        session.delete(session.get_one(GrantTerms, twin))


def test_a_grant_is_found_by_a_beginning_that_is_its_own(alike: tuple[Scene, Granted]) -> None:
    stage, granted = alike
    text = granted.id.hex()

    assert granted.id == found(stage, text[:22]).id
    assert granted.id == found(stage, "0x" + text[:22].upper()).id


@pytest.mark.parametrize("size", [0, 1, 20])
def test_a_beginning_of_several_grants_finds_none(alike: tuple[Scene, Granted], size: int) -> None:
    stage, granted = alike
    with pytest.raises(UnknownGrant):
        found(stage, granted.id.hex()[:size])


@pytest.mark.parametrize("text", ["%", "_", "zz", "0x", "0" * 65])
def test_what_is_no_beginning_of_an_id_finds_none(text: str) -> None:
    given(scene())
    with pytest.raises(UnknownGrant):
        found(scene(), text)


def test_a_reader_names_the_newest_live_grant_that_covers_the_unit() -> None:
    stage = scene()
    record = stage.record()
    (unit,) = stage.units(record)
    ended = stage.grant(record)
    live = stage.grant(record)
    for other in (stage.grant(record, "allergies"), stage.grant(record, reader=stage.research)):
        assert other.id != live.id
    stage.clock.move(SECOND)
    newest = stage.grant(record)
    revoke(stage.node, newest, by=stage.wallet(record))
    revoke(stage.node, ended, by=stage.wallet(record))
    stage.node.follow()
    with stage.node.reading() as session:
        best = best_for(
            session, record=record, units=[unit.id], reader=stage.clinic.address, now=stage.now()
        )
        count = len(grants(session, record))

    assert best is not None
    assert live.id == best.id
    assert count == 5


def test_without_a_live_grant_the_reader_names_the_last_that_was() -> None:
    stage = scene()
    record = stage.record()
    (unit,) = stage.units(record)
    asked = {"record": record, "units": [unit.id], "reader": stage.clinic.address}
    with stage.node.reading() as session:
        none = best_for(session, now=stage.now(), **asked)  # type: ignore[arg-type]
    ended = stage.grant(record)
    revoke(stage.node, ended, by=stage.wallet(record))
    stage.node.follow()
    with stage.node.reading() as session:
        best = best_for(session, now=stage.now(), **asked)  # type: ignore[arg-type]

    assert none is None
    assert best is not None
    assert ended.id == best.id


def test_control_of_a_record_is_taken_once() -> None:
    record = new_record_id()
    with memory_work() as work:
        first = take_control(work, record)
        work.session.flush()
        again = take_control(work, record)
        found_ = controller(work.session, record)

    assert first.address == again.address == found_.address


def test_without_the_wallet_nobody_signs() -> None:
    with memory_work() as work, pytest.raises(WalletMissing):
        controller(work.session, RecordId(1))


def test_a_record_is_enrolled_once() -> None:
    stage, record = scene(), shared()
    with pytest.raises(AlreadyExists):
        send(stage.node, ledger.enroll(stage.node, record, by=SigningKey.generate()))

    assert stage.wallet(record).address == ledger.controller_of(stage.node, record)
    assert view(stage.node, "Authority", "accountOf", record) != bytes(20)


def test_the_index_has_a_row_for_each_grant_of_the_ledger() -> None:
    stage = scene()
    granted = given(stage)
    with stage.node.reading() as session:
        row = session.get_one(GrantRow, granted.id)

    assert granted.terms.commitment(granted.salt) == row.commitment
    assert stage.node.rebuild_index() == ()
