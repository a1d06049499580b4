"""Better loans in the place of others at the portal: by the borrower, and by a lender unasked."""

import re
from collections.abc import Iterator

import pytest

from salus.platform.web.portal import Role
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.identity.service import admit, new_party
from salus.services.lending.reading import standing
from salus.services.lending.tests.test_pages import borrowed, signed_in_again, terms
from tests.support.market import Market, allowed, bought, new_market, offered
from tests.support.portal import Visitor


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with new_market(tmp_path_factory.mktemp("replacing") / "home") as made:
        allowed(made, "laboratory")
        bought(made, made.institute, offered(made, laboratory="2"), "laboratory")
        yield made


@pytest.fixture(scope="module")
def thrift(market: Market) -> Visitor:
    """Somebody of a second lender."""
    ring, party = of_home(market.portal.home), new_party("thrift", Roles.LENDER)
    ring.save(party)
    governors = (ring.party("hospital"), ring.party("clinic"))
    admit(market.portal.node, [party], governors=governors)
    market.enrich("thrift")
    return market.portal.staff("Theo", "thrift", Role.LENDER)


@pytest.fixture(scope="module")
def loan(market: Market) -> str:
    """The page of a loan of the bank, of 400 at 12 % a year for 30 days."""
    return borrowed(market)


def offer_of(market: Market, who: Visitor, **other: str) -> str:
    """The id of an offer that a lender signed at the portal."""
    before = ids_of(who.get("/app/lending").text)
    who.get("/app/lending/offer")
    answer = who.post("/app/lending/offer", terms(market, **other) | {"step": "sign"})
    assert answer.status_code == 303, answer.text
    (made,) = ids_of(who.follow(answer).text) - before
    return made


def ids_of(page: str) -> set[str]:
    return set(re.findall(r"/app/lending/offers/([0-9a-f]{64})/", page))


def rate_and_holder(market: Market, loan: str) -> tuple[int, str]:
    found = standing(market.portal.node, int(loan.rpartition("/")[2]))
    return found.loan.apr_bps, of_home(market.portal.home).name_of(found.creditor)


def test_an_offer_that_does_not_pay_the_loan_off_is_refused(
    market: Market, thrift: Visitor, loan: str
) -> None:
    way = f"{loan}/refinance/{offer_of(market, thrift, principal='300', apr='9')}"
    answer = market.patient.get(way)

    assert answer.status_code == 409
    assert "the new loan brings 300.00 only" in answer.text
    market.patient.get(loan)
    assert market.patient.post(way, {"step": "sign"}).status_code == 409
    assert (1_200, "bank") == rate_and_holder(market, loan)


def test_a_worse_offer_says_what_it_would_cost_more(
    market: Market, thrift: Visitor, loan: str
) -> None:
    way = f"{loan}/refinance/{offer_of(market, thrift, principal='500', apr='15')}"
    page = market.patient.get(way).text

    assert "at 15 % interest a year instead of 12 %" in page
    assert "You would pay 12.00 SST more interest a year" in page


def test_a_loan_is_changed_for_a_better_one_once(
    market: Market, thrift: Visitor, loan: str
) -> None:
    offer = offer_of(market, thrift, principal="500", apr="9", days="60")
    way, who = f"{loan}/refinance/{offer}", market.patient
    assert f'href="{way}"' in who.get("/app/loans").text
    review = who.get(way).text
    assert "at 9 % interest a year instead of 12 %" in review
    assert "12 % now, 9 % then" in review
    assert "You pay 12.00 SST less interest a year" in review
    assert "You cannot lose: reading it" in review
    first = who.post(way, {"step": "sign"}, once="the-same-form")
    again = who.post(way, {"step": "sign"}, once="the-same-form")
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert "The loan is paid to thrift now, at 9 % a year" in who.follow(first).text
    assert (900, "thrift") == rate_and_holder(market, loan)
    assert who.get(way).status_code == 404


def test_only_its_borrower_changes_a_loan(market: Market, thrift: Visitor, loan: str) -> None:
    way = f"{loan}/refinance/{offer_of(market, thrift, principal='600', apr='5')}"
    other = market.portal.patient("Somebody Else")
    assert other.get(way).status_code == 404
    other.get("/app/loans")
    assert other.post(way, {"step": "sign"}).status_code == 404
    assert market.patient.get(f"{loan}/refinance/{'0' * 64}").status_code == 404
    assert market.bank.get(way).status_code == 403
    assert market.patient.get("/app/lending/better").status_code == 403
    assert market.acme.get("/app/lending/better").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"), [("loan", "999"), ("loan", "x"), ("apr", ""), ("days", "3")]
)
def test_a_bad_field_of_a_better_loan_is_marked(
    market: Market, loan: str, field: str, value: str
) -> None:
    market.bank.get("/app/lending/better")
    values = {"loan": loan.rpartition("/")[2], "apr": "8", field: value}
    answer = market.bank.post("/app/lending/better", values)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_lender_takes_the_place_of_another_on_better_terms_only(
    market: Market, loan: str
) -> None:
    number = loan.rpartition("/")[2]
    market.bank.get("/app/lending/better")
    early = market.bank.post("/app/lending/better", {"loan": number, "apr": "8"})
    assert early.status_code == 409
    market.move(days=2)
    bank = signed_in_again(market, "Ben")
    assert bank.get(f"/app/lending/loans/{number}").status_code == 404
    bank.get("/app/lending/better")
    worse = bank.post("/app/lending/better", {"loan": number, "apr": "8.5"})
    assert worse.status_code == 422
    assert "nine tenths of the present one at most" in worse.text
    review = bank.post("/app/lending/better", {"loan": number, "apr": "8"}).text
    assert "at 8 % interest a year instead of 9 %" in review
    assert "The borrower pays 5.00 SST less interest a year" in review
    values = {"loan": number, "apr": "8", "days": bank.hidden("days"), "step": "sign"}
    first = bank.post("/app/lending/better", values, once="the-same-form")
    again = bank.post("/app/lending/better", values, once="the-same-form")
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert bank.follow(first).status_code == 200
    assert (800, "bank") == rate_and_holder(market, loan)
