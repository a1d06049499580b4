"""Licenses from purchase to end, on the real contracts and with real money."""

from datetime import timedelta

import pytest

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.rights.consent.licensing.model import Use
from salus.rights.consent.licensing.service import close, reopen
from salus.rights.identity.ledger import VALID, Views, send
from salus.rights.identity.model import Party
from salus.rights.revenue import ledger as money
from salus.rights.revenue.model import DAY
from salus.services.exchange import ledger, service
from salus.services.exchange.errors import (
    BalanceTooLow,
    Ended,
    NotAccredited,
    NotCancelable,
    NothingToPrune,
    NotLicensee,
    NotSubject,
    OfferClosed,
    OutsideUses,
    Overlap,
    PriceAbove,
    SectionClosed,
    TermOutOfRange,
    TooDeep,
    WrongKind,
)
from salus.services.exchange.model import Kind
from salus.services.exchange.notices import Step, Told, notices, tell
from salus.services.exchange.offering import Wished, close_offer, post_offer
from salus.services.exchange.reading import (
    KnownLicense,
    KnownOffer,
    LicenseWord,
    find_license,
    licenses,
    offer_of,
)
from salus.services.exchange.service import Buyer, Choice, purchase, quoted
from salus.services.exchange.tables import Purchase
from tests.support.scene import Scene, scene
from tests.support.trading import (
    ALLERGIES,
    LABORATORY,
    RATE,
    fund,
    open_to_licenses,
    subject_of,
)

LAB = 1 << LABORATORY
BOTH = LAB | 1 << ALLERGIES
TERM = 60


def offered(
    stage: Scene, kind: Kind = Kind.SUBSCRIPTION, *, most: int = 365, depth: int = 0
) -> KnownOffer:
    """Two sections of a new record."""
    record = stage.record()
    open_to_licenses(stage, record)
    prices = ((ALLERGIES, RATE), (LABORATORY, RATE))
    until = stage.now() + timedelta(days=300)
    asked = Wished(kind, prices, until, max_days=most, sublicense_depth=depth, sublicense_bps=2_500)
    return post_offer(stage.node, record=record, wished=asked, by=subject_of(stage, record))


def rich(stage: Scene, party: Party) -> Buyer:
    fund(stage, party)
    return Buyer(party.address, party.signing)


def institute(stage: Scene) -> Buyer:
    return rich(stage, stage.consortium.licensees[1])


def acme(stage: Scene) -> Buyer:
    return rich(stage, stage.consortium.licensees[0])


def choice(mask: int = LAB, days: int = TERM, use: Use = Use.ACADEMIC) -> Choice:
    return Choice(mask, days, use)


def bought(
    stage: Scene, known: KnownOffer | None = None, *, by: Buyer | None = None, mask: int = LAB
) -> KnownLicense:
    buyer, known = by or institute(stage), known or offered(stage)
    return purchase(stage.node, known, choice(mask), by=buyer)


def held(stage: Scene, buyer: Buyer) -> int:
    return money.balance_of(stage.node, buyer.account)


def owed(stage: Scene, buyer: Buyer) -> int:
    return money.credit_of(stage.node, buyer.account)


def again(stage: Scene, license_: KnownLicense) -> KnownLicense:
    with stage.node.reading() as session:
        return find_license(session, f"{license_.id:032x}")


def count_purchases(stage: Scene) -> int:
    with stage.node.reading() as session:
        return session.query(Purchase).count()


"""PURCHASE"""


def test_a_license_costs_what_was_quoted_and_runs_to_a_midnight() -> None:
    stage = scene()
    buyer, known = institute(stage), offered(stage)
    before = held(stage, buyer)
    quote = quoted(stage.node, known, choice(), by=buyer.account)
    license_ = purchase(stage.node, known, choice(), by=buyer, kind=Kind.SUBSCRIPTION)
    paid = before - held(stage, buyer)

    assert license_.paid == paid <= quote.price < paid + RATE // 1000
    assert (license_.end, license_.end % DAY) == (quote.end, 0)
    assert license_.word(seconds(stage.now())) is LicenseWord.LIVE
    assert (license_.mask, license_.use, license_.licensee) == (LAB, Use.ACADEMIC, buyer.account)
    kept = money.prepayment_of(
        Views(stage.node), license_.token, license_.id, at=stage.node.ledger.final()
    )
    assert (kept.rate_per_day, kept.end_day * DAY) == (RATE, license_.end)


