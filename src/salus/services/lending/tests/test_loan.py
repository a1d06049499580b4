"""Debts: settling and repaying never raise them, and in the end they are exactly paid (I3, I13)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.ids import Address
from salus.rights.revenue.model import DAY, YEAR
from salus.services.lending.model import (
    FULL,
    TERMINAL,
    Loan,
    Mode,
    Reading,
    State,
    accrue_interest,
    applied,
    apply_income,
    debt,
    pay,
)

NOW = 20_000 * DAY
LOAN = Loan(
    id=1,
    token=0x100,
    borrower=Address(b"b" * 20),
    state=State.ACTIVE,
    mode=Mode.AMORTIZE,
    principal=1_000_000_000,
    apr_bps=1_200,
    accrued_at=NOW,
    due=NOW + YEAR,
    since=NOW,
)
CALM = Reading(value=10**12, is_fresh=True, rate_per_day=10**6)
principals = st.integers(0, 2**80 - 1)
interests = st.integers(0, 2**127)
amounts = st.integers(0, 2**100)


def test_a_year_at_twelve_percent_costs_twelve_percent() -> None:
    assert debt(accrue_interest(LOAN, NOW + YEAR)) == 1_120_000_000


def test_the_first_second_of_the_smallest_loan_costs_a_unit() -> None:
    small = replace(LOAN, principal=100_000_000, apr_bps=1)

    assert debt(accrue_interest(small, NOW + 1)) == 100_000_001


@given(principals, interests, amounts)
def test_the_debt_falls_by_exactly_what_is_paid(principal: int, interest: int, amount: int) -> None:
    before = replace(LOAN, principal=principal, interest=interest)
    found = pay(before, amount)
    paid = found.interest + found.principal

    assert debt(found.loan) == debt(before) - paid
    assert paid == min(amount, debt(before))
    assert found.loan.principal >= 0
    assert found.loan.interest >= 0


@given(principals, interests)
def test_paying_the_debt_ends_it_and_one_unit_less_does_not(principal: int, interest: int) -> None:
    loan = replace(LOAN, principal=principal, interest=interest)
    owed = debt(loan)

    assert pay(loan, owed).is_closed
    if owed:
        assert debt(pay(loan, owed - 1).loan) == 1


@given(st.lists(st.integers(0, 3 * DAY), max_size=12), st.lists(amounts, max_size=12))
def test_settling_often_wins_the_lender_less_than_a_unit(steps: list[int], paid: list[int]) -> None:
    loan, now, collected, charged = replace(LOAN, principal=10**8), NOW, 0, 0
    for step, amount in zip(steps, paid, strict=False):
        charged += loan.principal * loan.apr_bps * step
        now += step
        payment = apply_income(loan, amount % 10**5, CALM, now)
        loan, collected = payment.loan, collected + payment.interest

    assert collected * FULL <= charged + FULL - 1


def test_a_lender_who_settles_every_second_wins_nothing() -> None:
    often, once = LOAN, LOAN
    collected = 0
    for second in range(1, 1_001):
        payment = apply_income(often, 5, CALM, NOW + second)
        often, collected = payment.loan, collected + payment.interest
    paid = apply_income(once, 5_000, CALM, NOW + 1_000)

    assert collected == paid.interest
    assert abs(debt(often) - debt(paid.loan)) <= 1


def test_fruits_takes_all_and_owes_no_less() -> None:
    fruits = replace(LOAN, mode=Mode.FRUITS, apr_bps=0)
    payment = apply_income(fruits, 777, CALM, NOW + DAY)

    assert (payment.interest, payment.principal) == (777, 0)
    assert debt(payment.loan) == debt(fruits)


@pytest.mark.parametrize("state", [State.CURE_PRICE, State.CURE_INCOME, State.AUCTION])
@pytest.mark.parametrize("mode", list(Mode))
def test_in_cure_and_auction_all_income_pays_the_debt(state: State, mode: Mode) -> None:
    loan = replace(LOAN, mode=mode, state=state, apr_bps=0, split_bps=1)
    payment = apply_income(loan, 777, CALM, NOW + DAY)

    assert payment.principal == 777


def test_a_sweep_pays_its_part_after_interest_and_leaves_the_rest() -> None:
    loan = replace(LOAN, mode=Mode.SWEEP, split_bps=5_000, warn_bps=6_000, liquidation_bps=7_500)
    loan = replace(loan, interest=10 * FULL, apr_bps=0)
    payment = apply_income(loan, 1_011, CALM, NOW + DAY)

    assert (payment.interest, payment.principal) == (10, 500)


@pytest.mark.parametrize(
    "reading",
    [replace(CALM, is_fresh=False), replace(CALM, value=1_666_666_666)],
)
def test_a_sweep_takes_all_while_the_value_is_stale_or_low(reading: Reading) -> None:
    loan = replace(LOAN, mode=Mode.SWEEP, apr_bps=0, split_bps=1, warn_bps=6_000)

    assert apply_income(loan, 999, reading, NOW).principal == 999


def test_a_sweep_at_just_the_warning_still_shares() -> None:
    loan = replace(LOAN, mode=Mode.SWEEP, apr_bps=0, split_bps=5_000, warn_bps=6_000)
    at_warning = replace(CALM, value=1_666_666_667)

    assert apply_income(loan, 1_000, at_warning, NOW).principal == 500


def test_a_sweep_without_a_trigger_needs_no_value() -> None:
    loan = replace(LOAN, mode=Mode.SWEEP, apr_bps=0, split_bps=5_000)
    stale = Reading(0, is_fresh=False, rate_per_day=0)

    assert apply_income(loan, 1_000, stale, NOW).principal == 500


def test_there_is_no_interest_in_an_auction_and_after_an_end() -> None:
    for state in (State.AUCTION, *TERMINAL):
        ended = replace(LOAN, state=state)

        assert accrue_interest(ended, NOW + YEAR) == ended


def test_the_last_part_of_a_unit_is_paid_with_the_last_unit_only() -> None:
    assert applied(0, 1, 1).left == 0
    assert applied(1, 1, 1).left == 1
    assert applied(1, 1, 2).for_interest == 1
