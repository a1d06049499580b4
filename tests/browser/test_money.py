"""What a record earns, from its price to the wallet, in the browsers of those who trade."""

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
