"""The page about the SDK, run as it stands: what it says it prints, it prints."""

import re
from pathlib import Path

import pytest

from salus.surfaces.sdk import SalusError, connect, units
from tests.journeys.market import Market

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "sdk.md"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def test_the_example_of_the_page_prints_what_the_page_says(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    market.offer("", "--price", "laboratory=4/day")
    _at_home(market, monkeypatch)
    first, second, _ = _blocks("python")
    said, said_later = _blocks("")

    _run(first)
    market_said = capsys.readouterr().out
    market.says("borrow", market.record, "--offer", "build/loan-offer.json")
    capsys.readouterr()
    _run(second)

    assert _DAY.sub("DAY", said) == _DAY.sub("DAY", market_said)
    assert said_later == capsys.readouterr().out


def test_the_value_of_the_page_is_that_of_the_command(
    pledgeable: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = pledgeable.says("appraise", pledgeable.record)

    with connect(pledgeable.home) as home:
        found = home.lender("bank").value(pledgeable.record)

    assert found.value == told["value"]
    assert found.limit == found.value * 4_000 // 10_000


def test_a_license_is_renewed_canceled_and_refused(market: Market) -> None:
    market.offer("", "--price", "laboratory=4/day", "--days", "1..365")

    with connect(market.home) as home:
        acme, institute = home.licensee("acme"), home.licensee("institute")
        (offer,) = institute.offers()
        bought = institute.subscribe(offer, ["laboratory"], days=30, use="academic")
        renewed = institute.renew(bought, days=30)
        canceled = institute.cancel(renewed)

        assert renewed.paid == bought.paid + units("120")
        assert canceled.until is not None
        assert bought.until is not None
        assert canceled.until < bought.until
        assert institute.refusal(canceled, "laboratory") == ""
        assert institute.refusal(canceled, "genomics") == "another-section"
        assert acme.refusal(bought, "laboratory") == "another-licensee"
        assert [each.number for each in institute.licenses()] == [bought.number]
        with pytest.raises(SalusError):
            acme.open(bought, "laboratory")
        with pytest.raises(SalusError):
            institute.subscribe(offer, ["laboratory"], days=30, use="academic", at_most="1")


def _at_home(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the page is: in a folder with `build/first-home`."""
    (market.folder / "build").mkdir()
    (market.folder / "build" / "first-home").symlink_to(market.home)
    monkeypatch.chdir(market.folder)


def _blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def _run(program: str) -> None:
    exec(compile(program, str(PAGE), "exec"), {"__name__": "__main__"})
