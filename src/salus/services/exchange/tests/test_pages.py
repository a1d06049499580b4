"""Prices, licenses, the market and the library at the portal."""

from collections.abc import Iterator

import pytest

from tests.support.market import Market, allowed, bought, new_market, offered, price

LAB = "laboratory"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with new_market(tmp_path_factory.mktemp("market") / "home") as made:
        allowed(made, LAB, "medications")
        yield made


@pytest.fixture(scope="module")
def number(market: Market) -> str:
    return offered(market, laboratory="0.50", medications="0.25")


@pytest.fixture(scope="module")
def license_(market: Market, number: str) -> str:
    """The page of a license of the institute."""
    return bought(market, market.institute, number, LAB)


def test_a_price_is_said_in_words_before_it_is_signed(market: Market) -> None:
    market.patient.get("/app/earn/price")
    page = market.patient.post("/app/earn/price", price(market, laboratory="0.50")).text

    assert "I offer subscriptions to Laboratory of my record, for 30 to 365 days" in page
    assert "0.50 SST a day" in page
    assert "You, as the patient" in page
    assert "erase the" in page
    assert "You offer nothing" in market.patient.get("/app/earn/licenses").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("laboratory", "much"), ("kind", "gift"), ("until", "2001-01-01")],
)
def test_a_bad_field_of_a_price_is_marked(market: Market, field: str, value: str) -> None:
    market.patient.get("/app/earn/price")
    answer = market.patient.post(
        "/app/earn/price", price(market, laboratory="0.50") | {field: value}
    )

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert ('value="0.50"' in answer.text) == (field != "laboratory")


def test_an_offer_of_nothing_is_refused(market: Market) -> None:
    market.patient.get("/app/earn/price")
    answer = market.patient.post("/app/earn/price", price(market))

    assert answer.status_code == 422
    assert "Say a price for one part at least" in answer.text


def test_what_is_offered_stands_in_the_market(market: Market, number: str) -> None:
    assert f'href="/app/market/{number}"' in market.institute.get("/app/market").text
    assert (
        f'href="/app/market/{number}"'
        in market.institute.get(f"/app/market?section={LAB}&kind=subscription").text
    )
    assert "No offer fits" in market.institute.get("/app/market?section=genomics").text


def test_a_license_costs_what_was_shown(market: Market, number: str) -> None:
    who = market.institute
    who.get(f"/app/market/{number}")
    values = {"sections": [LAB], "use": "ACADEMIC", "days": "60"}
    assert "institute pays" in who.post(f"/app/market/{number}", values).text
    less = str(int(who.hidden("price")) - 1)
    answer = who.post(f"/app/market/{number}", values | {"price": less, "step": "sign"})

    assert answer.status_code == 409
    assert "at most" in answer.text


