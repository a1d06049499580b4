"""A pledge that is sold at the portal, at a price that pays the debt."""

from collections.abc import Iterator

import pytest

from salus.rights.identity.keyring import of_home
from salus.rights.records.ledger import token_of
from salus.rights.records.tokens import owner_of
from salus.services.lending.tests.test_pages import borrowed
from tests.support.market import Market, allowed, bought, new_market, offered


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with new_market(tmp_path_factory.mktemp("buyouts") / "home") as made:
        allowed(made, "laboratory")
        bought(made, made.institute, offered(made, laboratory="2"), "laboratory")
        yield made


@pytest.fixture(scope="module")
def loan(market: Market) -> str:
    """The page of a loan of 400 that the patient took."""
    return borrowed(market)


def asked(market: Market, loan: str, price: str) -> None:
    market.patient.get(f"{loan}/sell")
    answer = market.patient.post(f"{loan}/sell", {"amount": price, "step": "sign"})
    assert answer.status_code == 303, answer.text


def number_of(loan: str) -> str:
    return loan.rpartition("/")[2]


def test_nothing_is_for_sale_before_a_price_is_asked(market: Market, loan: str) -> None:
    assert "For sale by" not in market.acme.get("/app/auctions").text
    assert market.acme.get(f"/app/pledges/{number_of(loan)}").status_code == 404
    assert market.acme.get("/app/pledges/999").status_code == 404


def test_a_price_that_does_not_pay_the_debt_is_refused(market: Market, loan: str) -> None:
    market.patient.get(f"{loan}/sell")
    less = market.patient.post(f"{loan}/sell", {"amount": "399"})
    bad = market.patient.post(f"{loan}/sell", {"amount": "much"})

    assert less.status_code == 409
    assert "that pays its debt of" in less.text
    assert bad.status_code == 422
    assert 'href="#amount"' in bad.text


def test_a_price_is_a_sentence_first_and_is_taken_back(market: Market, loan: str) -> None:
    who, number = market.patient, number_of(loan)
    assert f'href="{loan}/sell"' in who.get(loan).text
    who.get(f"{loan}/sell")
    review = who.post(f"{loan}/sell", {"amount": "900"}).text
    assert "I sell the whole record of mine to whoever pays 900.00 SST" in review
    assert "You cannot lose: reading it" in review
    assert market.acme.get(f"/app/pledges/{number}").status_code == 404
    asked(market, loan, "900")
    assert "You ask 900.00 SST for it" in who.get(loan).text
    assert f'href="/app/pledges/{number}"' in market.acme.get("/app/auctions").text
    who.get(f"{loan}/sell")
    assert "I ask nothing any more" in who.post(f"{loan}/sell", {"nothing": "yes"}).text
    back = who.post(f"{loan}/sell", {"nothing": "yes", "step": "sign"})
    assert "Nothing is asked for it any more" in who.follow(back).text
    assert market.acme.get(f"/app/pledges/{number}").status_code == 404


def test_only_its_borrower_sells_a_pledge(market: Market, loan: str) -> None:
    other = market.portal.patient("Somebody Else")
    assert other.get(f"{loan}/sell").status_code == 404
    other.get("/app/loans")
    assert other.post(f"{loan}/sell", {"amount": "900", "step": "sign"}).status_code == 404
    assert market.bank.get(f"{loan}/sell").status_code == 403
    assert market.patient.get(f"/app/pledges/{number_of(loan)}").status_code == 403


def test_a_price_that_rose_meanwhile_is_not_paid(market: Market, loan: str) -> None:
    asked(market, loan, "900")
    way = f"/app/pledges/{number_of(loan)}"
    market.acme.get(way)
    shown = market.acme.hidden("price")
    asked(market, loan, "950")
    answer = market.acme.post(way, {"price": shown, "step": "sign"})

    assert answer.status_code == 409
    assert "above the 900.00" in answer.text


def test_who_pays_the_price_gets_the_pledge_once(market: Market, loan: str) -> None:
    asked(market, loan, "900")
    who, way = market.acme, f"/app/pledges/{number_of(loan)}"
    review = who.get(way).text
    assert "acme buys the whole record for 900.00 SST" in review
    assert "Paid to the lender, as of now" in review
    values = {"price": who.hidden("price"), "step": "sign"}
    first = who.post(way, values, once="the-same-form")
    again = who.post(way, values, once="the-same-form")
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert "It was bought for 900.00 SST" in who.follow(first).text
    buyer = of_home(market.portal.home).party("acme").address
    assert buyer == owner_of(market.portal.node, token_of(market.portal.record))
    assert who.get(way).status_code == 404
    assert market.patient.get(f"{loan}/sell").status_code == 404
    assert "its pledge was sold" in market.patient.get("/app/loans").text
