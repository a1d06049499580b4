"""How often somebody may ask: the window slides, others do not matter, restarts forget nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from salus.kernel.clock import ManualClock
from salus.platform.testing import memory_node
from salus.platform.web.app import when_again
from salus.platform.web.errors import TooOften
from salus.platform.web.portal.rates import Counted, Rate, Rates, of_address, wait
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.web.portal.tables import RateRow
from salus.platform.work import Node

FEW = PortalSettings(sign_ins=3, pages=50, joins=0)


@pytest.fixture
def node() -> Node:
    return memory_node(projections={})


def move(node: Node, **time: float) -> None:
    assert isinstance(node.clock, ManualClock)
    node.clock.move(timedelta(**time))


def asked(rates: Rates, name: str, whom: str, most: int = 1_000) -> int:
    """How many are let through."""
    for count in range(most):
        try:
            rates.count(name, whom)
        except TooOften:
            return count
    return most


@given(
    st.integers(1, 200),
    st.integers(1, 20),
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(0, 899),
)
def test_after_the_wait_it_fits_and_before_it_does_not(
    most: int, block: int, before: int, count: int, passed: int
) -> None:
    rate = Rate("r", max(most, block), 900, block)
    left = wait(rate, Counted(min(before, rate.most), min(count, rate.most), passed))

    def later(seconds: int) -> Counted:
        at = passed + seconds
        if at < 900:
            return Counted(min(before, rate.most), min(count, rate.most), at)
        return Counted(min(count, rate.most), 0, at - 900)

    assert 0 <= left <= 1_800
    assert wait(rate, later(left)) == 0
    if left:
        assert wait(rate, later(left - 1)) == 1


def test_one_address_too_often_is_refused_until_time_has_passed(node: Node) -> None:
    rates = Rates(node, FEW)
    assert asked(rates, "sign-in", "a") == 3
    assert asked(rates, "sign-in", "b") == 3
    with pytest.raises(TooOften) as refused:
        rates.count("sign-in", "a")
    minutes = int(refused.value.shown()["minutes"])
    assert when_again(refused.value) == {"retry-after": str(60 * minutes)}
    move(node, minutes=minutes)
    assert asked(rates, "sign-in", "a") == 1


def test_the_window_slides(node: Node) -> None:
    """Three just before the end of a window and three just after it would be six in a second."""
    rates = Rates(node, FEW)
    assert isinstance(node.clock, ManualClock)
    into = int(node.clock.now().timestamp()) % 900
    move(node, seconds=899 - into)
    assert asked(rates, "sign-in", "a") == 3
    move(node, seconds=2)
    assert asked(rates, "sign-in", "a") == 0
    move(node, minutes=15)
    assert asked(rates, "sign-in", "a") == 3


def test_what_was_counted_outlives_the_process_and_holds_for_all_of_them(
    node: Node, tmp_path: Path
) -> None:
    home = tmp_path / "node"
    home.mkdir()
    (home / "storage.key").write_text("11" * 32)
    node = replace(node, home=tmp_path)
    one, other = Rates(node, FEW), Rates(node, FEW)
    assert asked(one, "sign-in", "a", most=2) == 2
    assert asked(other, "sign-in", "a") == 1
    assert asked(Rates(node, FEW), "sign-in", "a") == 0


def test_what_is_frequent_is_written_down_in_blocks_and_still_limited(node: Node) -> None:
    rates = Rates(node, FEW)
    assert asked(rates, "page", "a") == 50
    assert asked(rates, "page", "b") == 50


def test_no_limit_is_none(node: Node) -> None:
    assert asked(Rates(node, FEW), "join", "a", most=500) == 500


def test_no_address_stands_in_the_database_and_old_rows_go(node: Node) -> None:
    rates = Rates(node, FEW)
    rates.count("sign-in", "203.0.113.9")
    with node.reading() as session:
        (row,) = session.scalars(select(RateRow)).all()
        assert b"203" not in row.key
        assert len(row.key) == 32
    move(node, hours=1)
    rates.count("sign-in", "203.0.113.10")
    with node.reading() as session:
        assert len(session.scalars(select(RateRow)).all()) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unix", "unix"),
    ],
)
def test_addresses_of_one_visitor_count_as_one(one: str, other: str) -> None:
    assert of_address(one) == of_address(other)
    assert of_address("2001:db8:1:3::4") != of_address(one)
