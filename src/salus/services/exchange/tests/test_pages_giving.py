"""Licenses that are given on at the portal, where their offer lets them be."""

from collections.abc import Iterator

import pytest

from salus.rights.identity.keyring import of_home
from salus.services.exchange.reading import licenses
from tests.support.market import Market, allowed, bought, new_market, offered, price

LAB, MEDICATIONS = "laboratory", "medications"
VALUES: dict[str, str | list[str]] = {"to": "acme", "sections": [LAB], "days": "20"}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with new_market(tmp_path_factory.mktemp("giving") / "home") as made:
        allowed(made, LAB, MEDICATIONS)
        yield made


@pytest.fixture(scope="module")
def license_(market: Market) -> str:
    """The page of a license of the institute, that may be given on for a quarter of the price."""
    number = offered(market, laboratory="4", medications="4", share="25")
    return bought(market, market.institute, number, LAB, MEDICATIONS)


def count_of(market: Market, name: str) -> int:
    party = of_home(market.portal.home).party(name)
    with market.portal.node.reading() as session:
        return len(licenses(session, licensee=party.address))


def test_a_patient_reads_that_a_license_may_be_given_on(market: Market) -> None:
    market.patient.get("/app/earn/price")
    page = market.patient.post("/app/earn/price", price(market, laboratory="4", share="25")).text
    bad = market.patient.post("/app/earn/price", price(market, laboratory="4", share="101"))

    assert "pays 25 % of the price more for that" in page
    assert bad.status_code == 422
    assert 'href="#share"' in bad.text


def test_a_part_is_given_on_once_after_it_was_read_as_a_sentence(
    market: Market, license_: str
) -> None:
    who = market.institute
    assert f'href="{license_}/give"' in who.get(license_).text
    form = who.get(f"{license_}/give").text
    assert "You may let another organization use" in form
    assert '<option value="acme"' in form
    assert '<option value="institute"' not in form
    review = who.post(f"{license_}/give", VALUES).text
    assert "institute pays 2" in review
    assert "and acme may use Laboratory for" in review
    assert "It ends when your own license ends" in review
    assert 0 == count_of(market, "acme")
    signed = VALUES | {"price": who.hidden("price"), "step": "sign"}
    first = who.post(f"{license_}/give", signed, once="the-same-form")
    again = who.post(f"{license_}/give", signed, once="the-same-form")
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert "and acme may use Laboratory" in who.follow(first).text
    assert 1 == count_of(market, "acme")
    theirs = market.acme.get("/app/library").text
    assert "Laboratory" in theirs
    assert "Medications" not in theirs


def test_what_was_given_on_is_not_given_on_again(market: Market, license_: str) -> None:
    assert license_
    child = market.acme.get("/app/library").text.split('href="/app/library/', 1)[1][:32]
    assert "/give" not in market.acme.get(f"/app/library/{child}").text
    answer = market.acme.get(f"/app/library/{child}/give")

    assert answer.status_code == 422
    assert "does not allow" in answer.text


def test_a_license_of_usual_terms_is_not_given_on(market: Market) -> None:
    way = bought(market, market.institute, offered(market, laboratory="1"), LAB)
    who, before = market.institute, count_of(market, "acme")
    assert f"{way}/give" not in who.get(way).text
    answer = who.post(f"{way}/give", VALUES | {"price": str(10**12), "step": "sign"})

    assert answer.status_code == 422
    assert before == count_of(market, "acme")


@pytest.mark.parametrize(
    ("field", "value"), [("to", "institute"), ("sections", "genomics"), ("days", "0")]
)
def test_only_what_can_be_given_on_is_chosen(
    market: Market, license_: str, field: str, value: str
) -> None:
    market.institute.get(f"{license_}/give")
    answer = market.institute.post(f"{license_}/give", VALUES | {field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_nothing_lasts_longer_than_the_license_above_it(market: Market, license_: str) -> None:
    market.institute.get(f"{license_}/give")
    answer = market.institute.post(f"{license_}/give", VALUES | {"days": "200"})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_no_more_is_paid_than_was_shown(market: Market, license_: str) -> None:
    who, before = market.institute, count_of(market, "acme")
    who.get(f"{license_}/give")
    answer = who.post(f"{license_}/give", VALUES | {"price": "1", "step": "sign"})

    assert answer.status_code == 409
    assert before == count_of(market, "acme")


def test_a_license_of_others_is_not_given_on(market: Market, license_: str) -> None:
    assert market.acme.get(f"{license_}/give").status_code == 404
    market.acme.get("/app/library")
    assert market.acme.post(f"{license_}/give", VALUES).status_code == 404
    assert market.patient.get(f"{license_}/give").status_code == 403
    assert market.bank.get(f"{license_}/give").status_code == 403
