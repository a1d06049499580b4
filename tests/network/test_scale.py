"""The law of growth: its simulation does what the page says, and the page what it prints."""

from dataclasses import replace
from pathlib import Path

from tools.scale import Costs, Use, lived, most, table

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scale.md"
USE, COSTS = Use(), Costs()


def test_the_page_shows_what_the_simulation_prints() -> None:
    page = PAGE.read_text()

    assert [] == [line for line in table(USE, COSTS) if line not in page]


def test_the_load_of_the_ledger_does_not_depend_on_how_much_is_written() -> None:
    more = replace(USE, resources=100 * USE.resources)

    assert lived(100, USE, COSTS).transactions_a_day == lived(100, more, COSTS).transactions_a_day
    assert lived(100, more, COSTS).busy["node"] > lived(100, USE, COSTS).busy["node"]


def test_everything_shared_grows_with_the_hospitals_and_a_node_does_not() -> None:
    one, many = lived(10, USE, COSTS).busy, lived(1_000, USE, COSTS).busy

    assert one["node"] == many["node"]
    for name in one.keys() - {"node"}:
        assert abs(many[name] / one[name] - 100) < 1e-6


def test_the_most_that_is_carried_is_full_and_one_more_is_too_many() -> None:
    count = most(USE, COSTS)

    assert max(lived(count, USE, COSTS).busy.values()) <= 1
    assert max(lived(count + 1, USE, COSTS).busy.values()) > 1


def test_what_an_hour_cannot_take_waits_for_the_next() -> None:
    slow = replace(COSTS, ledger=COSTS.ledger / 10_000)

    assert lived(100, USE, COSTS).longest_wait == 0
    assert lived(100, USE, slow).longest_wait > 1


def test_networks_and_sets_share_the_load() -> None:
    whole = lived(1_000, USE, COSTS)
    parted = lived(1_000, USE, COSTS, networks=4, sets=5)

    assert abs(whole.busy["ledger"] / parted.busy["ledger"] - 4) < 1e-6
    assert abs(whole.busy["keepers"] / parted.busy["keepers"] - 5) < 1e-6
    assert most(USE, COSTS, networks=4, sets=32) > 4 * most(USE, COSTS)
