"""Licenses from their purchase to their end, on the real contracts and with real money."""

from datetime import timedelta

import pytest

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.rights.consent.licensing.service import close, reopen
from salus.rights.revenue.model import DAY
from salus.services.exchange import ledger, service
from salus.services.exchange.errors import (
    Ended,
    NotCancelable,
    NothingToPrune,
    NotLicensee,
    NotSubject,
    TooDeep,
)
from salus.services.exchange.model import Kind
from salus.services.exchange.notices import Step, Told, notices, tell
from salus.services.exchange.reading import (
    LicenseWord,
    licenses,
    offer_of,
)
from salus.services.exchange.tests.stage import (
    BOTH,
    LAB,
    TERM,
    acme,
    again,
    bought,
    institute,
    offered,
    owed,
    rich,
)
from tests.support.scene import Scene, scene
from tests.support.trading import (
    ALLERGIES,
    LABORATORY,
    RATE,
    subject_of,
)

"""RENEW, CANCEL, REVOKE"""


def test_renewing_adds_to_the_end_and_costs_just_the_days() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer)
    renewed = service.renew(stage.node, license_, days=30, by=buyer)

    assert renewed.end == license_.end + 30 * DAY
    assert renewed.paid - license_.paid == 30 * RATE


def test_a_lapsed_license_begins_anew() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer)
    stage.clock.move(timedelta(days=TERM + 5))
    assert license_.word(seconds(stage.now())) is LicenseWord.LAPSED
    renewed = service.renew(stage.node, license_, days=30, by=buyer)

    assert renewed.end > seconds(stage.now()) + 29 * DAY
    assert renewed.word(seconds(stage.now())) is LicenseWord.LIVE


def test_canceling_gives_back_every_whole_day_that_is_left() -> None:
    stage = scene()
    buyer, known = institute(stage), offered(stage, most=90)
    license_ = bought(stage, known, by=buyer)
    before = owed(stage, buyer)
    canceled = service.cancel(stage.node, license_, by=buyer.key)

    assert canceled.refunded == owed(stage, buyer) - before
    assert canceled.refunded == (license_.end - canceled.end) // DAY * RATE == 30 * RATE
    with pytest.raises(NotCancelable):
        service.cancel(stage.node, canceled, by=buyer.key)


def test_nobody_cancels_or_renews_for_another() -> None:
    stage = scene()
    license_, other = bought(stage), acme(stage)
    with pytest.raises(NotLicensee):
        service.cancel(stage.node, license_, by=other.key)
    with pytest.raises(NotLicensee):
        service.renew(stage.node, license_, days=30, by=other)


def test_the_patient_ends_a_license_and_the_rest_comes_back_to_the_unit() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer)
    before = owed(stage, buyer)
    stage.clock.move(timedelta(days=3, seconds=17))
    with pytest.raises(NotSubject):
        service.revoke(stage.node, license_, by=ledger.Hand(stage.clinic.signing))
    ended = service.revoke(stage.node, license_, by=subject_of(stage, license_.record))

    assert ended.refunded == RATE * (license_.end - ended.ended_at) // DAY
    assert owed(stage, buyer) - before == ended.refunded
    assert ended.word(seconds(stage.now())) is LicenseWord.REVOKED
    with pytest.raises(Ended):
        service.renew(stage.node, ended, days=30, by=buyer)


"""PRUNE"""


def shut(stage: Scene, record: RecordId, *codes: int) -> int:
    """Close sections, and say in which second."""
    close(stage.node, record=record, sections=codes, by=stage.wallet(record))
    return stage.node.ledger.final().time


def test_the_job_takes_closed_sections_out_and_refunds_from_that_second() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer, mask=BOTH)
    with pytest.raises(NothingToPrune):
        service.prune(stage.node, license_)
    at = shut(stage, license_.record, LABORATORY)
    stage.clock.move(timedelta(days=2))
    assert license_.id in {each.id for each in service.prunable(stage.node)}
    assert service.prune_all(stage.node) >= 1
    left = again(stage, license_)

    assert left.mask == 1 << ALLERGIES
    assert left.refunded == RATE * (license_.end - at) // DAY
    assert service.prune_all(stage.node) == 0
    assert again(stage, license_) == left


def test_a_license_of_which_nothing_is_left_has_ended() -> None:
    stage = scene()
    license_ = bought(stage)
    shut(stage, license_.record, LABORATORY)
    ended = service.prune(stage.node, license_)

    assert ended.word(seconds(stage.now())) is LicenseWord.CLOSED


def test_a_section_that_is_open_again_is_for_new_licenses_only() -> None:
    stage = scene()
    license_ = bought(stage)
    shut(stage, license_.record, LABORATORY)
    wallet = stage.wallet(license_.record)
    reopen(stage.node, record=license_.record, sections=[LABORATORY], by=wallet)
    with stage.node.reading() as session:
        known = offer_of(session, license_.offer)
    later = bought(stage, known)
    waiting = {each.id for each in service.prunable(stage.node)}

    assert license_.id in waiting
    assert later.id not in waiting


"""SUBLICENSES"""


def test_a_license_is_given_on_for_its_part_of_the_price_and_dies_with_its_own() -> None:
    stage = scene()
    buyer = institute(stage)
    known = offered(stage, depth=1)
    parent = bought(stage, known, by=buyer)
    to = stage.research.address
    child = service.give_on(stage.node, parent, licensee=to, mask=LAB, days=30, by=buyer)
    with pytest.raises(TooDeep):
        service.give_on(
            stage.node,
            child,
            licensee=stage.consortium.licensees[0].address,
            mask=LAB,
            days=10,
            by=rich(stage, stage.research),
        )

    assert (child.parent, child.licensee, child.kind) == (parent.id, to, Kind.SUBSCRIPTION)
    assert 30 * RATE // 4 <= child.paid <= 31 * RATE // 4
    service.revoke(stage.node, parent, by=subject_of(stage, parent.record))
    assert service.prune_all(stage.node) >= 1
    assert again(stage, child).word(seconds(stage.now())) is LicenseWord.ORPHANED


"""NOTICES AND INDEX"""


def test_the_patient_and_the_buyer_are_told_each_step_once() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer)
    service.renew(stage.node, license_, days=30, by=buyer)
    service.cancel(stage.node, again(stage, license_), by=buyer.key)
    tell(stage.node)
    with stage.node.reading() as session:
        found = notices(session, license_.record)
    wallet = stage.wallet(license_.record).address
    steps = (Step.ISSUED, Step.RENEWED, Step.CANCELED)

    assert len(found) == len(steps) * 2
    assert {(each.step, each.role, each.told) for each in found} == {
        (step, role, told)
        for step in steps
        for role, told in ((Told.SUBJECT, wallet), (Told.BUYER, buyer.account))
    }


def test_the_index_can_be_made_again_from_the_ledger() -> None:
    stage = scene()
    buyer = institute(stage)
    license_ = bought(stage, by=buyer, mask=BOTH)
    shut(stage, license_.record, ALLERGIES)
    service.prune(stage.node, license_)
    with stage.node.reading() as session:
        before = licenses(session, record=license_.record)
    assert stage.node.rebuild_index() == ()
    with stage.node.reading() as session:
        assert licenses(session, record=license_.record) == before
