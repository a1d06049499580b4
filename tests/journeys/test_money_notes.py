"""Who is paid for a loan changes, and an account that is blocked stops nobody else."""

from salus.rights.revenue.currency import UNIT
from tests.journeys.market import PAYERS, RATE, Market

A_DAY = RATE * len(PAYERS) * UNIT


def settled(market: Market, days: int) -> None:
    market.wait(days=days)
    market.says("settle", market.record)


def test_who_buys_a_note_is_paid_and_a_better_lender_pays_him_off(pledgeable: Market) -> None:
    market = pledgeable
    loan = market.borrow("800", "--apr", "12")
    assert "lending/not-holder" == market.refuses(
        "lend", "sell-note", loan, "--to", "thrift", "--as", "acme"
    )
    market.says("lend", "sell-note", loan, "--to", "acme", "--as", "bank")
    settled(market, 2)
    first = market.owed("acme")
    assert (0, "acme") == (market.owed("bank"), market.loan()["holder"])
    assert 2 * A_DAY * 77 // 100 < first < 2 * A_DAY * 78 // 100
    worse = ("refinance", loan, "--as", "thrift", "--apr")
    assert "lending/not-better" == market.refuses(*worse, "10.81")
    debt = market.loan()["owed"]
    better = market.says(*worse, "10.8")

    assert debt == market.owed("acme") - first
    assert (1_080, "thrift", 1) == (better["apr_bps"], better["holder"], better["round"])
    settled(market, 3)
    assert debt == market.owed("acme") - first
    assert market.owed("thrift") > 3 * A_DAY * 77 // 100
    assert market.replays()


def test_a_borrower_changes_to_another_lender_and_keeps_the_difference(
    pledgeable: Market,
) -> None:
    market = pledgeable
    loan = market.borrow("800")
    offer, debt = market.lend("1000", "--apr", "9", by="thrift"), market.loan()["owed"]
    owed = market.owed("patient")
    found = market.says("refinance", loan, "--offer", offer)

    assert (1_000 * UNIT, "thrift", 900) == (found["owed"], found["holder"], found["apr_bps"])
    assert 800 * UNIT == debt == market.owed("bank")
    assert 200 * UNIT == market.owed("patient") - owed
    assert "lending/offer-taken" == market.refuses("refinance", loan, "--offer", offer)


def test_a_blocked_payee_stops_nobody_else(pledgeable: Market) -> None:
    """The lender, and the source of the record; what is theirs stays owed to them."""
    market = pledgeable
    loan = market.borrow("400")
    for name in ("bank", "hospital"):
        market.block(name)
    owed = {name: market.owed(name) for name in ("bank", "hospital", "patient", "platform")}
    settled(market, 3)
    for name, before in owed.items():
        assert market.owed(name) > before
    market.says("withdraw", "--as", "platform")
    market.says("withdraw", "--record", market.record)
    market.says("repay", loan, "--all", "--as", "acme")
    settled(market, 1)

    assert ("repaid", "patient") == (market.loan()["state"], market.owners()["record"])
    assert 400 * UNIT <= market.owed("bank") < 401 * UNIT
    for name in ("bank", "hospital"):
        assert market.refuses("withdraw", "--as", name).endswith("/blocked")
        assert 0 < market.owed(name)
    assert market.replays()
