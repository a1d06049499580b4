"""Loans that go wrong, and what the patient of a pledged record may do at every moment."""

from datetime import timedelta

import pytest

from salus.rights.revenue.currency import UNIT
from salus.services.lending.model import divided
from tests.journeys.market import RATE, Market

LABORATORY = "laboratory"


def patient_acts(market: Market) -> None:
    """Reads, and refuses a read that a grant allowed; whatever happens to the token."""
    market.share("allergies", "clinic")
    assert market.opened("allergies", "clinic")
    until = (market.clock.now() + timedelta(days=30)).date().isoformat()
    words = ("--sections", "allergies", "--to", "clinic", "--until", until)
    denial = market.says("deny", market.record, *words)["denial"]
    assert "custody/not-permitted" == market.refused("allergies", "clinic")
    market.says("lift", denial)
    market.says("end", market.record)
    assert "custody/not-permitted" == market.refused("allergies", "clinic")
    for section in (LABORATORY, "genomics"):
        assert market.opened(section, "subject")


def pledged(market: Market, *words: str) -> str:
    return market.borrow("400", *words)


def closed(market: Market) -> None:
    """The patient closes the section from which all income comes."""
    market.says("licensing", "close", market.record, "--sections", LABORATORY)


def state(market: Market) -> str:
    """After the jobs that are due."""
    market.says("loans")
    return str(market.loan()["state"])


def in_auction(market: Market, loan: str, by: str) -> None:
    """Two readings, a day to cure, and an auction that somebody starts."""
    closed(market)
    market.wait(hours=6)
    market.says("loans")
    assert ("active", "price") == (market.loan()["state"], market.loan()["breach"])
    market.wait(hours=6)
    assert "cure_price" == state(market)
    assert market.opened(LABORATORY, "subject")
    assert "lending/too-early" == market.refuses("auction", "start", loan, "--as", by)
    market.wait(hours=24)
    market.says("auction", "start", loan, "--as", by)
    assert "auction" == state(market)


def test_a_closed_section_leads_to_an_auction_whose_surplus_is_the_borrowers(
    pledgeable: Market,
) -> None:
    market = pledgeable
    loan = pledged(market)
    patient_acts(market)
    in_auction(market, loan, by="thrift")
    patient_acts(market)
    found, debt = market.says("auction", "show", loan), market.loan()["owed"]
    owed = {name: market.owed(name) for name in ("patient", "bank", "thrift")}
    held = market.held("acme")
    assert "lending/price-above" == market.refuses(
        "auction", "buy", loan, "--as", "acme", "--max-price", "1"
    )
    sold = market.says("auction", "buy", loan, "--as", "acme")
    parts = divided(found["price"], debt, has_bounty=True)
    source, platform = parts.surplus // 10, parts.surplus // 40

    assert -(-6 * debt // 5) == found["price"] == held - market.held("acme")
    assert (parts.paid, parts.surplus, 0) == (sold["paid"], sold["surplus"], sold["shortfall"])
    assert debt == parts.paid == market.owed("bank") - owed["bank"]
    assert parts.bounty == market.owed("thrift") - owed["thrift"] > 0
    assert parts.surplus - source - platform == market.owed("patient") - owed["patient"]
    assert ("settled", "acme") == (market.loan()["state"], market.owners()["record"])
    patient_acts(market)
    assert "custody/not-permitted" == market.refused(LABORATORY, "acme")
    assert market.replays()


def test_a_breach_is_cured_by_a_repayment_of_anybody(pledgeable: Market) -> None:
    """The value falls to nothing, so that only all of it is enough."""
    market = pledgeable
    loan = pledged(market)
    closed(market)
    for _ in range(2):
        market.wait(hours=6)
        market.says("loans")
    assert "cure_price" == market.loan()["state"]
    done = market.says("repay", loan, "--all", "--as", "research")

    assert (0, "repaid") == (done["left"], market.loan()["state"])
    assert "patient" == market.owners()["record"]
    market.says("licensing", "reopen", market.record, "--sections", LABORATORY)
    assert market.replays()


def test_a_license_that_is_revoked_while_pledged_ends_at_once_and_its_rest_goes_back(
    pledgeable: Market,
) -> None:
    market = pledgeable
    loan, rate = pledged(market), market.rate(LABORATORY)
    (license_,) = market.says("license", "list", "--as", "research")
    opened = ("--license", license_["license"])
    assert market.opened(LABORATORY, "research", *opened)
    ended = market.says("revoke-license", license_["license"])

    assert rate - RATE * UNIT == market.rate(LABORATORY)
    assert ended["refunded"] == market.owed("research") > 280 * RATE * UNIT
    assert "custody/not-permitted" == market.refused(LABORATORY, "research", *opened)
    assert "active" == state(market)
    assert loan == str(market.loan()["loan"])


def test_a_term_that_is_over_ends_with_a_lender_who_takes_what_nobody_buys(
    pledgeable: Market,
) -> None:
    market = pledgeable
    words = ("--mode", "fruits", "--days", "30", "--liquidate", "0")
    loan, owed = pledged(market, *words), market.owed("patient")
    market.wait(days=33)
    assert "active" == state(market)
    market.wait(hours=7)
    assert "auction" == state(market)  # the bank lives here, and its job starts it
    patient_acts(market)
    assert "lending/too-early" == market.refuses("foreclose", loan, "--as", "bank")
    market.wait(hours=72)
    assert "lending/closed" == market.refuses("auction", "buy", loan, "--as", "acme")
    market.says("foreclose", loan, "--as", "bank")

    assert ("foreclosed", "bank") == (market.loan()["state"], market.owners()["record"])
    assert 0 == market.loan()["owed"]
    assert market.owed("patient") > owed
    patient_acts(market)
    before, patient = market.owed("bank"), market.owed("patient")
    market.wait(days=1)
    market.says("settle", market.record)
    assert 0 < market.owed("patient") - patient < market.owed("bank") - before
    assert market.replays()


@pytest.mark.parametrize("moment", ["pledged", "in auction"])
def test_a_patient_erases_a_pledged_record_and_owes_nothing(
    pledgeable: Market, moment: str
) -> None:
    market = pledgeable
    loan, payer = pledged(market), market.held("research")
    market.says("withdraw", "--record", market.record)
    if moment == "in auction":
        in_auction(market, loan, by="bank")
    done = market.says("erase", market.record, "--yes")
    for hours in (6, 6, 24, 1, 72):
        market.wait(hours=hours)
        market.says("loans")
    market.says("foreclose", loan, "--as", "bank")

    assert ("proved", True) == (done["stage"], done["is_final"])
    back = market.says("withdraw", "--as", "research")["units"]
    assert back == market.held("research") - payer > 280 * RATE * UNIT
    assert ("foreclosed", 0) == (market.loan()["state"], market.loan()["owed"])
    assert market.refused(LABORATORY, "subject")
    assert market.replays()


def test_who_paid_for_a_section_that_is_erased_gets_the_rest_back(pledgeable: Market) -> None:
    """The rest of the record goes on; nobody pays for what is not there."""
    market = pledgeable
    market.says("erase", market.record, "--section", LABORATORY, "--yes")
    assert 0 == market.rate(LABORATORY)
    market.wait(hours=6)
    market.says("market")

    assert market.owed("research") > 280 * RATE * UNIT
    assert market.opened("genomics", "subject")
    assert market.replays()
