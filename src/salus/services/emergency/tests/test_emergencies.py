"""Emergencies on a real ledger with real keepers: who may open, how wide, how long, who is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.web.errors import PeerUnreachable
from salus.rights.consent.emergency.model import (
    EmergencyPolicy,
    Reason,
    Scope,
    Verdict,
    finding_commitment,
    reason_commitment,
)
from salus.rights.consent.errors import (
    AlreadyReviewed,
    EmergencyForbidden,
    NotPrivacyOfficer,
    OpeningEnded,
    SameSigner,
)
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted, TooFewShares
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import Opened, in_emergency, read
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.services.emergency import service
from salus.services.emergency.errors import CoSignerNeeded, SiteMissing, UnknownEmergency
from salus.services.emergency.notices import Step, Told, notices, tell
from salus.services.emergency.service import Emergency
from salus.services.emergency.tables import FindingTerms, Notice, OpeningRow, OpeningTerms
from tests.support.scene import Scene, new_scene

SUMMARY = SECTIONS[EMERGENCY_SUMMARY]


@pytest.fixture
def stage() -> Scene:
    """Of its own: what one test opens counts for the clinician in the next."""
    return new_scene()


def medic(stage: Scene, number: int = 0) -> SigningKey:
    return stage.consortium.clinicians[number].signing


def opens(stage: Scene, record: RecordId, number: int = 0) -> Emergency:
    return service.break_glass(
        stage.node, record=record, reason=Reason.UNCONSCIOUS, by=medic(stage, number)
    )


def reads(stage: Scene, made: Emergency, number: int = 0) -> Opened:
    return service.read_opened(
        stage.node, stage.keepers, made, hospital=stage.clinic, by=medic(stage, number)
    )


def reviews(stage: Scene, made: Emergency) -> Emergency:
    return service.review(
        stage.node,
        made.id,
        verdict=Verdict.JUSTIFIED,
        finding="Cardiac arrest",
        by=stage.consortium.privacy.signing,
    )


def sections(opened: Opened) -> list[str]:
    return [SECTIONS[unit.place.section] for unit in opened.units]


def without(stage: Scene, missing: int) -> Keepers:
    """The keepers when some custodians do not answer."""
    down = [Gone(each.member, each.peer) for each in stage.keepers.custodians[:missing]]
    return replace(stage.keepers, custodians=(*down, *stage.keepers.custodians[missing:]))


class Gone(RemoteKeeper):
    """A custodian that does not answer."""

    def shares(self, ask: m.Ask) -> m.Shares:
        raise PeerUnreachable(name=self.name)


# OPENING


def test_a_clinician_reads_the_summary_and_nothing_else(stage: Scene) -> None:
    record = stage.record()
    made = opens(stage, record)

    assert Scope.SUMMARY is made.scope
    assert [SUMMARY] == sections(reads(stage, made))
    who = in_emergency(stage.clinic, medic(stage), made.id)
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, who, record, stage.units(record, "laboratory"))


def test_two_of_five_custodians_are_enough_for_a_summary(stage: Scene) -> None:
    made = opens(stage, stage.record())
    key = medic(stage)
    for missing, is_enough in ((3, True), (4, False)):
        keepers = without(stage, missing)
        if is_enough:
            assert service.read_opened(
                stage.node, keepers, made, hospital=stage.clinic, by=key
            ).units
        else:
            with pytest.raises(TooFewShares):
                service.read_opened(stage.node, keepers, made, hospital=stage.clinic, by=key)


def test_the_rest_of_a_record_needs_three(stage: Scene) -> None:
    made = service.widen(stage.node, opens(stage, stage.record()).id, by=medic(stage, 1))

    with pytest.raises(TooFewShares):
        service.read_opened(
            stage.node, without(stage, 3), made, hospital=stage.clinic, by=medic(stage)
        )


def test_nothing_is_read_without_an_opening(stage: Scene) -> None:
    record = stage.record()
    nothing = Digest(medic(stage).address + bytes(12))
    who = in_emergency(stage.clinic, medic(stage), nothing)

    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, who, record, stage.units(record, SUMMARY))


def test_an_opening_of_one_record_opens_no_other(stage: Scene) -> None:
    made, other = opens(stage, stage.record()), stage.record()

    with pytest.raises(NotPermitted):
        reads(stage, replace(made, record=other))


def test_an_opening_is_of_no_use_to_a_stranger(stage: Scene) -> None:
    made = opens(stage, stage.record())
    who = in_emergency(stage.research, stage.research.signing, made.id)

    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, who, made.record, stage.units(made.record, SUMMARY))


def test_who_acts_for_no_emergency_hospital_opens_nothing(stage: Scene) -> None:
    for key in (stage.research.signing, stage.consortium.hospital.signing, SigningKey.generate()):
        with pytest.raises(SiteMissing):
            service.break_glass(stage.node, record=stage.record(), reason=Reason.CONFUSED, by=key)


def test_an_opening_ends_after_four_hours(stage: Scene) -> None:
    made = opens(stage, stage.record())
    stage.clock.move(timedelta(hours=4) - timedelta(seconds=1))
    assert reads(stage, made).units

    stage.clock.move(timedelta(seconds=1))
    with pytest.raises(OpeningEnded):
        reads(stage, made)
    stage.node.ledger.advance()
    with pytest.raises(NotPermitted):
        reads(stage, replace(made, expires_at=made.expires_at + 99))


@pytest.mark.parametrize("by_patient", [True, False])
def test_an_opening_is_ended_by_the_patient_or_the_hospital(
    stage: Scene, *, by_patient: bool
) -> None:
    made = opens(stage, stage.record())
    key = stage.wallet(made.record) if by_patient else medic(stage, 1)
    service.close(stage.node, made.id, by=key)

    with pytest.raises(NotPermitted):
        reads(stage, made)


# THE SECOND CLINICIAN


def test_a_second_clinician_opens_the_record_but_what_is_restricted(stage: Scene) -> None:
    record = stage.record()
    made = service.widen(stage.node, opens(stage, record).id, by=medic(stage, 1))

    assert {"allergies", "laboratory", SUMMARY} <= set(sections(reads(stage, made)))
    assert {0} == {unit.place.kind for unit in reads(stage, made, 1).units}


def test_a_clinician_is_not_the_own_second(stage: Scene) -> None:
    made = opens(stage, stage.record())

    with pytest.raises(SameSigner):
        service.widen(stage.node, made.id, by=medic(stage))


def test_after_a_missed_review_a_second_must_come_first(stage: Scene) -> None:
    opens(stage, stage.record())
    stage.clock.move(timedelta(hours=24, seconds=1))
    made = opens(stage, stage.record())
    assert Scope.NOTHING is made.scope
    with pytest.raises(CoSignerNeeded):
        reads(stage, made)
    with pytest.raises(NotPermitted):
        reads(stage, replace(made, scope=Scope.SUMMARY))

    agreed = service.widen(stage.node, made.id, by=medic(stage, 1))
    assert [SUMMARY] == sections(reads(stage, agreed))


def test_a_review_lets_a_clinician_open_alone_again(stage: Scene) -> None:
    made = opens(stage, stage.record())
    stage.clock.move(timedelta(days=2))
    reviews(stage, made)

    assert Scope.SUMMARY is opens(stage, stage.record()).scope


def test_the_sixth_opening_of_a_day_needs_a_second(stage: Scene) -> None:
    record = stage.record()
    scopes = [reviews(stage, opens(stage, record)).scope for _ in range(6)]

    assert [Scope.SUMMARY] * 5 + [Scope.NOTHING] == scopes


# THE PATIENT


def test_a_patient_forbids_emergencies_also_those_that_run(stage: Scene) -> None:
    record = stage.record()
    made, key = opens(stage, record), stage.wallet(record)
    service.set_policy(stage.node, record, EmergencyPolicy.FORBID, by=key)

    with pytest.raises(NotPermitted):
        reads(stage, made)
    with pytest.raises(EmergencyForbidden):
        opens(stage, record)


def test_a_patient_leaves_the_summary_only(stage: Scene) -> None:
    record = stage.record()
    made, key = opens(stage, record), stage.wallet(record)
    wide = service.widen(stage.node, made.id, by=medic(stage, 1))
    service.set_policy(stage.node, record, EmergencyPolicy.SUMMARY_ONLY, by=key)

    assert [SUMMARY] == sections(reads(stage, made))
    with pytest.raises(NotPermitted):
        reads(stage, wide)


# THE PRIVACY OFFICER


def test_only_the_privacy_office_reviews_and_once(stage: Scene) -> None:
    made = opens(stage, stage.record())
    for key in (medic(stage, 1), stage.clinic.signing, stage.wallet(made.record)):
        with pytest.raises(NotPrivacyOfficer):
            service.review(stage.node, made.id, verdict=Verdict.JUSTIFIED, finding="", by=key)
    reviews(stage, made)

    with pytest.raises(AlreadyReviewed):
        reviews(stage, made)


def test_reason_and_finding_stay_here_and_open_what_the_ledger_has(stage: Scene) -> None:
    made = reviews(stage, opens(stage, stage.record()))
    with stage.node.reading() as session:
        row = session.get_one(OpeningRow, made.id)
        terms = session.get_one(OpeningTerms, made.id)
        found = session.get_one(FindingTerms, row.finding)

    reason = Reason[made.reason]
    assert Reason.UNCONSCIOUS is reason
    assert row.reason == reason_commitment(Digest(terms.salt), reason)
    assert row.finding == finding_commitment(Digest(found.salt), made.finding)
    assert "Cardiac arrest" == made.finding


# NOTICES


def told(stage: Scene, record: RecordId) -> list[tuple[Step, Told, Address]]:
    with stage.node.reading() as session:
        return [(each.step, each.role, each.told) for each in notices(session, record)]


def test_patient_and_officer_are_told_of_every_step(stage: Scene) -> None:
    record = stage.record()
    made = opens(stage, record)
    service.widen(stage.node, made.id, by=medic(stage, 1))
    service.close(stage.node, made.id, by=medic(stage))
    reviews(stage, made)
    service.record_card(stage.node, record=record, used_at=made.opened_at, by=medic(stage))
    subject = (Told.SUBJECT, stage.wallet(record).address)
    officer = (Told.OFFICER, stage.consortium.privacy.address)

    assert {(step, *who) for step in Step for who in (subject, officer)} == set(told(stage, record))


def test_a_notice_that_a_crash_prevented_is_written_later_and_once(stage: Scene) -> None:
    made = opens(stage, stage.record())
    before = told(stage, made.record)
    with stage.node.sessions() as session, session.begin():
        for notice in session.query(Notice).filter_by(emergency=made.id):
            session.delete(notice)
    assert [] == told(stage, made.record)
    tell(stage.node)
    tell(stage.node)

    assert before == told(stage, made.record)


def test_the_index_is_what_the_ledger_says(stage: Scene) -> None:
    made = reviews(stage, opens(stage, stage.record()))
    service.widen(stage.node, made.id, by=medic(stage, 1))
    service.close(stage.node, made.id, by=medic(stage))

    assert () == stage.node.rebuild_index()


def test_an_emergency_is_found_by_the_beginning_of_its_handle(stage: Scene) -> None:
    first, second = opens(stage, stage.record()), opens(stage, stage.record())
    with stage.node.reading() as session:
        for text in (service.handle(first.id)[:8], "0x" + first.id.hex()):
            assert first.id == service.find_emergency(session, text).id
        for text in ("", "zz", medic(stage).address.hex()):
            with pytest.raises(UnknownEmergency):
                service.find_emergency(session, text)
        mine = service.emergencies(session, second.record)

    assert [second.id] == [each.id for each in mine]
