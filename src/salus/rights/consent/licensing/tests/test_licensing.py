"""What may be licensed, on a real ledger, and its rows in the index."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId, new_record_id, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Work
from salus.rights.consent.authority import service as control
from salus.rights.consent.authority.model import Powers, delegation
from salus.rights.consent.erasing import erase
from salus.rights.consent.errors import NotClosed, NotLicensable, PowerMissing, UnknownRecord
from salus.rights.consent.licensing import ledger
from salus.rights.consent.licensing.model import (
    NO_STANDING,
    NOTHING,
    USUAL,
    Duo,
    Gate,
    Region,
    policy_for,
    standing_commitment,
)
from salus.rights.consent.licensing.reading import (
    KnownGate,
    known_gates,
    known_policy,
    standing_terms,
)
from salus.rights.consent.licensing.service import close, reopen, set_policy, set_standing
from salus.rights.consent.licensing.tables import StandingTerms
from salus.rights.identity.ledger import Views, send, signed
from tests.support.scene import Scene, scene

POLICY = policy_for([4, 7], [Duo.GRU, Duo.IRB], USUAL, Region.EU)
LABORATORY, GENOMICS = 7, 12
STRANGER = SigningKey.generate()


def gate(stage: Scene, record: RecordId, section: int) -> Gate:
    return ledger.section_gate(Views(stage.node), record, section, at=stage.node.ledger.final())


def closed_at(stage: Scene, record: RecordId, generation: int) -> int:
    at, ask = stage.node.ledger.final(), Views(stage.node)
    return ledger.closed_at(ask, record, LABORATORY, generation, at=at)


def known_gate(stage: Scene, record: RecordId) -> KnownGate:
    with stage.node.reading() as session:
        found = known_gates(session, record)
    return next(each for each in found if each.section == LABORATORY)


def test_a_policy_is_on_the_ledger_and_in_the_index() -> None:
    stage = scene()
    record = stage.record()
    with stage.node.reading() as session:
        before = known_policy(session, record)
    set_policy(stage.node, record=record, policy=POLICY, by=stage.wallet(record))
    stated = ledger.policy(Views(stage.node), record, at=stage.node.ledger.final())
    with stage.node.reading() as session:
        known = known_policy(session, record)

    assert before == (NOTHING, 0)
    assert stated == known == (POLICY, 1)


def test_the_last_policy_is_the_one_in_force() -> None:
    stage = scene()
    record = stage.record()
    for policy in (POLICY, NOTHING):
        set_policy(stage.node, record=record, policy=policy, by=stage.wallet(record))
    with stage.node.reading() as session:
        known = known_policy(session, record)

    assert known == (NOTHING, 2)


def test_terms_that_this_release_does_not_know_stop_no_index() -> None:
    """The highest bit of the terms fits no number of a database."""
    stage = scene()
    record = stage.record()
    bits = (1 << LABORATORY, 1 << 63 | 1 << Duo.GRU, 1, 1)
    call = signed(
        stage.node, "LicensingPolicy", "setPolicy", record, *bits, by=stage.wallet(record)
    )
    send(stage.node, call)
    stage.node.follow()
    with stage.node.reading() as session:
        known, seq = known_policy(session, record)

    assert known.duo == {Duo.GRU}
    assert seq == 1


def test_closing_is_at_once_and_reopening_begins_the_next_generation() -> None:
    stage = scene()
    record, asked = stage.record(), [LABORATORY]
    by = stage.wallet(record)
    begin = gate(stage, record, LABORATORY)
    close(stage.node, record=record, sections=asked, by=by)
    shut, second = gate(stage, record, LABORATORY), closed_at(stage, record, 0)
    known = known_gate(stage, record)
    close(stage.node, record=record, sections=asked, by=by)
    again = closed_at(stage, record, 0)
    reopen(stage.node, record=record, sections=asked, by=by)

    assert begin == Gate(0, is_open=True)
    assert shut == Gate(0, is_open=False)
    assert known == KnownGate(LABORATORY, 0, second)
    assert second == again > 0
    assert gate(stage, record, LABORATORY) == Gate(1, is_open=True)
    assert (second, 0) == (closed_at(stage, record, 0), closed_at(stage, record, 1))
    assert known_gate(stage, record) == KnownGate(LABORATORY, 1, 0)
    assert gate(stage, record, GENOMICS) == begin


def test_reopening_passes_over_what_is_open() -> None:
    stage = scene()
    record = stage.record()
    by = stage.wallet(record)
    close(stage.node, record=record, sections=[LABORATORY], by=by)
    reopen(stage.node, record=record, sections=[GENOMICS, LABORATORY], by=by)
    with pytest.raises(NotClosed):
        reopen(stage.node, record=record, sections=[GENOMICS, LABORATORY], by=by)

    assert gate(stage, record, GENOMICS) == Gate(0, is_open=True)
    assert gate(stage, record, LABORATORY) == Gate(1, is_open=True)


def test_what_is_never_licensed_has_no_gate() -> None:
    stage = scene()
    record = stage.record()
    with pytest.raises(NotLicensable):
        close(stage.node, record=record, sections=[14], by=stage.wallet(record))


def test_nobody_else_says_what_may_be_licensed() -> None:
    stage = scene()
    record, nobodys = stage.record(), new_record_id()
    errors: list[type[SalusError]] = []
    for asked in (record, nobodys):
        for act in (
            partial(set_policy, policy=POLICY),
            partial(set_standing, terms=b"all"),
            partial(close, sections=[LABORATORY]),
        ):
            with pytest.raises(SalusError) as failed:
                act(stage.node, record=asked, by=STRANGER)
            errors.append(failed.type)

    assert errors == [PowerMissing] * 3 + [UnknownRecord] * 3
    assert gate(stage, record, LABORATORY) == Gate(0, is_open=True)


def test_a_delegate_who_may_revoke_closes_and_does_not_reopen() -> None:
    stage = scene()
    record, now = stage.record(), stage.now()
    control.appoint(
        stage.node,
        record=record,
        delegate=STRANGER.address,
        delegation=delegation(Powers.REVOKE, now=now, until=now + timedelta(days=3)),
        by=stage.wallet(record),
    )
    close(stage.node, record=record, sections=[LABORATORY], by=STRANGER)
    with pytest.raises(PowerMissing):
        reopen(stage.node, record=record, sections=[LABORATORY], by=STRANGER)

    assert not gate(stage, record, LABORATORY).is_open


def test_standing_terms_are_opened_by_their_salt_only() -> None:
    stage = scene()
    record = stage.record()
    by, seen = stage.wallet(record), []
    for terms in (b"first", b"second"):
        set_standing(stage.node, record=record, terms=terms, by=by)
        with stage.node.reading() as session:
            seen.append(standing_terms(session, record))
    stated = ledger.standing_of(Views(stage.node), record, at=stage.node.ledger.final())
    set_standing(stage.node, record=record, terms=None, by=by)
    after = ledger.standing_of(Views(stage.node), record, at=stage.node.ledger.final())
    with stage.node.reading() as session:
        none = standing_terms(session, record)

    assert [b"first", b"second"] == [each[0] for each in seen if each]
    assert seen[1]
    assert stated == (standing_commitment(seen[1][1], b"second"), 2)
    assert after == (NO_STANDING, 3)
    assert none is None


def test_standing_terms_go_with_the_record() -> None:
    stage = scene()
    record = stage.record()
    set_standing(stage.node, record=record, terms=b"all", by=stage.wallet(record))
    with stage.node.sessions() as session, session.begin():
        erase(Work(stage.node, session), record)
        own = StandingTerms.record == record_text(record)
        left = session.scalar(select(func.count()).select_from(StandingTerms).where(own))
        session.rollback()

    assert left == 0


def test_the_index_is_what_the_events_say() -> None:
    stage = scene()
    record = stage.record()
    by = stage.wallet(record)
    set_policy(stage.node, record=record, policy=POLICY, by=by)
    close(stage.node, record=record, sections=[LABORATORY, GENOMICS], by=by)
    reopen(stage.node, record=record, sections=[LABORATORY], by=by)
    set_standing(stage.node, record=record, terms=b"all", by=by)

    assert stage.node.rebuild_index() == ()
    assert known_gate(stage, record) == KnownGate(LABORATORY, 1, 0)
