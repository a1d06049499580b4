"""Values: nobody is more than a quarter, a value rises slowly and falls at once (I9)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salus.kernel.ids import Address
from salus.rights.revenue.model import DAY
from salus.services.lending.errors import NotSorted, TooMany, WeakerSet
from salus.services.lending.model import (
    MOST_LICENSES,
    Appraisal,
    LastSale,
    Paid,
    SetHash,
    appraise,
    capped_total,
    earned,
    raw_value,
    rise_limit,
)

NOW = 20_000 * DAY + 5
FULL_SET, OTHER_SET = SetHash(b"f" * 32), SetHash(b"o" * 32)
incomes = st.lists(st.integers(0, 10**15), max_size=32)
values = st.integers(1, 2**80)


def paid(number: int, rate: int, days_ago: int = 200, days_left: int = 200) -> Paid:
    """One license of a licensee of its own."""
    start, end = NOW - days_ago * DAY, NOW + days_left * DAY
    return Paid(Address(bytes([number]) * 20), number, start, end, rate)


def exact_total(every: list[int]) -> Fraction:
    """The largest T with T = sum(min(e, T / 4)), by trying how many are capped."""
    ordered = sorted(every, reverse=True)
    for capped in range(4):
        total = Fraction(sum(ordered[capped:])) / (1 - Fraction(capped, 4))
        if all(4 * each <= total for each in ordered[capped:]):
            return total
    return Fraction(0)


@given(incomes)
def test_the_capped_total_is_the_largest_one_rounded_down(every: list[int]) -> None:
    exact, total = exact_total(every), capped_total(every)

    assert total == int(exact)
    assert all(min(Fraction(each), exact / 4) <= exact / 4 for each in every)
    assert sum(min(Fraction(each), exact / 4) for each in every) == exact


@given(st.lists(st.integers(0, 10**15), max_size=3))
def test_fewer_than_four_are_worth_nothing(every: list[int]) -> None:
    assert capped_total(every) == 0


@given(incomes, st.integers(0, 10**15))
def test_one_more_income_is_never_worth_less(every: list[int], more: int) -> None:
    assert capped_total([*every, more]) >= capped_total(every)


@given(st.integers(1, 10**12), st.integers(1, 10**6))
def test_washing_with_one_two_or_three_buys_nothing(rate: int, wash: int) -> None:
    honest = [paid(number, rate) for number in range(1, 5)]
    for washers in (1, 2, 3):
        washed = [paid(10 + number, rate * wash) for number in range(washers)]
        flow = 4 * rate + washers * rate * wash
        assume(rate * wash >= 4 * rate)

        assert raw_value(washed, flow, NOW) == 0
        total = raw_value([*honest, *washed], flow, NOW)
        assert total <= 12 * 30 * 4 * rate * 4 // (4 - washers)


def test_four_who_pay_a_unit_a_day_are_worth_a_year_of_it() -> None:
    every = [paid(number, 1_000_000) for number in range(1, 5)]

    assert raw_value(every, 4_000_000, NOW) == 12 * 30 * 4_000_000
    assert raw_value(every, 3_000_000, NOW) == 12 * 30 * 3_000_000


def test_the_first_fourteen_days_of_a_prepayment_are_worth_nothing() -> None:
    young = paid(1, 86_400, days_ago=14)

    assert earned(young, 30 * DAY, NOW) == 0
    assert earned(young, 30 * DAY, NOW + 1) == 86_400
    assert raw_value([paid(number, 9, days_ago=14) for number in range(1, 5)], 36, NOW) == 0


def test_a_prepayment_that_is_over_counts_for_the_past_and_not_ahead() -> None:
    over = [paid(number, 86_400, days_left=-1) for number in range(1, 5)]

    assert earned(over[0], 30 * DAY, NOW) == 29 * DAY * 86_400
    assert raw_value(over, 4 * 86_400, NOW) == 0


def test_two_licenses_of_one_licensee_are_one_income() -> None:
    same = [replace(paid(1, 100), license=number) for number in (1, 2)]
    every = [*same, paid(2, 100), paid(3, 100)]

    assert raw_value(every, 400, NOW) == 0


def test_what_does_not_count_may_be_named_and_adds_nothing() -> None:
    every = [paid(number, 100) for number in range(1, 5)]
    linked = [*every, replace(paid(5, 10_000), counts=False)]

    assert raw_value(linked, 10_400, NOW) == raw_value(every, 10_400, NOW)


def test_licenses_are_named_in_order_and_not_twice() -> None:
    first, second = paid(1, 1), paid(2, 1)
    for wrong in ([second, first], [first, first]):
        with pytest.raises(NotSorted) as told:
            raw_value(wrong, 1, NOW)

        assert told.value.details == {"index": 1}
    with pytest.raises(TooMany):
        raw_value([replace(first, license=number) for number in range(33)], 1, NOW)
    many = [replace(first, license=number) for number in range(MOST_LICENSES)]
    assert raw_value(many, 1, NOW) == 0


@given(values, values, st.lists(st.integers(0, 10 * DAY), min_size=1, max_size=8))
def test_a_value_rises_by_two_percent_a_day_at_most(start: int, raw: int, steps: list[int]) -> None:
    before, now = Appraisal(start, NOW, 0, 0, FULL_SET), NOW
    limit = Fraction(start)
    for step in steps:
        now += step
        limit *= 1 + Fraction(2 * step, 100 * DAY)
        before = appraise(before, max(raw, before.value), None, OTHER_SET, now)

        assert start <= before.value <= max(limit, Fraction(start))
        assert before.value <= max(raw, start)


@given(values, st.integers(1, 60), st.integers(0, 60))
def test_rises_add_up(start: int, one: int, two: int) -> None:
    before = Appraisal(start, NOW, 0, 0, FULL_SET)
    between = replace(before, value=rise_limit(before, NOW + one * DAY), at=NOW + one * DAY)
    in_two = rise_limit(between, NOW + (one + two) * DAY)

    assert in_two + 2 >= rise_limit(before, NOW + (one + two) * DAY)


@given(values, values)
def test_a_lower_value_counts_at_once_but_for_the_same_licenses_only(one: int, two: int) -> None:
    lower, higher = sorted((one, two))
    assume(lower < higher)
    before = Appraisal(higher, NOW - DAY, 0, 0, FULL_SET)
    fallen = appraise(before, lower, None, FULL_SET, NOW)

    assert (fallen.value, fallen.peak, fallen.fell_at) == (lower, higher, NOW)
    with pytest.raises(WeakerSet):
        appraise(before, lower, None, OTHER_SET, NOW)


def test_a_fall_is_answered_within_a_day_up_to_what_was_before() -> None:
    fallen = appraise(Appraisal(1_000, NOW - DAY, 0, 0, FULL_SET), 100, None, FULL_SET, NOW)

    assert appraise(fallen, 5_000, None, OTHER_SET, NOW + DAY - 1).value == 1_000
    assert appraise(fallen, 5_000, None, OTHER_SET, NOW + DAY).value == 102


def test_a_second_fall_within_the_answer_keeps_the_first_peak_and_its_time() -> None:
    fallen = appraise(Appraisal(1_000, NOW - DAY, 0, 0, FULL_SET), 100, None, FULL_SET, NOW)
    again = appraise(fallen, 10, None, FULL_SET, NOW + 60)

    assert (again.value, again.peak, again.fell_at) == (10, 1_000, NOW)


def test_a_weak_first_reading_can_be_answered_freely_for_a_day() -> None:
    weak = appraise(Appraisal(), 1, None, OTHER_SET, NOW)

    assert appraise(weak, 10**9, None, FULL_SET, NOW + DAY - 1).value == 10**9
    assert appraise(weak, 10**9, None, FULL_SET, NOW + DAY).value == 1


def test_a_young_sale_limits_the_value_and_an_old_one_does_not() -> None:
    sale = LastSale(101, NOW - 365 * DAY + 1)

    assert appraise(Appraisal(), 10**6, sale, FULL_SET, NOW).value == 151
    assert appraise(Appraisal(), 10**6, sale, FULL_SET, NOW + 1).value == 10**6


def test_a_value_is_fresh_for_seven_days() -> None:
    read = Appraisal(1, NOW, 0, 0, FULL_SET)

    assert read.is_fresh(NOW + 7 * DAY - 1)
    assert not read.is_fresh(NOW + 7 * DAY)
    assert not Appraisal().is_fresh(0)
