"""Granting and revoking on a real ledger, and finding grants again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import GrantId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.rights.consent import ledger
from salus.rights.consent.errors import (
    AlreadyExists,
    BadState,
    BadWindow,
    NotController,
    UnknownGrant,
    UnknownPurpose,
    UnknownRecord,
)
from salus.rights.consent.gathering import on_ledger
from salus.rights.consent.model import LONGEST, GrantState
from salus.rights.consent.service import (
    Granted,
    find_grant,
    grant,
    revoke,
)
from salus.rights.consent.tables import GrantTerms
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
    return bool(view(stage.node, "ConsentRegistry", "isLive", granted.id, at=block))


def test_a_grant_of_the_patient_is_live_at_once() -> None:
    stage = scene()
    granted = given(stage)

    assert is_live(stage, granted)
    assert found(stage, granted.id.hex()) == granted
    assert GrantState.LIVE == found(stage, granted.id.hex()).state


def test_the_ledger_has_the_commitment_and_whole_days_only() -> None:
    stage = scene()
    granted = given(stage)
    stated = on_ledger(Views(stage.node), granted.id, at=stage.node.ledger.final())

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
