"""Granting and revoking on a real ledger, and finding grants again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import GrantId, RecordId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.testing import memory_work
from salus.rights.consent import ledger
from salus.rights.consent.errors import (
    AlreadyExists,
    BadState,
    BadWindow,
    NotController,
    UnknownGrant,
    UnknownPurpose,
    UnknownRecord,
    WalletMissing,
)
from salus.rights.consent.model import LONGEST, GrantState
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
from salus.rights.identity.ledger import Views, send, signed, view
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


def kept(stage: Scene) -> int:
    with stage.node.reading() as session:
        return session.scalar(select(func.count()).select_from(GrantTerms)) or 0


def is_live(stage: Scene, granted: Granted) -> bool:
    block = stage.node.ledger.final()
    return ledger.stated(Views(stage.node), granted.id, at=block)[1]


def test_a_grant_of_the_patient_is_live_at_once() -> None:
    stage = scene()
    granted = given(stage)

    assert is_live(stage, granted)
    assert found(stage, granted.id.hex()) == granted
    assert GrantState.LIVE == found(stage, granted.id.hex()).state


def test_the_ledger_has_the_commitment_and_whole_days_only() -> None:
    stage = scene()
    granted = given(stage)
    stated, _ = ledger.stated(Views(stage.node), granted.id, at=stage.node.ledger.final())

    assert granted.terms.commitment(granted.salt) == stated.commitment
    assert granted.terms.days() == (stated.not_before, stated.not_after)
    assert stated.record == shared()


def test_the_same_wording_looks_different_in_each_grant() -> None:
    stage = scene()

    assert given(stage).terms.wording != given(stage).terms.wording


@pytest.mark.parametrize("lasting", [-SECOND, 0 * SECOND, LONGEST + SECOND])
def test_a_window_that_has_passed_or_is_too_long_is_refused(lasting: timedelta) -> None:
    stage = scene()
    before = kept(stage)
    with pytest.raises(BadWindow):
        given(stage, lasting)

    assert before == kept(stage)


@pytest.mark.parametrize("lasting", [SECOND, LONGEST])
def test_a_window_may_be_a_second_or_ten_years(lasting: timedelta) -> None:
    stage = scene()

    assert is_live(stage, given(stage, lasting))


@pytest.mark.parametrize("purpose", ["", "treat", "BTG", "SNOOPING"])
def test_a_purpose_that_cannot_be_granted_is_refused(purpose: str) -> None:
    stage = scene()
    before = kept(stage)
    with pytest.raises(UnknownPurpose):
        given(stage, purpose=purpose)

    assert before == kept(stage)


def test_only_who_controls_the_record_revokes() -> None:
    stage = scene()
    granted = given(stage)
    with pytest.raises(NotController):
        revoke(stage.node, granted, by=SigningKey.generate())

    assert is_live(stage, granted)


def test_a_stranger_cannot_grant() -> None:
    with pytest.raises(NotController):
        given(scene(), by=SigningKey.generate())


def test_a_proposal_of_an_organization_waits_for_the_patient() -> None:
    stage = scene()
    proposed = given(stage, by=stage.clinic.signing)

    assert not is_live(stage, proposed)
    assert GrantState.PROPOSED == found(stage, proposed.id.hex()).state


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_the_patient_decides_on_a_proposal(verb: str) -> None:
    stage = scene()
    proposed = given(stage, by=stage.clinic.signing)
    send(stage.node, decision(stage, verb, proposed.id, stage.wallet(shared())))
    stage.node.follow()
    expected = {"approve": GrantState.LIVE, "decline": GrantState.ENDED}[verb]

    assert expected == found(stage, proposed.id.hex()).state
    assert (verb == "approve") is is_live(stage, proposed)


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_nobody_else_decides_on_a_proposal(verb: str) -> None:
    stage = scene()
    proposed = given(stage, by=stage.clinic.signing)
    with pytest.raises(NotController):
        send(stage.node, decision(stage, verb, proposed.id, stage.clinic.signing))

    assert not is_live(stage, proposed)


def test_a_revoked_grant_is_over_for_ever() -> None:
    stage, by = scene(), scene().wallet(shared())
    granted = given(stage)
    revoke(stage.node, granted, by=by)
    stage.node.follow()
    with pytest.raises(BadState):
        revoke(stage.node, granted, by=by)
    with pytest.raises(BadState):
        send(stage.node, decision(stage, "approve", granted.id, by))

    assert not is_live(stage, granted)
    assert GrantState.ENDED == found(stage, granted.id.hex()).state


def test_a_grant_id_is_good_once() -> None:
    stage = scene()
    granted = given(stage)
    again = ledger.propose(
        stage.node, granted.id, granted.terms, granted.salt, by=stage.wallet(shared())
    )
    with pytest.raises(AlreadyExists):
        send(stage.node, again)


def test_what_the_ledger_never_heard_of_has_its_name() -> None:
    stage, nobody = scene(), SigningKey.generate()
    with pytest.raises(UnknownGrant) as unknown:
        send(stage.node, decision(stage, "revoke", GrantId(b"\x07" * 32), nobody))
    with pytest.raises(UnknownRecord):
        given(stage, record=new_record_id())

    assert "0x" + "07" * 32 in str(unknown.value)


def decision(stage: Scene, verb: str, granted: GrantId, by: SigningKey) -> Call:
    return signed(stage.node, "ConsentRegistry", verb, granted, by=by)


"""FINDING"""


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
            session, record=record, unit=unit.id, reader=stage.clinic.address, now=stage.now()
        )
        count = len(grants(session, record))

    assert best is not None
    assert live.id == best.id
    assert count == 5


def test_without_a_live_grant_the_reader_names_the_last_that_was() -> None:
    stage = scene()
    record = stage.record()
    (unit,) = stage.units(record)
    asked = {"record": record, "unit": unit.id, "reader": stage.clinic.address}
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


"""CONTROL"""


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
