"""The drawing of income over time."""

from xml.etree import ElementTree as ET

from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.plot import plot

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "Income <& more>"


def drawn(*days: tuple[int, int]) -> ET.Element:
    return ET.fromstring(plot(days, title=TITLE, description="words"))


def test_it_tells_each_day_what_was_earned_until_then() -> None:
    drawing = drawn((20_000, UNIT), (20_002, 2 * UNIT))
    marks = [each.findtext(f"{SVG}title") for each in drawing.iter(f"{SVG}circle")]

    assert ["2024-10-04 1.00", "2024-10-06 3.00"] == marks


def test_it_has_words_for_who_does_not_see_it() -> None:
    drawing = drawn((20_000, UNIT))

    assert TITLE == drawing.findtext(f"{SVG}title")
    assert "words" == drawing.findtext(f"{SVG}desc")
    assert "img" == drawing.get("role")


def test_nothing_earned_is_drawn_as_nothing() -> None:
    assert [] == list(drawn().iter(f"{SVG}circle"))