def test_an_organization_that_allowed_nothing_signs_for_just_the_price() -> None:
    stage = scene()
    buyer = institute(stage)
    money_before = held(stage, buyer)
    send(stage.node, money.permit_payer(stage.node, 0, by=buyer.key))
    license_ = bought(stage, by=Buyer(buyer.account, buyer.key))

    assert money_before - held(stage, buyer) == license_.paid
    assert money.allowance_of(stage.node, buyer.account) < RATE // 1000


def test_who_has_too_little_is_told_before_anything_is_sent() -> None:
    stage = scene()
    known, poor = offered(stage), stage.research
    buyer = Buyer(poor.address, poor.signing)
    before = count_purchases(stage)
    short = money.balance_of(stage.node, poor.address)
    if short:
        send(stage.node, money.redeem(stage.node, short, by=poor.signing))
    with pytest.raises(BalanceTooLow, match=r"has 0\.00"):
        purchase(stage.node, known, choice(), by=buyer)

    assert count_purchases(stage) == before


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Choice(LAB, 29, Use.ACADEMIC), TermOutOfRange),
        (Choice(LAB, 366, Use.ACADEMIC), TermOutOfRange),
        (Choice(LAB, TERM, Use.MARKETING), OutsideUses),
    ],
)
def test_what_is_not_offered_is_refused(wrong: Choice, error: type[Exception]) -> None:
    stage = scene()
    with pytest.raises(error):
        purchase(stage.node, offered(stage), wrong, by=institute(stage))


def test_only_who_is_accredited_buys() -> None:
    stage = scene()
    with pytest.raises(NotAccredited):
        purchase(stage.node, offered(stage), choice(), by=rich(stage, stage.clinic))


def test_a_limit_and_a_kind_that_were_named_are_kept() -> None:
    stage = scene()
    buyer, known = institute(stage), offered(stage)
    with pytest.raises(PriceAbove):
        purchase(stage.node, known, choice(), by=buyer, most=RATE)
    with pytest.raises(WrongKind):
        purchase(stage.node, known, choice(), by=buyer, kind=Kind.EXCLUSIVE)


def test_nothing_is_bought_of_a_closed_offer_or_a_closed_section() -> None:
    stage = scene()
    buyer, known = institute(stage), offered(stage)
    record = RecordId(known.offer.record)
    close(stage.node, record=record, sections=[LABORATORY], by=stage.wallet(record))
    with pytest.raises(SectionClosed, match="laboratory"):
        purchase(stage.node, known, choice(), by=buyer)
    closed = close_offer(stage.node, known, by=subject_of(stage, record))
    with pytest.raises(OfferClosed):
        purchase(stage.node, closed, choice(1 << ALLERGIES), by=buyer)


def test_who_rents_has_the_section_alone_until_the_end() -> None:
    stage = scene()
    first, second = institute(stage), acme(stage)
    known = offered(stage, Kind.EXCLUSIVE)
    license_ = purchase(stage.node, known, choice(), by=first)
    with pytest.raises(Overlap, match="laboratory"):
        purchase(stage.node, known, choice(), by=second)
    stage.clock.move(timedelta(seconds=license_.end - seconds(stage.now())))
    later = purchase(stage.node, known, choice(), by=second)

    assert later.issued_at >= license_.end


def test_what_a_process_died_over_was_never_bought(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    buyer, known = institute(stage), offered(stage)
    before, had = count_purchases(stage), held(stage, buyer)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(service, "send", die)
        with pytest.raises(KeyboardInterrupt):
            purchase(stage.node, known, choice(), by=buyer)
    assert (count_purchases(stage), held(stage, buyer)) == (before + 1, had)
    stage.clock.move(timedelta(seconds=2 * VALID))
    open_to_licenses(stage, RecordId(known.offer.record))  # a block that is later
    bought(stage, known, by=buyer)

    assert count_purchases(stage) == before + 1


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
