"""A record is pledged over the real commands: lent on, repaid, refinanced, sold; and refusals."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from salus.rights.revenue.currency import UNIT
from tests.journeys.market import LABS, Market
from tests.journeys.stage import run

PRINCIPAL = 400 * UNIT
LICENSEES = ("research", "institute", *LABS)


@pytest.fixture
def ripe(market: Market) -> Market:
    """Five licensees have paid for a quarter and longer."""
    offer = market.offer("", "--price", "laboratory=1.50/day")
    for name in LICENSEES:
        market.subscribe(offer, name, days=300)
    market.wait(days=110)
    return market


def offered(market: Market, *words: str, by: str = "bank") -> Path:
    place = market.folder / f"{by}.json"
    terms = ("--principal", "400", "--as", by, "-o", place)
    market.says("lend", "offer", market.record, *terms, *words)
    return place


def borrowed(market: Market, *words: str) -> int:
    market.says("appraise", market.record)
    return int(market.says("borrow", market.record, "--offer", offered(market, *words))["loan"])


def loan(market: Market) -> dict[str, object]:
    (found,) = market.says("loans")
    return dict(found)


def test_a_record_is_appraised_pledged_and_repaid(ripe: Market) -> None:
    worth = ripe.says("appraise", ripe.record)
    before = ripe.owed("patient")
    number = borrowed(ripe)
    pledged = loan(ripe)
    ripe.says("withdraw", "--record", ripe.record)
    done = ripe.says("repay", "1", "--all")

    assert worth["fresh"]
    assert 12 * 30 * 5 * 1_500_000 == worth["value"] == worth["raw"]
    assert 5 == len(worth["licenses"])
    assert 1 == number
    assert ("active", "patient", "bank") == (
        pledged["state"],
        pledged["borrower"],
        pledged["holder"],
    )
    assert 0 == done["left"]
    assert done["paid"] - PRINCIPAL < UNIT
    assert ("repaid", 0) == (loan(ripe)["state"], loan(ripe)["owed"])
    assert before >= 0
    assert ripe.replays()


def test_the_agreement_is_shown_in_both_languages(ripe: Market) -> None:
    borrowed(ripe)
    said = ripe.says("lend", "show", "1")
    english = run(ripe.home, "lend", "show", "1").out
    chinese = run(ripe.home, "lend", "show", "1", language="zh-Hans").out
    (known,) = ripe.says("lend", "list")

    assert "LOAN AGREEMENT" in english
    assert "贷款协议" in chinese
    assert said["agreement"] == known["offer"]
    assert "taken" == known["state"]


def test_income_repays_by_itself_and_the_record_comes_home(ripe: Market) -> None:
    borrowed(ripe, "--mode", "sweep", "--split", "80")
    for _ in range(12):
        ripe.wait(days=8)
        ripe.says("loans")

    assert "repaid" == loan(ripe)["state"]
    assert "patient" in ripe.owners().values() or ripe.says("records")


def test_a_value_that_falls_comes_to_an_auction_by_itself(ripe: Market) -> None:
    borrowed(ripe)
    ripe.says("licensing", "close", ripe.record, "--sections", "laboratory")
    for hours in (7, 7, 25):  # two readings, and the time to cure
        ripe.wait(hours=hours)
        ripe.says("loans")
    (open_,) = ripe.says("auction", "list")
    ripe.wait(hours=24)
    shown = ripe.says("auction", "show", "1")
    too_low = ripe.refuses("auction", "buy", "1", "--as", "acme", "--max-price", "1")
    sold = ripe.says("auction", "buy", "1", "--as", "acme", "--max-price", "500")

    assert "open" == open_["state"]
    assert shown["price"] == -(-open_["start_price"] // 4)
    assert "lending/price-above" == too_low
    assert sold["price"] <= shown["price"]
    assert sold["paid"] + sold["surplus"] <= sold["price"]
    assert "settled" == loan(ripe)["state"]
    assert ripe.opened("laboratory", "subject")
    assert ripe.replays()


def test_nobody_bids_and_the_lender_takes_it(ripe: Market) -> None:
    borrowed(ripe, "--liquidate", "0", "--days", "30", "--mode", "fruits")
    ripe.wait(days=33, seconds=1)
    ripe.says("auction", "start", "1", "--as", "acme")
    early = ripe.refuses("foreclose", "1", "--as", "bank")
    ripe.wait(hours=72)
    others = ripe.refuses("foreclose", "1", "--as", "acme")
    taken = ripe.says("foreclose", "1", "--as", "bank")

    assert "lending/too-early" == early
    assert "lending/not-holder" == others
    assert {"loan": 1, "owner": "bank"} == taken
    assert "foreclosed" == loan(ripe)["state"]


def test_lenders_change_and_the_note_is_handed_on(ripe: Market) -> None:
    borrowed(ripe)
    ripe.says("lend", "sell-note", "1", "--to", "acme", "--as", "bank")
    held = loan(ripe)["holder"]
    ripe.wait(days=3)
    worse = ripe.refuses("refinance", "1", "--as", "thrift", "--apr", "11")
    ripe.says("refinance", "1", "--as", "thrift", "--apr", "10.5")
    better = loan(ripe)
    again = offered(ripe, "--apr", "9")
    ripe.says("refinance", "1", "--offer", again)

    assert "acme" == held
    assert "lending/not-better" == worse
    assert ("thrift", 1_050) == (better["holder"], better["apr_bps"])
    assert ("bank", 900) == (loan(ripe)["holder"], loan(ripe)["apr_bps"])


def test_a_pledged_record_is_sold_at_the_borrowers_price(ripe: Market) -> None:
    borrowed(ripe)
    nothing = ripe.refuses("buyout", "1", "--as", "acme")
    low = ripe.refuses("buyout", "1", "--price", "100")
    ripe.says("buyout", "1", "--price", "900")
    sold = ripe.says("buyout", "1", "--as", "acme")

    assert "lending/nothing-to-buy" == nothing
    assert "lending/nothing-offered" == low
    assert (900 * UNIT, 0) == (sold["price"], sold["shortfall"])
    assert "settled" == loan(ripe)["state"]


def test_a_blocked_lender_stops_nobody(ripe: Market) -> None:
    borrowed(ripe)
    ripe.says("withdraw", "--record", ripe.record)
    ripe.block("bank")

    assert 0 == ripe.says("repay", "1", "--all")["left"]
    assert ripe.owed("bank") >= PRINCIPAL


def test_the_patient_reads_refuses_revokes_and_erases_while_it_is_pledged(ripe: Market) -> None:
    borrowed(ripe)
    read = ripe.opened("laboratory", "subject")
    grant = ripe.share("laboratory", "clinic")
    shared = ripe.opened("laboratory", "clinic")
    ripe.says("revoke", grant)
    after = ripe.refused("laboratory", "clinic")
    until = (ripe.clock.now() + timedelta(days=99)).date().isoformat()
    ripe.says("deny", ripe.record, "--to", "research", "--until", until)
    ripe.says("erase", ripe.record, "--yes")
    for hours in (7, 7, 25, 73):
        ripe.wait(hours=hours)
        ripe.says("loans")
    ripe.says("foreclose", "1", "--as", "bank")

    assert b"12.0 g/dL" in read
    assert b"12.0 g/dL" in shared
    assert after.startswith("custody/")
    assert "foreclosed" == loan(ripe)["state"]
    assert 0 == loan(ripe)["owed"]
    assert ripe.refused("laboratory", "subject")
    assert "lending/agreement-missing" == ripe.refuses("lend", "show", "1")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("lend", "offer", "{record}", "--principal", "99"), "lending/terms-out-of-bounds"),
        (("lend", "offer", "{record}", "--principal", "x"), "revenue/bad-amount"),
        (("lend", "offer", "{record}", "--principal", "100", "--apr", "x"), "lending/bad-term"),
        (
            ("lend", "offer", "{record}", "--principal", "100", "--apr", "37"),
            "lending/terms-out-of-bounds",
        ),
        (
            ("lend", "offer", "{record}", "--principal", "100", "--mode", "x"),
            "lending/unknown-mode",
        ),
        (
            ("lend", "offer", "{record}", "--principal", "100", "--as", "acme"),
            "lending/cannot-lend",
        ),
        (("lend", "offer", "{record}", "--principal", "100"), "lending/value-stale"),
        (("borrow", "{record}", "--offer", "nothing.json"), "lending/offer-missing"),
        (("borrow", "{record}", "--offer", "ff"), "lending/unknown-offer"),
        (("repay", "1", "--all"), "lending/unknown-loan"),
        (("repay", "one", "--all"), "lending/unknown-loan"),
        (("refinance", "1"), "lending/offer-unnamed"),
        (("auction", "start", "1"), "lending/unknown-loan"),
        (("auction", "show", "1"), "lending/closed"),
        (("auction", "buy", "1"), "lending/closed"),
        (("foreclose", "1"), "lending/closed"),
        (("buyout", "1"), "lending/price-missing"),
        (("lend", "show", "7"), "lending/unknown-loan"),
    ],
)
def test_what_cannot_be_says_why_and_does_nothing(
    market: Market, words: tuple[str, ...], kind: str
) -> None:
    said = market.refuses(*(each.format(record=market.record) for each in words))

    assert kind == said
    assert [] == market.says("loans") == market.says("auction", "list")


def test_an_offer_that_was_edited_is_refused(ripe: Market) -> None:
    ripe.says("appraise", ripe.record)
    place = offered(ripe)
    said = json.loads(place.read_bytes()) | {"principal": 1_000_000_000}
    place.write_text(json.dumps(said))

    assert "lending/offer-damaged" == ripe.refuses("borrow", ripe.record, "--offer", str(place))
    place.write_text("{}")
    assert "lending/offer-damaged" == ripe.refuses("borrow", ripe.record, "--offer", str(place))
