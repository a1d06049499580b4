"""Lenders take offers back, and everybody concerned is told of what happens to a loan."""

from typing import Any

from tests.journeys.market import Market
from tests.journeys.test_money_auctions import closed, in_auction


def told(market: Market, *words: str) -> list[tuple[str, str, str]]:
    """What, to whom and as whom, the oldest first."""
    found = market.says("lend", "notices", *words)
    return [(each["what"], each["told"], each["role"]) for each in reversed(found)]


def steps(rows: list[tuple[str, str, str]]) -> list[str]:
    return [what for what, _, _ in rows]


def allowed(market: Market, name: str) -> int:
    return int(market.says("balance", "--as", name)["allowed"])


def test_nobody_borrows_on_an_offer_that_was_taken_back(pledgeable: Market) -> None:
    market = pledgeable
    before = allowed(market, "bank")
    offer = market.lend("400")
    other = market.says("lend", "offer", market.record, "--principal", "300", "--as", "bank")
    assert "lending/offer-of-another" == market.refuses(
        "lend", "withdraw-offer", offer, "--as", "thrift"
    )
    taken = market.says("lend", "withdraw-offer", offer, "--as", "bank")
    listed = {each["offer"]: each["state"] for each in market.says("lend", "list")}

    assert {"open", "withdrawn"} == set(listed.values())
    assert "withdrawn" == listed[taken["offer"]] == taken["state"]
    assert 300_000_000 == allowed(market, "bank") - before
    assert "lending/offer-withdrawn" == market.refuses("borrow", market.record, "--offer", offer)
    assert "lending/offer-withdrawn" == market.refuses("lend", "withdraw-offer", offer)
    assert 1 == market.says("borrow", market.record, "--offer", other["offer"])["loan"]
    assert "lending/offer-taken" == market.refuses("lend", "withdraw-offer", other["offer"])
    assert market.replays()


def test_lender_and_patient_are_told_of_a_loan_and_its_end(pledgeable: Market) -> None:
    market = pledgeable
    loan = market.borrow("400")
    market.says("lend", "sell-note", loan, "--to", "acme", "--as", "bank")
    market.wait(days=2, seconds=1)
    market.says("refinance", loan, "--as", "thrift", "--apr", "10.8")
    market.wait(days=60)
    market.says("settle", market.record)

    assert "repaid" == market.loan()["state"]
    assert ["lent", "note", "refinanced", "repaid"] == steps(
        [each for each in told(market) if each[1] == "patient"]
    )
    assert [("lent", "lender"), ("note", "former lender")] == roles(market, "bank")
    assert [("note", "lender"), ("refinanced", "former lender")] == roles(market, "acme")
    assert [("refinanced", "lender"), ("repaid", "lender")] == roles(market, "thrift")
    assert [] == told(market, "--as", "research")
    assert told(market) == told(market, "--record", market.record)
    assert market.replays()


def roles(market: Market, name: str) -> list[tuple[str, str]]:
    return [(what, role) for what, _, role in told(market, "--as", name)]


def test_a_breach_its_cure_and_an_auction_are_told_with_their_ends(pledgeable: Market) -> None:
    market = pledgeable
    loan = market.borrow("400")
    in_auction(market, loan, by="thrift")
    market.says("auction", "buy", loan, "--as", "acme")
    found: list[dict[str, Any]] = list(reversed(market.says("lend", "notices", "--as", "bank")))

    assert ["lent", "breach", "cure_price", "auction", "settled"] == [
        each["what"] for each in found
    ]
    assert ["", ""] == [each["until"] for each in found[:2]]
    assert found[2]["time"] < found[2]["until"] <= found[3]["time"] < found[3]["until"]
    assert [("settled", "acme", "buyer")] == told(market, "--as", "acme")
    assert 2 == len({each for each in told(market) if each[0] == "auction"})


def test_a_cure_in_time_is_told(pledgeable: Market) -> None:
    market = pledgeable
    market.borrow("400", "--covenant", "1", "--liquidate", "0")
    closed(market)
    for hours in (6, 7 * 24, 6):
        market.wait(hours=hours)
        market.says("loans")
    assert "cure_income" == market.loan()["state"]
    market.says("licensing", "reopen", market.record, "--sections", "laboratory")
    (offer,) = market.says("market")
    market.subscribe(str(offer["offer"]), "research")
    market.wait(hours=6)
    market.says("loans")

    assert ("active", "none") == (market.loan()["state"], market.loan()["breach"])
    assert ["lent", "breach", "cure_income", "cured"] == steps(told(market, "--as", "bank"))
