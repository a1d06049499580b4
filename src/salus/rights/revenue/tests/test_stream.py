"""Streams earn by the second, whoever asks when, until the patient closes (I11, I12)."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.rights.revenue.errors import RateOverflow, SettleFirst
from salus.rights.revenue.model import (
    DAY,
    MOST_DROPS,
    MOST_RATE,
    PERPETUAL_DAY,
    Gate,
    Section,
    accrue,
    accrued,
)

START = 20_000 * DAY + 12_345


@dataclass(frozen=True, slots=True)
class Term:
    rate: int
    days: int

    @property
    def end(self) -> int:
        return START - START % DAY + self.days * DAY


terms = st.lists(
    st.builds(Term, st.integers(1, 2**40 - 1), st.integers(1, 300)), min_size=1, max_size=80
)
gaps = st.lists(st.integers(0, 40 * DAY), max_size=12)


def joined(every: list[Term]) -> Section:
    section = Section(last=START)
    for term in every:
        section = section.joined(1, term.rate, term.end, term.end // DAY)
    return section


def earned(every: list[Term], now: int) -> int:
    return sum(term.rate * (min(term.end, now) - START) for term in every)


@given(terms, gaps)
def test_a_stream_earns_the_same_however_often_it_is_counted(
    every: list[Term], steps: list[int]
) -> None:
    section, now = joined(every), START
    for step in steps:
        now += step
        walk = accrue(section, Gate(), now)
        while not walk.is_whole:
            walk = accrue(walk.section, Gate(), now)
        section = walk.section

        assert section.accrued == earned(every, now)
        assert section.last == now
        assert section.rate_per_day == sum(section.drops.values())
        assert all(day * DAY > now for day in section.drops)


@given(
    every=terms,
    first=st.integers(0, 300 * DAY),
    second=st.integers(0, 300 * DAY),
    reopened=st.booleans(),
)
def test_nothing_is_earned_after_the_second_of_closing(
    every: list[Term], first: int, second: int, *, reopened: bool
) -> None:
    closed, now = START + first, START + first + second
    gate = Gate(int(reopened), (closed,))
    section = joined(every)
    for _ in range(3):
        section = accrue(section, gate, now).section

    assert section.accrued == earned(every, closed)
    assert section.rate_per_day == 0
    assert section.shared_through_day == 0
    assert section.drops == {}
    assert (section.generation, section.last) == ((1, now) if reopened else (0, closed))


def test_a_section_that_was_closed_and_opened_twice_takes_over_the_last_generation() -> None:
    section = joined([Term(7, 90)])
    section = accrue(section, Gate(2, (START + 5, START + 9)), START + 100).section

    assert section.accrued == 7 * 5
    assert section.generation == 2


def test_the_drop_of_a_midnight_counts_in_its_second_and_not_before() -> None:
    term = Term(86_400, 3)
    before = accrue(joined([term]), Gate(), term.end - 1).section
    at_midnight = accrue(before, Gate(), term.end).section

    assert before.rate_per_day == 86_400
    assert at_midnight.rate_per_day == 0
    assert at_midnight.payable == term.end - START


def test_one_walk_passes_64_midnights_and_the_next_goes_on() -> None:
    every = [Term(1, day) for day in range(1, MOST_DROPS + 3)]
    now = START + 100 * DAY
    first = accrue(joined(every), Gate(), now)

    assert not first.is_whole
    assert first.section.last == every[MOST_DROPS - 1].end
    assert first.section.rate_per_day == 2
    with pytest.raises(SettleFirst):
        accrued(1, joined(every), Gate(), now)
    assert accrued(1, first.section, Gate(), now).accrued == earned(every, now)


def test_ten_thousand_licensees_leave_as_many_drops_as_midnights() -> None:
    every = [Term(3, 1 + number % 60) for number in range(10_000)]
    section = joined(every)

    assert len(section.drops) == 60
    assert accrue(section, Gate(), START + 61 * DAY).is_whole


def test_payable_leaves_the_remainder_in_the_stream() -> None:
    section = replace(joined([Term(5, 9)]), accrued=3 * DAY + 17)

    assert section.payable == 3
    assert section.paid().accrued == 17


def test_a_moved_end_is_counted_at_the_new_midnight_only() -> None:
    term = Term(11, 10)
    section = joined([term]).moved(11, term.end, term.end - 4 * DAY, 0)

    assert accrue(section, Gate(), START + 20 * DAY).section.accrued == 11 * (
        term.end - 4 * DAY - START
    )
    assert section.shared_through_day == term.end // DAY


def test_who_leaves_is_no_longer_counted() -> None:
    every = [Term(11, 10), Term(5, 10)]
    section = joined(every).left(11, every[0].end)

    assert accrue(section, Gate(), START + 20 * DAY).section.accrued == earned(every[1:], 2**40)


def test_a_rate_that_cannot_be_counted_is_refused() -> None:
    section = Section(rate_per_day=MOST_RATE)
    with pytest.raises(RateOverflow):
        section.joined(1, 1, START + DAY, PERPETUAL_DAY)
