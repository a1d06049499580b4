"""Loans that go wrong on a real ledger: readings, cures, auctions, buyouts; the patient's say."""

import pytest

from salus.rights.identity.ledger import Views
from salus.rights.records.ledger import token_state
from salus.rights.records.tokens import Hand, owner_of
from salus.rights.revenue.currency import UNIT
from salus.services.lending import selling, service
from salus.services.lending.errors import (
    CannotAcquire,
    Closed,
    MoneyMissing,
    NotBorrower,
    NothingOffered,
    NothingToBuy,
    NotHolder,
    PriceAbove,
    TooEarly,
    WrongState,
)
from salus.services.lending.model import Breach, State, divided, price_at
from salus.services.lending.projections import AuctionState
from salus.services.lending.reading import Auction, auction, auctions
from salus.services.lending.tests.stage import LABORATORY, PRINCIPAL, Stage, new_stage


def found_auction(stage: Stage) -> Auction:
    stage.node.ledger.advance()
    found = auction(stage.node, 1)
    assert found is not None
    return found


def state(stage: Stage) -> State:
    return stage.standing().loan.state


def failing() -> Stage:
    """The patient has closed what was licensed, and two readings have told."""
    stage = new_stage()
    stage.borrowed()
    stage.close(LABORATORY)
    stage.watch()
    stage.wait(hours=6)
    stage.watch()
    return stage


def auctioned() -> Stage:
    stage = failing()
    stage.wait(hours=24)
    stage.watch(stage.bank)
    return stage


def test_one_reading_is_not_enough() -> None:
    stage = new_stage()
    stage.borrowed()
    stage.close(LABORATORY)
    stage.watch()
    first = stage.standing().loan
    stage.wait(hours=5, minutes=59)
    stage.watch()
    second = stage.standing().loan

    assert 0 == stage.standing().reading.value
    assert (State.ACTIVE, Breach.PRICE) == (first.state, first.breach)
    assert (first.state, first.since) == (second.state, second.since)


def test_two_readings_open_the_time_to_cure_and_a_payment_cures() -> None:
    stage = failing()
    assert State.CURE_PRICE is state(stage)
    stage.enrich(stage.wallet.address)
    service.repay(stage.node, 1, PRINCIPAL - 1, by=stage.wallet)
    stage.watch(stage.bank)

    assert State.CURE_PRICE is state(stage)  # one unit is more than nothing is worth
    service.repay(stage.node, 1, None, by=stage.wallet)
    assert State.REPAID is state(stage)


def test_a_value_that_comes_back_cures_by_itself() -> None:
    stage = failing()
    stage.reopen()
    stage.watch()

    assert stage.standing().reading.value > 0
    assert State.ACTIVE is state(stage)
    with pytest.raises(TooEarly):
        selling.start_auction(stage.node, 1, by=stage.acme.signing)


def test_licenses_that_were_revoked_lower_the_value_by_the_same_set() -> None:
    stage = new_stage()
    stage.borrowed()
    stage.revoke_four()
    found = stage.value()

    assert 0 == found.appraisal.value
    assert 1 == len(found.licenses)
    assert [] == stage.watch()
    assert Breach.PRICE is stage.standing().loan.breach


