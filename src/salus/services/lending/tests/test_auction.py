"""The price of an auction never rises and depends on time only (I8)."""

from hypothesis import given
from hypothesis import strategies as st

from salus.services.lending.model import (
    HALF_LIFE,
    LENGTH,
    credit_bid_due,
    divided,
    is_over,
    price_at,
    start_price,
)

START = 1_800_000_000
prices = st.integers(0, 2**128 - 1)
offsets = st.integers(0, LENGTH + 100)


@given(prices, offsets, st.integers(0, 10_000))
def test_the_price_never_rises(start: int, at: int, later: int) -> None:
    assert price_at(start, START, START + at) >= price_at(start, START, START + at + later)


@given(prices, st.integers(0, 5))
def test_the_price_halves_every_twelve_hours(start: int, halvings: int) -> None:
    assert price_at(start, START, START + halvings * HALF_LIFE) == -(-start >> halvings)


@given(prices, st.integers(0, LENGTH - 1))
def test_between_two_halvings_the_price_is_on_a_line(start: int, at: int) -> None:
    halvings, rest = divmod(at, HALF_LIFE)
    high = -(-start >> halvings)
    line = high * (2 * HALF_LIFE - rest)
    found = price_at(start, START, START + at)

    assert (found - 1) * 2 * HALF_LIFE < line <= found * 2 * HALF_LIFE


def test_there_is_no_discount_in_the_first_second_and_no_floor() -> None:
    assert price_at(1_000, START, START) == 1_000
    assert price_at(1_000, START, START + LENGTH) == 16
    assert price_at(1, START, START + LENGTH) == 1


def test_it_is_over_at_72_hours_and_the_price_stays() -> None:
    assert not is_over(START, START + LENGTH - 1)
    assert is_over(START, START + LENGTH)
    assert price_at(6_400, START, START + 2 * LENGTH) == 100


def test_it_starts_above_value_and_debt_or_at_three_debts() -> None:
    assert start_price(101, 10, is_fresh=True) == 152
    assert start_price(10, 101, is_fresh=True) == 122
    assert start_price(10**9, 101, is_fresh=False) == 303


@given(price=prices, owed=prices, bounty=st.booleans())
def test_every_unit_of_a_price_has_a_place(price: int, owed: int, *, bounty: bool) -> None:
    parts = divided(price, owed, has_bounty=bounty)

    assert parts.bounty + parts.paid + parts.surplus == price
    assert parts.paid + parts.shortfall == owed
    assert parts.surplus == 0 or parts.shortfall == 0
    assert parts.bounty <= min(price * 50 // 10_000, 50_000_000)
    assert credit_bid_due(parts) == price - parts.paid


def test_a_borrower_who_starts_it_gets_no_bounty() -> None:
    assert divided(10_000, 0, has_bounty=True).bounty == 50
    assert divided(10_000, 0, has_bounty=False).bounty == 0
