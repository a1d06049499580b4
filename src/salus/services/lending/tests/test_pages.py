"""Loans at the portal: offered, taken, paid back, and sold where nobody paid."""

import re
from collections.abc import Iterator

import pytest

from salus.kernel.ids import Address
from salus.rights.consent.authority.reading import control
from salus.rights.identity.keyring import of_home
from salus.rights.revenue import service as revenue
from tests.support.market import UNIT, Market, allowed, bought, new_market, offered
from tests.support.portal import PASSWORD, Visitor, signed_in

OFFER = {
    "principal": "400",
    "days": "30",
    "mode": "amortize",
    "apr": "12",
    "split": "50",
    "liquidate": "0",
    "warn": "0",
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with new_market(tmp_path_factory.mktemp("loans") / "home") as made:
        allowed(made, "laboratory")
        bought(made, made.institute, offered(made, laboratory="2"), "laboratory")
        yield made


def terms(market: Market, **other: str) -> dict[str, str]:
    return OFFER | {"record": market.record, "until": market.day(7)} | other


def offer_made(market: Market) -> str:
    """The id of an offer that the bank signed at the portal."""
    before = ids_of(market.bank.get("/app/lending").text)
    market.bank.get("/app/lending/offer")
    answer = market.bank.post("/app/lending/offer", terms(market) | {"step": "sign"})
    assert answer.status_code == 303, answer.text
    (made,) = ids_of(market.bank.follow(answer).text) - before
    return made


def ids_of(page: str) -> set[str]:
    return set(re.findall(r"/app/lending/offers/([0-9a-f]{64})/", page))


def borrowed(market: Market) -> str:
    """The page of a loan that the patient took."""
    way = f"/app/loans/offers/{offer_made(market)}"
    market.patient.get(way)
    answer = market.patient.post(way, {"step": "sign"})
    assert answer.status_code == 303, answer.text.split('role="alert"')[1][:400]
    return answer.headers["location"]


def enrich_patient(market: Market, units: int) -> None:
    """The principal is taken out, and something comes on top."""
    portal = market.portal
    market.patient.get(f"/app/earn/{market.record}/withdraw")
    market.patient.post(f"/app/earn/{market.record}/withdraw", {"amount": "400", "step": "sign"})
    issuer = of_home(portal.home).party("platform")
    with portal.node.reading() as session:
        known = control(session, portal.record)
    assert known is not None
    revenue.issue(portal.node, to=Address(known.controller), amount=units, by=issuer.signing)


def test_an_offer_is_a_sentence_first(market: Market) -> None:
    market.bank.get("/app/lending/offer")
    page = market.bank.post("/app/lending/offer", terms(market)).text

    assert "bank offers to lend 400.00 SST on the whole record for 30 days" in page
    assert "Value, as read now" in page
    assert "owes nothing beyond the record" in page
    assert "You offer no loan" in market.bank.get("/app/lending").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record", "ffffffff"),
        ("principal", "nothing"),
        ("days", "29"),
        ("apr", "a lot"),
        ("mode", "magic"),
        ("until", "2001-01-01"),
    ],
)
def test_a_bad_term_is_marked_and_the_rest_stays(market: Market, field: str, value: str) -> None:
    market.bank.get("/app/lending/offer")
    answer = market.bank.post("/app/lending/offer", terms(market) | {field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert ('value="400"' in answer.text) == (field != "principal")


def test_an_offer_above_the_limit_of_its_value_is_refused(market: Market) -> None:
    market.bank.get("/app/lending/offer")
    values = terms(market, liquidate="75", warn="60", step="sign")
    answer = market.bank.post("/app/lending/offer", values)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_offer_is_taken_back(market: Market) -> None:
    way = f"/app/lending/offers/{offer_made(market)}/withdraw"
    assert "takes back its offer to lend 400.00" in market.bank.get(way).text
    assert "was taken back" in market.bank.follow(market.bank.post(way)).text
    assert market.bank.get(way).status_code == 404
    assert "Nobody offers you a loan" in market.patient.get("/app/loans").text


def test_the_patient_reads_what_can_be_lost_before_signing(market: Market) -> None:
    way = f"/app/loans/offers/{offer_made(market)}"
    page = market.patient.get(way).text

    assert "I pledge the whole record of mine to bank and borrow 400.00 SST for 30 days" in page
    assert "You can lose" in page
    assert "You cannot lose: reading it" in page
    assert "LOAN AGREEMENT" in page
    other = market.portal.patient("A Stranger")
    assert other.get(way).status_code == 404
    market.bank.get("/app/lending")
    market.bank.post("/app/lending/offers/" + way[-64:] + "/withdraw")


def test_a_loan_is_taken_shown_and_paid_back(market: Market) -> None:
    way = borrowed(market)
    page = market.patient.get(way).text
    assert "400.00 were lent" not in page
    assert "bank" in page
    enrich_patient(market, 100 * UNIT)
    market.patient.get(way)
    review = market.patient.post(f"{way}/repay", {"amount": "100"})
    assert "I pay 100.00 SST of what I owe back." in review.text
    part = market.patient.post(f"{way}/repay", {"amount": "100", "step": "sign"})
    assert "are still owed" in market.patient.follow(part).text
    bad = market.patient.post(f"{way}/repay", {"amount": "x"})
    assert bad.status_code == 422
    review = market.patient.post(f"{way}/repay", {"whole": "yes"})
    assert "I pay back all that I owe" in review.text
    done = market.patient.post(f"{way}/repay", {"whole": "yes", "step": "sign"})
    assert "Nothing is owed any more" in market.patient.follow(done).text


def test_a_loan_belongs_to_its_lender_and_its_borrower(market: Market) -> None:
    way = borrowed(market)
    number = way.rpartition("/")[2]
    other = market.portal.patient("Somebody Else")
    assert other.get(way).status_code == 404
    assert market.bank.get(f"/app/lending/loans/{number}").status_code == 200
    assert market.bank.get("/app/lending/loans/999").status_code == 404
    assert market.acme.get(f"/app/lending/loans/{number}").status_code == 403
    assert market.acme.get("/app/lending").status_code == 403
    assert f'href="/app/lending/loans/{number}"' in market.bank.get("/app/lending").text


def test_a_loan_that_nobody_paid_is_auctioned(market: Market) -> None:
    number = market.bank.get("/app/lending").text.split('href="/app/lending/loans/', 1)[1]
    number = number.split('"', 1)[0]
    way = f"/app/lending/loans/{number}"
    early = market.bank.post(f"{way}/auction", {"password": PASSWORD, "step": "sign"})
    assert early.status_code in {409, 412, 422}
    market.move(days=34)
    bank = signed_in_again(market, "Ben")
    assert "starts the auction of the whole record" in bank.get(f"{way}/auction").text
    started = bank.follow(bank.post(f"{way}/auction", {"step": "sign"})).text
    assert "The auction begins at" in started
    assert "How the price falls" in started
    acme = signed_in_again(market, "Anna")
    assert f'href="/app/auctions/{number}"' in acme.get("/app/auctions").text
    assert acme.get(f"/app/auctions/{number}/credit").status_code == 403
    market.move(hours=10)
    acme = signed_in_again(market, "Anna")
    assert "acme buys the whole record for" in acme.get(f"/app/auctions/{number}/buy").text
    values = {"price": acme.hidden("price"), "step": "sign"}
    assert "It was bought for" in acme.follow(acme.post(f"/app/auctions/{number}/buy", values)).text
    bank = signed_in_again(market, "Ben")
    assert "An auction began" in bank.get("/app/lending/notices").text
    patient = signed_in_again(market, "Todd Stamm")
    assert "its pledge was sold" in patient.get("/app/loans").text


def signed_in_again(market: Market, name: str) -> Visitor:
    """After so long that every session is over."""
    return signed_in(market.portal.visitor(), name)