def test_an_auction_starts_when_the_cure_has_failed_and_not_before() -> None:
    stage = failing()
    stage.wait(hours=23)
    with pytest.raises(TooEarly):
        selling.start_auction(stage.node, 1, by=stage.acme.signing)
    stage.wait(hours=1)
    started = selling.start_auction(stage.node, 1, by=stage.acme.signing)
    debt = stage.standing().debt

    assert -(-6 * debt // 5) == started.start_price
    assert (AuctionState.OPEN, stage.acme.address) == (started.state, started.starter)
    assert State.AUCTION is state(stage)
    assert debt == stage.standing().debt  # there is no interest in an auction


def test_a_healthy_loan_comes_to_no_auction() -> None:
    stage = new_stage()
    stage.borrowed()

    with pytest.raises(TooEarly):
        selling.start_auction(stage.node, 1, by=stage.acme.signing)
    assert [] == stage.watch(stage.bank)
    assert State.ACTIVE is state(stage)


def test_the_surplus_is_the_borrowers_and_the_buyer_owns() -> None:
    stage = auctioned()
    before = found_auction(stage)
    debt, owed = stage.standing().debt, stage.credit(stage.account)
    lent, paid_in = stage.credit(stage.bank.address), stage.held(stage.acme.address)
    done = selling.buy(stage.node, 1, None, by=stage.acme)
    parts = divided(before.start_price, debt, has_bounty=True)
    after = found_auction(stage)
    surplus = parts.surplus - 2 * (parts.surplus // 10) - parts.surplus // 40

    assert before.start_price == done.price == paid_in - stage.held(stage.acme.address)
    assert (parts.paid, parts.surplus, 0) == (done.paid, done.surplus, done.shortfall)
    assert parts.paid + parts.bounty == stage.credit(stage.bank.address) - lent
    assert surplus + parts.surplus // 10 == stage.credit(stage.account) - owed
    assert stage.acme.address == owner_of(stage.node, stage.token)
    assert State.SETTLED is state(stage)
    assert AuctionState.SETTLED is after.state
    assert after.sold is not None
    assert is_rekeying(stage)
    assert () == stage.node.rebuild_index()


def is_rekeying(stage: Stage) -> bool:
    found = token_state(Views(stage.node), stage.token, at=stage.node.ledger.final())
    return found is not None and found.rekey == 2


def test_the_price_falls_as_the_model_says_and_is_no_more_than_asked() -> None:
    stage = auctioned()
    start = found_auction(stage)
    for hours in (1, 11, 12, 30):
        stage.wait(hours=hours)
        found = found_auction(stage)
        now = stage.node.ledger.final().time
        assert price_at(start.start_price, start.started_at, now) == found.price
    with pytest.raises(PriceAbove):
        selling.buy(stage.node, 1, found.price - 1, by=stage.acme)
    done = selling.buy(stage.node, 1, found.price, by=stage.acme)

    assert done.shortfall > 0
    assert done.price == found.price


def test_who_may_not_own_or_cannot_pay_buys_nothing() -> None:
    stage = auctioned()
    with pytest.raises(CannotAcquire):
        selling.buy(stage.node, 1, None, by=stage.scene.consortium.privacy)
    poor = stage.scene.consortium.licensees[1]
    with pytest.raises(MoneyMissing):
        selling.buy(stage.node, 1, None, by=poor)


def test_a_repayment_is_faster_than_a_buyer() -> None:
    stage = auctioned()
    stage.enrich(stage.wallet.address)
    service.repay(stage.node, 1, None, by=stage.wallet)

    assert AuctionState.CLOSED is found_auction(stage).state
    assert stage.account == owner_of(stage.node, stage.token)
    with pytest.raises(Closed):
        selling.buy(stage.node, 1, None, by=stage.acme)


def test_the_lender_bids_what_it_is_owed_from_the_second_day_on() -> None:
    stage = auctioned()
    with pytest.raises(TooEarly):
        selling.credit_bid(stage.node, 1, None, by=stage.bank)
    stage.wait(hours=24)
    held = stage.held(stage.bank.address)
    done = selling.credit_bid(stage.node, 1, None, by=stage.bank)

    assert stage.bank.address == owner_of(stage.node, stage.token)
    assert held - stage.held(stage.bank.address) == done.price - done.paid


def test_a_lender_takes_what_nobody_bought() -> None:
    stage = auctioned()
    stage.wait(hours=71)
    with pytest.raises(TooEarly):
        selling.foreclose(stage.node, 1, stage.acme.address, by=stage.bank.signing)
    stage.wait(hours=1)
    with pytest.raises(Closed):
        selling.buy(stage.node, 1, None, by=stage.acme)
    with pytest.raises(NotHolder):
        selling.foreclose(stage.node, 1, stage.acme.address, by=stage.acme.signing)
    selling.foreclose(stage.node, 1, stage.acme.address, by=stage.bank.signing)

    assert State.FORECLOSED is state(stage)
    assert stage.acme.address == owner_of(stage.node, stage.token)
    assert 0 == stage.standing().debt
    assert is_rekeying(stage)
    with pytest.raises(Closed):
        selling.foreclose(stage.node, 1, stage.acme.address, by=stage.bank.signing)


def test_a_term_that_is_over_comes_to_auction_without_any_trigger() -> None:
    stage = new_stage()
    stage.borrowed(term_days=30, warn_bps=0, liquidation_bps=0)
    stage.close(LABORATORY)
    stage.wait(days=33)
    with pytest.raises(TooEarly):
        selling.start_auction(stage.node, 1, by=stage.acme.signing)
    stage.wait(seconds=1)
    stage.watch(stage.bank)
    debt = stage.standing().debt

    assert State.AUCTION is state(stage)
    assert -(-6 * debt // 5) == found_auction(stage).start_price
    assert [1] == [each.loan for each in auctions(stage.node)]


def test_an_income_that_falls_below_what_was_agreed_is_cured_by_its_return() -> None:
    stage = new_stage()
    least = {"covenant_rate_per_day": 20 * UNIT, "warn_bps": 0, "liquidation_bps": 0}
    stage.borrowed(**least)
    stage.revoke_four()
    stage.watch()
    assert Breach.INCOME is stage.standing().loan.breach
    stage.wait(days=7)
    stage.watch()
    assert State.CURE_INCOME is state(stage)
    for each in stage.licensees[:4]:
        stage.subscribe(each)
    stage.watch()

    assert State.ACTIVE is state(stage)


"""BUYOUT"""


def test_a_borrower_sells_what_is_pledged_at_a_price_that_pays_the_debt() -> None:
    stage = new_stage()
    stage.borrowed()
    with pytest.raises(NothingToBuy):
        selling.buy_out(stage.node, 1, None, by=stage.acme)
    with pytest.raises(NothingOffered):
        selling.set_buyout(stage.node, 1, PRINCIPAL - UNIT, by=stage.patient)
    with pytest.raises(NotBorrower):
        selling.set_buyout(stage.node, 1, 2 * PRINCIPAL, by=Hand(stage.acme.signing))
    selling.set_buyout(stage.node, 1, 2 * PRINCIPAL, by=stage.patient)
    with pytest.raises(PriceAbove):
        selling.buy_out(stage.node, 1, 2 * PRINCIPAL - 1, by=stage.acme)
    owed = stage.credit(stage.account)
    done = selling.buy_out(stage.node, 1, None, by=stage.acme)
    surplus = PRINCIPAL * 7_750 // 10_000 + PRINCIPAL // 10

    assert (2 * PRINCIPAL, 0) == (done.price, done.shortfall)
    assert surplus == pytest.approx(stage.credit(stage.account) - owed, abs=UNIT)
    assert stage.acme.address == owner_of(stage.node, stage.token)
    assert State.SETTLED is state(stage)
    with pytest.raises(WrongState):
        selling.buy_out(stage.node, 1, None, by=stage.acme)
    assert () == stage.node.rebuild_index()


"""THE PATIENT'S SAY"""


def test_a_patient_erases_while_it_is_pledged_and_owes_nothing_beyond_it() -> None:
    stage = new_stage()
    stage.borrowed()
    held, owed = stage.held(stage.wallet.address), stage.credit(stage.account)
    stage.erase()
    for hours in (0, 6, 24):
        stage.wait(hours=hours)
        stage.watch(stage.bank)
    assert State.AUCTION is state(stage)
    stage.wait(hours=72)
    selling.foreclose(stage.node, 1, stage.acme.address, by=stage.bank.signing)

    assert State.FORECLOSED is state(stage)
    assert held == stage.held(stage.wallet.address)
    assert stage.credit(stage.account) >= owed
