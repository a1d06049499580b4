"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.rights.revenue.currency import UNIT, parse_amount, shown
from salus.rights.revenue.errors import BadAmount


@pytest.mark.parametrize(
    ("text", "expected"),
    [("25.50", 25_500_000), ("1", UNIT), (" 0.000001 ", 1), ("0.1", 100_000)],
)
def test_an_amount_is_units(text: str, expected: int) -> None:
    assert expected == parse_amount(text)


@pytest.mark.parametrize(
    "text", ["", "0", "0.000000", "-1", "1e6", "1.", ".5", "1.0000001", "1,5", "٣", "1" * 19]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_amount(text)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (0, "0.00"),
        (25_500_000, "25.50"),
        (1, "0.000001"),
        (1_234_567_800_000, "1,234,567.80"),
        (-1_500_000, "-1.50"),
    ],
)
def test_units_are_shown_as_an_amount(units: int, expected: str) -> None:
    assert expected == shown(units)


@given(st.integers(1, 10**18))
def test_what_is_shown_is_read_back(units: int) -> None:
    assert units == parse_amount(shown(units).replace(",", ""))