@pytest.mark.parametrize(
    ("field", "value"), [("sections", "genomics"), ("use", "MARKETING"), ("days", "29")]
)
def test_only_what_is_offered_can_be_chosen(
    market: Market, number: str, field: str, value: str
) -> None:
    market.institute.get(f"/app/market/{number}")
    values = {"sections": [LAB], "use": "ACADEMIC", "days": "60"}
    answer = market.institute.post(f"/app/market/{number}", values | {field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_form_that_is_sent_twice_buys_once(market: Market, number: str) -> None:
    who = market.acme
    who.get(f"/app/market/{number}")
    values = {"sections": ["medications"], "use": "DRUG", "days": "30"}
    who.post(f"/app/market/{number}", values)
    signed = values | {"price": who.hidden("price"), "step": "sign"}
    first = who.post(f"/app/market/{number}", signed, once="the-same-form")
    again = who.post(f"/app/market/{number}", signed, once="the-same-form")

    assert first.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert who.get("/app/library").text.count('<section class="card">') == 1


def test_a_license_opens_what_was_bought_as_a_file(market: Market, license_: str) -> None:
    who = market.institute
    page = who.get(license_).text
    assert "What was delivered" in page
    assert "Agreement on the use of" in page
    lines = who.post(f"{license_}/open", {"section": LAB, "form": "ndjson"})
    table = who.post(f"{license_}/open", {"section": LAB, "form": "csv"}, once="another")

    assert lines.headers["content-disposition"].startswith("attachment")
    assert lines.content.count(b"\n") == table.content.count(b"\n") - 1
    assert b"resourceType" in lines.content


def test_what_was_delivered_is_checked(market: Market, license_: str) -> None:
    market.institute.get(license_)
    page = market.institute.post(f"{license_}/check", {"section": LAB}).text

    assert "checked byte by byte against the ledger" in page


@pytest.mark.parametrize("values", [{"section": "allergies", "form": "csv"}, {"section": LAB}])
def test_what_was_not_bought_is_not_opened(
    market: Market, license_: str, values: dict[str, str]
) -> None:
    market.institute.get(license_)

    assert market.institute.post(f"{license_}/open", values).status_code == 422


def test_a_license_of_others_looks_as_if_there_were_none(market: Market, license_: str) -> None:
    nothing = "0" * 32
    missing = market.acme.get(f"/app/library/{nothing}")
    foreign = market.acme.get(license_)

    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(license_[-32:], nothing) == missing.text
    assert market.acme.get(license_ + "/cancel").status_code == 404
    other = market.portal.patient("Somebody Else")
    ending = "/app/earn/licenses/" + license_.rpartition("/")[2] + "/end"
    assert other.get(ending).status_code == 404
    other.get("/app/earn")
    assert other.post(ending, {}).status_code == 404


def test_pages_are_for_their_role(market: Market) -> None:
    assert market.patient.get("/app/market").status_code == 403
    assert market.institute.get("/app/earn/price").status_code == 403
    assert market.bank.get("/app/library").status_code == 403
    assert market.portal.visitor().get("/app/library").status_code == 303


def test_a_license_is_renewed_and_canceled(market: Market, license_: str) -> None:
    who = market.institute
    who.get(license_)
    review = who.post(f"{license_}/renew", {"days": "30"})
    assert "instead of" in review.text
    values = {"days": "30", "price": who.hidden("price"), "step": "sign"}
    assert "The license goes on until" in who.follow(who.post(f"{license_}/renew", values)).text
    assert "the last day is" in who.get(f"{license_}/cancel").text
    page = who.follow(who.post(f"{license_}/cancel", {"step": "sign"})).text
    assert "can be taken out under Money" in page


def test_the_patient_sees_and_ends_a_license(market: Market, license_: str) -> None:
    who, id_ = market.patient, license_.rpartition("/")[2]
    page = who.get("/app/earn/licenses").text
    assert f'href="/app/earn/licenses/{id_}/end"' in page
    assert "institute" in who.get("/app/home").text
    review = who.get(f"/app/earn/licenses/{id_}/end").text
    assert "I end the license of institute to use Laboratory of my record, now." in review
    done = who.follow(who.post(f"/app/earn/licenses/{id_}/end", {"step": "sign"})).text
    assert "The license has ended" in done
    assert "ended by the patient" in market.institute.get(license_).text
    assert who.get(f"/app/earn/licenses/{id_}/end").status_code == 404


def test_a_closed_part_leaves_the_market(market: Market) -> None:
    number = offered(market, "perpetual", medications="2")
    assert f"/app/market/{number}" in market.institute.get("/app/market").text
    way = f"/app/earn/allowed/{market.record}"
    assert "in that second" in market.patient.get(f"{way}/close/medications").text
    closed = market.patient.follow(market.patient.post(f"{way}/close/medications")).text
    assert "Nobody reads it by a license any more" in closed
    assert f"/app/market/{number}" not in market.institute.get("/app/market").text
    assert market.institute.get(f"/app/market/{number}").status_code == 404
    assert market.patient.get(f"{way}/close/medications").status_code == 404
    market.patient.get(f"{way}/open/medications")
    market.patient.post(f"{way}/open/medications")
    assert f"/app/market/{number}" in market.institute.get("/app/market").text


def test_an_offer_is_taken_back_by_its_owner_only(market: Market) -> None:
    number = offered(market, laboratory="0.75")
    other = market.portal.patient("Another One")
    other.get("/app/earn")
    assert other.post(f"/app/earn/offers/{number}/close").status_code == 404
    market.patient.get("/app/earn/licenses")
    done = market.patient.follow(market.patient.post(f"/app/earn/offers/{number}/close")).text
    assert "It is offered no more" in done


def test_the_ownership_is_sold_into_escrow(market: Market) -> None:
    number = offered(market, "sale", whole="400")
    who = market.acme
    who.get(f"/app/market/{number}")
    assert "acme buys the ownership of the whole record" in who.post(f"/app/market/{number}").text
    values = {"price": who.hidden("price"), "step": "sign"}
    page = who.follow(who.post(f"/app/market/{number}", values)).text
    assert "400.00 SST wait for the new keys" in page
    assert "A sale is running" in market.patient.get("/app/earn").text
