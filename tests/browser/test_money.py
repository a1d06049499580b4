"""What a record earns and secures, in the browsers of those who trade, lend and bid."""

import re

from playwright.sync_api import expect

from salus.platform.web.portal import Role
from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.visiting import Guest

expect.set_options(timeout=10_000)
SIGN = "main form button[name=step][value=sign]"


def allow(owner: Guest, record: str) -> None:
    """Let the laboratory values be licensed for research."""
    owner.open(f"/app/earn/allowed/{record}")
    owner.tick(sections="laboratory", permission="HMB", uses="ACADEMIC DRUG", regions="ANY")
    owner.press("main form:has(input[name=permission]) button.main")
    owner.sees("Laboratory", "health", where=".sentence")
    owner.press(SIGN)
    owner.sees("open for licenses")


def offer(owner: Guest, moved: Moved, price: str) -> None:
    owner.open("/app/earn/price")
    owner.fill(laboratory=price, until=moved.day(300))
    owner.press("main form button.main")
    owner.sees("I offer subscriptions to Laboratory", where=".sentence")
    owner.press(SIGN)
    expect(owner.page.locator("h1")).to_have_text("Licenses and prices")


def buy(buyer: Guest, days: str) -> None:
    """The newest offer of the market, for laboratory values."""
    buyer.open("/app/market?section=laboratory")
    buyer.press("main tbody a[href^='/app/market/']")
    buyer.tick(sections="laboratory")
    buyer.fill(use="ACADEMIC", days=days)
    buyer.press("main form button.main")
    buyer.sees("pays", "may use Laboratory", where=".sentence")
    buyer.press(SIGN)
    buyer.page.wait_for_url(re.compile(r"/app/library/[0-9a-f]+$"))


def owed(guest: Guest) -> str:
    """What can be taken out, as the page of the income says it."""
    guest.open("/app/earn")
    return guest.page.locator("main .figure").nth(1).inner_text()


def test_income_goes_from_a_price_to_the_wallet(enters: Enter, moved: Moved) -> None:
    """Journey 10: price, subscribe, income grows, withdraw, and a refund."""
    record = moved.patient("Seller", record=True)
    moved.staff("Buyer", "institute", Role.LICENSEE)
    moved.enrich("institute")
    owner, buyer = enters("Seller"), enters("Buyer")
    allow(owner, record)
    offer(owner, moved, "2")
    buy(buyer, "60")
    owner.open("/app/earn/licenses")
    owner.sees("institute", "Laboratory", "SST")
    assert owed(owner).startswith("0.00")

    moved.move(days=10)
    owner, buyer = enters("Seller"), enters("Buyer")
    first = owed(owner)
    moved.move(days=10)
    owner, buyer = enters("Seller"), enters("Buyer")
    second = owed(owner)
    assert amount(first) < amount(second)
    expect(owner.page.locator("svg.chart[role=img]")).to_be_visible()

    owner.press("main a[href$='/withdraw']")
    owner.press("main form button.main")
    owner.sees(f"I take {second}", where=".sentence")
    owner.press(SIGN)
    owner.sees(f"{second} are in your wallet now.")
    assert owed(owner).startswith("0.00")
    expect(owner.page.locator("main .figure").nth(2)).to_have_text(second)
    cancel(buyer)


def amount(shown: str) -> float:
    return float(shown.split(maxsplit=1)[0].replace(",", ""))


def cancel(buyer: Guest) -> None:
    """The license ends, what was paid ahead is owed, and all of that is taken out."""
    buyer.open("/app/library")
    buyer.press("main a[href^='/app/library/']")
    buyer.press("main a[href$='/cancel']")
    buyer.sees("institute ends its license", where=".sentence")
    buyer.press(SIGN)
    buyer.sees("can be taken out under Money.")
    buyer.open("/app/money")
    whole = buyer.page.input_value("#amount")
    assert amount(whole) > 0
    buyer.press("main form button.main")
    buyer.sees(whole, where=".sentence")
    buyer.press(SIGN)
    buyer.sees("Nothing is owed to you now.")


def lend(lender: Guest, moved: Moved, record: str) -> None:
    """An offer of 400 for 30 days on the whole record."""
    lender.open("/app/lending/offer")
    lender.fill(record=record, principal="400", days="30", liquidate="0", warn="0")
    lender.fill(until=moved.day(7))
    lender.press("main form button.main")
    lender.sees("bank offers to lend 400.00 SST on the whole record", where=".sentence")
    lender.press(SIGN)
    lender.sees("400.00 SST")


def borrow(owner: Guest) -> None:
    owner.open("/app/loans")
    owner.press("main a[href^='/app/loans/offers/']")
    owner.sees("You can lose", "You cannot lose: reading it")
    owner.press(SIGN)
    owner.page.wait_for_url(re.compile(r"/app/loans/\d+$"))


def test_what_nobody_paid_back_is_auctioned(enters: Enter, moved: Moved) -> None:
    """Journey 11: a loan that falls due, the falling price, and who buys."""
    record = moved.patient("Borrower", record=True)
    moved.staff("Subscriber", "institute", Role.LICENSEE)
    moved.staff("Bidder", "acme", Role.LICENSEE)
    moved.staff("Bank", "bank", Role.LENDER)
    for party in ("institute", "acme", "bank"):
        moved.enrich(party)
    owner = enters("Borrower")
    allow(owner, record)
    offer(owner, moved, "2")
    buy(enters("Subscriber"), "60")
    lend(enters("Bank"), moved, record)
    borrow(owner)

    moved.move(days=34)
    lender = enters("Bank")
    lender.open("/app/lending")
    lender.press("main a[href^='/app/lending/loans/']")
    lender.sees("in its auction")  # the node begins it 72 hours after the loan was due
    lender.press("main a[href^='/app/auctions/']")
    expect(lender.page.locator("svg.chart[role=img]")).to_be_visible()

    moved.move(hours=10)
    bidder = enters("Bidder")
    bidder.open("/app/auctions")
    bidder.press("main a[href^='/app/auctions/']")
    bidder.press("main a[href$='/buy']")
    bidder.sees("acme buys the whole record for", where=".sentence")
    bidder.press(SIGN)
    bidder.sees("It was bought for")
    owner = enters("Borrower")
    owner.open("/app/loans")
    owner.sees("its pledge was sold")
    assert owner.open("/app/record") == 200
    expect(owner.page.locator("ol.timeline > li").first).to_be_visible()
