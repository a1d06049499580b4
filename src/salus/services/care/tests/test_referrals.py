"""Referrals on a real ledger: who moves them, what is kept, what is refused."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import KeyDamaged
from salus.platform.database import IndexTable, PrivateTable
from salus.rights.identity.ledger import send as submit
from salus.rights.records.errors import UnknownSection
from salus.services.care import ledger, service
from salus.services.care.errors import (
    AlreadyExists,
    BadReason,
    BadState,
    BadSummary,
    BadWindow,
    DeadlinePassed,
    KeyMissing,
    NotAcceptor,
    NotParty,
    NotPatient,
    NotSender,
    SameSide,
    SameSigner,
    SummaryOfAnother,
    UnknownReferral,
)
from salus.services.care.letters import Referral, find_referral, referrals
from salus.services.care.model import LONGEST_REASON, LONGEST_WAIT, ReferralState, Role
from salus.services.care.tables import PartyKey, SealedLetter, SealedPaper
from salus.services.care.tests.stage import (
    DAY,
    GRACE,
    PATIENT,
    REASON,
    REFERRER,
    SPECIALIST,
    Stage,
    composition,
    new_stage,
)

SECOND = timedelta(seconds=1)


def kept(stage: Stage, kind: type[PrivateTable | IndexTable]) -> int:
    with stage.node.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_the_way_up_and_down_comes_to_each_state_in_turn() -> None:
    stage = new_stage()
    closed = stage.closed()

    assert [
        ReferralState.SENT,
        ReferralState.ACCEPTED,
        ReferralState.HANDED_DOWN,
        ReferralState.CLOSED,
    ] == [each.state for each in closed.moves]
    assert composition().decode() == closed.summary
    assert "" == closed.reason


def test_what_a_referral_says_comes_back_as_it_was_sent() -> None:
    sent = new_stage().send()

    assert (REFERRER.address, SPECIALIST.address) == (sent.letter.referrer, sent.letter.specialist)
    assert ("laboratory",) == sent.letter.sections
    assert REASON == service.request_of_now(sent)["reasonCode"][0]["text"]
    assert GRACE == sent.course.grace


def test_the_ledger_has_commitments_and_fresh_keys_only() -> None:
    stage = new_stage()
    sent, other = stage.send(), stage.send()
    stated = stage.stated(sent)
    with stage.node.reading() as session:
        salt = Digest(session.get_one(SealedLetter, sent.id).salt)
    keys = {stated.sender, stated.acceptor, stated.patient}
    again = stage.stated(other)

    assert sent.letter.commitment(salt) == stated.commitment
    assert {stage.key(sent, role).address for role in Role} == keys
    assert not keys & {REFERRER.address, SPECIALIST.address}
    assert not keys & {again.sender, again.acceptor, again.patient}
    assert 0 == stated.deadline % 86_400


def test_what_is_said_and_signed_with_is_sealed_at_rest() -> None:
    stage = new_stage()
    sent = stage.accepted()
    service.return_(stage.desk, sent, reason="Quillfeather is not my field")
    secret = stage.key(sent, Role.ACCEPTOR).secret()
    with stage.node.reading() as session:
        texts = [row.sealed for row in session.scalars(select(SealedLetter))]
        texts += [row.sealed for row in session.scalars(select(SealedPaper))]
        secrets_ = [row.sealed for row in session.scalars(select(PartyKey))]

    assert (2, 3) == (len(texts), len(secrets_))
    assert not any(b"Quillfeather" in text or PATIENT.encode() in text for text in texts)
    assert not any(secret in each for each in secrets_)


def test_another_storage_key_opens_nothing() -> None:
    stage = new_stage()
    stage.send()
    desk = replace(stage.desk, storage_key=secrets.token_bytes(32))
    with stage.node.reading() as session, pytest.raises(KeyDamaged):
        referrals(desk, session)


def test_grants_that_depend_on_it_hold_from_acceptance_to_the_end_of_its_grace() -> None:
    stage = new_stage()
    sent = stage.send()
    assert not stage.holds(sent)
    service.accept(stage.desk, sent)
    assert stage.holds(sent)
    service.hand_down(stage.desk, sent, summary=composition())
    assert stage.holds(sent)
    service.close(stage.desk, sent)
    assert stage.holds(sent)
    stage.clock.move(GRACE - SECOND)
    stage.tick()
    assert stage.holds(sent)
    stage.clock.move(SECOND)
    stage.tick()

    assert not stage.holds(sent)


@pytest.mark.parametrize("role", [Role.SENDER, Role.PATIENT])
def test_referrer_and_patient_cancel_what_is_open(role: Role) -> None:
    stage = new_stage()
    accepted = stage.accepted()
    service.cancel(stage.desk, accepted, role=role)

    assert ReferralState.CANCELLED is stage.found(accepted.id).course.state
    assert not stage.holds(accepted)


def test_a_return_tells_its_parties_why() -> None:
    stage = new_stage()
    accepted = stage.accepted()
    service.return_(stage.desk, accepted, reason="Not my field")

    assert "Not my field" == stage.found(accepted.id).reason
    assert not stage.holds(accepted)


# WHAT IS REFUSED


def test_only_the_right_party_moves_a_referral() -> None:
    stage = new_stage()
    node, stranger = stage.node, SigningKey.generate()
    sent, down = stage.send(), stage.handed_down()
    sender, acceptor = stage.key(sent, Role.SENDER), stage.key(sent, Role.ACCEPTOR)
    paper = Digest(bytes(32))
    with pytest.raises(NotAcceptor):
        submit(node, ledger.accept_referral(node, sent.id, by=sender))
    with pytest.raises(NotAcceptor):
        submit(node, ledger.return_referral(node, sent.id, paper, by=sender))
    with pytest.raises(NotAcceptor):
        submit(node, ledger.hand_down(node, sent.id, paper, by=stranger))
    with pytest.raises(NotSender):
        submit(node, ledger.close_referral(node, down.id, by=stranger))
    with pytest.raises(NotParty) as refused:
        submit(node, ledger.cancel_referral(node, sent.id, by=acceptor))

    assert "0x" + acceptor.address.hex() in str(refused.value)


def sending_of(stage: Stage, sent: Referral) -> ledger.Sending:
    """A second sending like the first one, with a fresh id."""
    stated = stage.stated(sent)
    return ledger.Sending(
        Digest(secrets.token_bytes(32)),
        stated.commitment,
        stated.sender,
        stated.acceptor,
        stated.patient,
        stated.deadline,
        stated.grace,
    )


def test_a_referral_needs_the_patient_and_three_keys() -> None:
    stage = new_stage()
    sent = stage.send()
    node, by, patient = stage.node, stage.key(sent, Role.SENDER), stage.key(sent, Role.PATIENT)
    stranger, again = SigningKey.generate(), sending_of(stage, sent)
    same_key, same_id = again._replace(patient=by.address), again._replace(id=sent.id)
    with pytest.raises(NotPatient):
        submit(node, ledger.send_referral(node, again, by=by, patient=stranger))
    with pytest.raises(NotSender):
        submit(node, ledger.send_referral(node, again, by=stranger, patient=patient))
    with pytest.raises(SameSigner):
        submit(node, ledger.send_referral(node, same_key, by=by, patient=by))
    with pytest.raises(AlreadyExists):
        submit(node, ledger.send_referral(node, same_id, by=by, patient=patient))


def test_an_expired_referral_cannot_be_accepted_but_cancelled() -> None:
    stage = new_stage()
    sent = stage.send()
    stage.clock.move(sent.course.deadline - stage.clock.now())
    with pytest.raises(DeadlinePassed):
        service.accept(stage.desk, sent)
    assert stage.found(sent.id).course.is_expired(stage.clock.now())
    service.cancel(stage.desk, sent)

    assert ReferralState.CANCELLED is stage.found(sent.id).course.state


def test_a_step_cannot_be_left_out_or_done_twice() -> None:
    stage = new_stage()
    sent = stage.send()
    with pytest.raises(BadState):
        service.hand_down(stage.desk, sent, summary=composition())
    with pytest.raises(BadState):
        service.close(stage.desk, sent)
    service.accept(stage.desk, sent)
    with pytest.raises(BadState):
        service.accept(stage.desk, sent)
    service.hand_down(stage.desk, sent, summary=composition())
    with pytest.raises(BadState):
        service.cancel(stage.desk, sent)
    with pytest.raises(BadState):
        service.return_(stage.desk, sent, reason="Too late")

    assert "" == stage.found(sent.id).reason


def test_a_paper_that_never_reached_the_ledger_does_not_count() -> None:
    stage = new_stage()
    sent = stage.send()
    with pytest.raises(BadState):
        service.hand_down(stage.desk, sent, summary=composition(title="Too early"))
    service.accept(stage.desk, sent)
    service.hand_down(stage.desk, sent, summary=composition(title="In time"))
    found = stage.found(sent.id)

    assert 2 == kept(stage, SealedPaper)
    assert composition(title="In time").decode() == found.summary


def test_a_letter_that_never_reached_the_ledger_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = new_stage()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(service, "submit", dies)
        with pytest.raises(KeyboardInterrupt):
            stage.send()
    sent = stage.send()
    with stage.node.reading() as session:
        shown = [each.id for each in referrals(stage.desk, session)]

    assert 2 == kept(stage, SealedLetter)
    assert [sent.id] == shown


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"sections": ["genomics"]}, UnknownSection),
        ({"specialist": REFERRER}, SameSide),
        ({"reason": ""}, BadReason),
        ({"reason": " \n\t "}, BadReason),
        ({"reason": "x" * (LONGEST_REASON + 1)}, BadReason),
        ({"reason": "a\x00b"}, BadReason),
        ({"reason": "half a character: \udcff"}, BadReason),
    ],
)
def test_a_referral_that_cannot_be_is_refused_and_leaves_nothing(
    changed: dict[str, object], error: type[Exception]
) -> None:
    stage = new_stage()
    with pytest.raises(error):
        stage.send(**changed)

    assert 0 == kept(stage, SealedLetter) + kept(stage, PartyKey)


@pytest.mark.parametrize("wait", [-SECOND, 0 * SECOND, LONGEST_WAIT + SECOND])
def test_a_deadline_that_has_passed_or_is_too_far_is_refused(wait: timedelta) -> None:
    stage = new_stage()
    with pytest.raises(BadWindow):
        stage.send(deadline=stage.clock.now() + wait)

    assert 0 == kept(stage, SealedLetter)


@pytest.mark.parametrize(
    ("summary", "error"),
    [
        (composition(title=None), BadSummary),
        (composition(resourceType="Patient"), BadSummary),
        (composition(subject={"reference": "Patient/p2"}), SummaryOfAnother),
        (composition(subject=None), SummaryOfAnother),
    ],
    ids=["no title", "not a Composition", "another patient", "no patient"],
)
def test_a_summary_that_is_none_is_refused_and_leaves_nothing(
    summary: bytes, error: type[Exception]
) -> None:
    stage = new_stage()
    accepted = stage.accepted()
    with pytest.raises(error):
        service.hand_down(stage.desk, accepted, summary=summary)

    assert 0 == kept(stage, SealedPaper)
    assert ReferralState.ACCEPTED is stage.found(accepted.id).course.state


def test_a_home_without_the_key_of_a_side_cannot_act_for_it() -> None:
    stage = new_stage()
    sent = stage.send()
    with stage.node.sessions() as session, session.begin():
        session.delete(session.get_one(PartyKey, (sent.id, Role.ACCEPTOR)))
    with pytest.raises(KeyMissing):
        service.accept(stage.desk, sent)


def test_what_is_unknown_has_its_name() -> None:
    stage = new_stage()
    sent = stage.send()
    unknown = Digest(b"\x07" * 32)
    with pytest.raises(UnknownReferral) as refused:
        submit(
            stage.node,
            ledger.accept_referral(stage.node, unknown, by=stage.key(sent, Role.ACCEPTOR)),
        )
    for text in ("", "0x", "zz", "07" * 32):
        with stage.node.reading() as session, pytest.raises(UnknownReferral):
            find_referral(stage.desk, session, text)

    assert "0x" + "07" * 32 in str(refused.value)
    assert sent == stage.found(sent.id)


def test_a_referral_is_found_by_a_beginning_that_only_it_has() -> None:
    stage = new_stage()
    sent, _ = stage.send(), stage.send()
    with stage.node.reading() as session:
        assert sent == find_referral(stage.desk, session, "0x" + sent.id.hex()[:40].upper())


def test_a_deadline_of_a_year_is_taken() -> None:
    stage = new_stage()
    last = (stage.clock.now() + LONGEST_WAIT).replace(hour=0)

    assert last == stage.send(deadline=last).course.deadline


def test_a_day_of_waiting_is_taken() -> None:
    stage = new_stage()
    first = (stage.clock.now() + DAY).replace(hour=0)

    assert first == stage.send(deadline=first).course.deadline
