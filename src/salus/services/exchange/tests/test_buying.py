"""Licenses are bought, on the real contracts and with real money."""

from datetime import timedelta

import pytest

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId
from salus.rights.consent.licensing.model import Use
from salus.rights.consent.licensing.service import close
from salus.rights.identity.ledger import VALID, Views, send
from salus.rights.revenue import ledger as money
from salus.rights.revenue.model import DAY
from salus.services.exchange import service
from salus.services.exchange.errors import (
    BalanceTooLow,
    NotAccredited,
    OfferClosed,
    OutsideUses,
    Overlap,
    PriceAbove,
    SectionClosed,
    TermOutOfRange,
    WrongKind,
)
from salus.services.exchange.model import Kind
from salus.services.exchange.offering import close_offer
from salus.services.exchange.reading import (
    LicenseWord,
)
from salus.services.exchange.service import Buyer, Choice, purchase, quoted
from salus.services.exchange.tests.stage import (
    LAB,
    TERM,
    acme,
    bought,
    choice,
    count_purchases,
    held,
    institute,
    offered,
    rich,
)
from tests.support.scene import scene
from tests.support.trading import (
    ALLERGIES,
    LABORATORY,
    RATE,
    open_to_licenses,
    subject_of,
)

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
