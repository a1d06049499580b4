"""Midnights, prices and refunds: no rounding favors who pays or asks (I13)."""

from hypothesis import given
from hypothesis import strategies as st

from salus.rights.revenue.model import (
    BPS,
    DAY,
    Shares,
    ceil_day,
    legs,
    next_midnight,
    price,
    refund,
)

times = st.integers(0, 2**40)
rates = st.integers(0, 2**40 - 1)
spans = st.integers(0, 1_095 * DAY)
bps = st.integers(0, BPS // 5)


def test_a_midnight_is_its_own_ceiling_and_not_the_next_one() -> None:
    assert ceil_day(DAY) == DAY
    assert ceil_day(DAY + 1) == 2 * DAY
    assert next_midnight(DAY) == 2 * DAY
    assert next_midnight(DAY - 1) == DAY


def test_half_a_day_at_one_unit_a_day_costs_one_unit_and_gives_none_back() -> None:
    assert price(1, DAY // 2, DAY) == 1
    assert refund(1, DAY, DAY // 2) == 0


@given(rates, times, spans, spans)
def test_a_refund_is_at_most_what_was_paid_and_not_earned(
    rate: int, start: int, used: int, left: int
) -> None:
    stop, end = start + used, start + used + left
    kept = price(rate, start, end) - refund(rate, end, stop)

    assert kept * DAY >= rate * used


@given(rates, times, spans, spans)
def test_paying_in_two_parts_never_costs_less(rate: int, start: int, one: int, two: int) -> None:
    middle, end = start + one, start + one + two

    assert price(rate, start, middle) + price(rate, middle, end) >= price(rate, start, end)


@given(rates, times, spans)
def test_a_term_that_is_over_costs_and_returns_nothing(rate: int, at: int, late: int) -> None:
    assert price(rate, at + late, at) == 0
    assert refund(rate, at, at + late) == 0


@given(st.integers(0, 2**128), bps, bps, bps, bps)
def test_the_legs_of_an_amount_add_up_to_it(
    amount: int, subject: int, source: int, host: int, platform: int
) -> None:
    parts = legs(amount, Shares(subject, source, host, platform))
    shares = (subject, source, host, platform)
    taken = (parts.subject, parts.source, parts.host, parts.platform)

    assert sum(taken) + parts.rest == amount
    for leg, share in zip(taken, shares, strict=True):
        assert leg * BPS <= amount * share < (leg + 1) * BPS


@given(st.integers(0, 2**128), st.integers(0, 2**128))
def test_more_income_is_never_less_for_anybody(one: int, more: int) -> None:
    before, after = legs(one, Shares()), legs(one + more, Shares())

    assert before.subject <= after.subject
    assert before.source <= after.source
    assert before.host <= after.host
    assert before.platform <= after.platform
