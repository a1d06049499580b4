"""The demonstration: what it says of money, and what its report draws."""

import re

import pytest

from salus.rights.revenue.currency import UNIT
from salus.surfaces.demo.drawing import drawn
from salus.surfaces.demo.scene import Mark
from tests.journeys.stage import run


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("demo") / "report.html"
    said = run(place.parent, "demo", "--report", place, "--json")
    assert said.status == 0, said.out + said.err
    return place.read_text()


def test_the_record_is_licensed_pledged_and_repaid(page: str) -> None:
    """The machine needs some seconds too, in which something is earned."""
    for said in (
        r"It earns 16\.00 a day\.",
        r"In a day it earns 16\.00\d*\.",
        r"worth 5,760\.00 to a lender",
        r"A bank lends 2,304\.00, 40 % of that",
        r"its income paid 347\.2\d* to the bank",
        r"and nothing is owed any more",
        r"294\.0\d* goes to the patient and 0\.00 to the bank",
        r"Rows that differed: 0\.",
    ):
        assert re.search(said, page), said


def test_the_report_draws_the_income_and_has_its_numbers_in_a_table(page: str) -> None:
    curves = re.findall(r'<polyline class="curve (\w+)" points="([^"]+)"', page)
    figure = page[page.index("What the record earned") :]
    rows = figure[: figure.index("</figure>")].count("<tr><td>")

    assert ["all", "patient", "lender"] == [name for name, _ in curves]
    assert {rows} == {len(points.split()) for _, points in curves}
    for event in ("licensed", "pledged", "repaid"):
        assert f"<td>{event}</td>" in figure


def test_a_line_rises_with_its_amounts_and_stays_inside() -> None:
    marks = [
        Mark("2026-01-01", "licensed", 0, 0, 0),
        Mark("2026-01-11", "", 80 * UNIT, 0, 100 * UNIT),
        Mark("2026-01-21", "repaid", 100 * UNIT, 60 * UNIT, 200 * UNIT),
    ]
    found = drawn(marks)
    assert found is not None
    whole, patient, lender = (_points(line.points) for line in found.lines)

    assert [0, 100, 200] == [_part(y, found.top, found.bottom, 200) for _, y in whole]
    assert [0, 80, 100] == [_part(y, found.top, found.bottom, 200) for _, y in patient]
    assert [0, 0, 60] == [_part(y, found.top, found.bottom, 200) for _, y in lender]
    assert [found.left, (found.left + found.right) // 2, found.right] == [x for x, _ in whole]
    assert ["0", "50", "100", "150", "200"] == [tick.text for tick in found.amounts]


def _points(text: str) -> list[tuple[int, int]]:
    return [tuple(map(int, each.split(","))) for each in text.split()]  # type: ignore[misc]


def _part(at: int, top: int, bottom: int, most: int) -> int:
    return round((bottom - at) * most / (bottom - top))


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_no_line_of_one_point(count: int) -> None:
    assert drawn([Mark("2026-01-01", "", 0, 0, 0)] * count) is None


def test_nothing_earned_is_a_flat_line() -> None:
    found = drawn([Mark("2026-01-01", "", 0, 0, 0), Mark("2026-01-02", "", 0, 0, 0)])
    assert found is not None
    assert {found.bottom} == {y for line in found.lines for _, y in _points(line.points)}


def test_the_report_asks_for_nothing_from_elsewhere(page: str) -> None:
    assert not re.findall(r"(?:src|href)=|url\(", page)
