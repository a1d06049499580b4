"""A record is pledged for a part of its value; its income, or its patient, brings it home."""

from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.model import Shares, legs
from tests.journeys.market import PAYERS, RATE, Market

A_DAY = RATE * len(PAYERS) * UNIT
VALUE = 12 * 30 * A_DAY


def after(days: int) -> int:
    """What the lender or the owner gets of the income of whole days."""
    return legs(days * A_DAY, Shares(host=0)).rest


def test_a_record_pledged_for_two_fifths_of_its_value_comes_home_repaid(
    pledgeable: Market,
) -> None:
    market = pledgeable
    found = market.says("appraise", market.record)
    limit = VALUE * 4 // 10
    assert (VALUE, True) == (found["value"], found["fresh"])
    too_much = ("--principal", f"{limit // UNIT}.000001", "--as", "bank")
    assert "lending/over-ltv" == market.refuses("lend", "offer", market.record, *too_much)
    owned = market.owners()["record"]
    before = market.owed("patient")
    loan = market.borrow(f"{limit // UNIT}", "--apr", "0")
    lent = market.owed("patient") - before
    market.wait(days=5)
    market.says("settle", market.record)
    income, patient = market.owed("bank"), market.owed("patient")

    assert (limit, after(5)) == (lent, income)
    assert 5 * A_DAY // 10 == patient - before - limit
    assert market.loan()["state"] == "active"
    assert market.loan()["owed"] == limit - income
    assert market.opened("laboratory", "subject")
    assert "records/locked" == market.refuses("divide", market.record, "--sections", "allergies")
    market.says("withdraw", "--record", market.record)
    done = market.says("repay", loan, "--all")
    assert (limit - income, 0) == (done["paid"], done["left"])
    assert owned == market.owners()["record"]
    assert market.owed("bank") == limit
    market.wait(days=2)
    market.says("settle", market.record)
    assert market.owed("bank") == limit
    assert market.owed("patient") == after(2) + 2 * A_DAY // 10
    assert market.replays()


def test_income_alone_repays_a_loan_and_the_record_comes_home_by_itself(
    pledgeable: Market,
) -> None:
    """Nobody says anything but `loans`; the job of the home divides what is earned."""
    market = pledgeable
    owned, principal = market.owners()["record"], 100 * UNIT
    before = market.owed("patient")
    market.borrow("100", "--mode", "amortize", "--apr", "12", "--days", "60")
    owed = []
    for _ in range(4):
        market.wait(days=2)
        market.says("loans")
        owed.append(market.loan()["owed"])

    assert owed == sorted(owed, reverse=True)
    assert owed[-1] == 0
    assert market.loan()["state"] == "repaid"
    assert owned == market.owners()["record"]
    interest = market.owed("bank") - principal
    most = principal * 12 * 8 // (100 * 365) + UNIT
    assert 0 < interest < most
    assert market.owed("patient") - before == (
        principal + 8 * A_DAY // 10 + after(8) - principal - interest
    )
    assert market.replays()
