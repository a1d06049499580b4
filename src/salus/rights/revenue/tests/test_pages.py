"""What a patient and an organization see of their money at the portal."""

from collections.abc import Iterator

import pytest

from salus.rights.consent.licensing.reading import standing_terms
from salus.rights.consent.licensing.standing import standing_of
from salus.rights.revenue.pages.drawing import rows_of
from salus.rights.revenue.service import settle_record
from tests.support.market import UNIT, Market, allowed, bought, new_market, offered
from tests.support.portal import PASSWORD, Visitor, signed_in


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The institute has subscribed for 60 days at 2.00 a day, and ten of them have passed."""
    with new_market(tmp_path_factory.mktemp("earning") / "home") as made:
        allowed(made, "laboratory")
        bought(made, made.institute, offered(made, laboratory="2"), "laboratory")
        made.move(days=10)
        settle_record(made.portal.node, made.portal.record)
        yield made


@pytest.fixture(scope="module")
def who(market: Market) -> Visitor:
    """The patient, who signed in again after these days."""
    return signed_in(market.portal.visitor(), "Todd Stamm")


def test_income_is_drawn_and_told_as_a_table(who: Visitor) -> None:
    page = who.get("/app/earn").text

    assert '<svg class="chart" role="img"' in page
    assert "The same as a table" in page
    assert "2.00 SST" in page
    assert "You, as the patient" in page
    assert "Laboratory" in page
    assert "style=" not in page


def test_every_day_is_a_file(market: Market, who: Visitor) -> None:
    answer = who.get(f"/app/earn/{market.record}/days")

    assert answer.headers["content-disposition"].startswith("attachment")
    lines = answer.text.splitlines()
    assert lines[0] == "day,earned"
    assert sum(float(line.split(",")[1]) for line in lines[1:]) > 15


def test_many_days_are_told_by_their_months() -> None:
    days = [(20_000 + day, UNIT) for day in range(100)]
    rows = rows_of(days)

    assert all(len(name) == len("2024-10") for name, _, _ in rows)
    assert sum(units for _, units, _ in rows) == rows[-1][2] == 100 * UNIT
    assert len(rows_of(days[:10])) == 10


def test_a_card_says_what_comes_in(who: Visitor) -> None:
    assert "Each day your record earns 2.00 SST" in who.get("/app/home").text


@pytest.mark.parametrize("value", ["", "much", "-1", "0", "1000000", "1.1234567"])
def test_only_what_is_there_is_taken_out(market: Market, who: Visitor, value: str) -> None:
    way = f"/app/earn/{market.record}/withdraw"
    who.get(way)
    answer = who.post(way, {"amount": value, "step": "sign"})

    assert answer.status_code == 422
    assert 'href="#amount"' in answer.text
    assert f'value="{value}"' in answer.text


def test_income_is_taken_out_after_the_sentence(market: Market, who: Visitor) -> None:
    way = f"/app/earn/{market.record}/withdraw"
    who.get(way)
    review = who.post(way, {"amount": "1.50"})
    assert "I take 1.50 SST of what my record has earned out into my wallet" in review.text
    changed = who.post(way, {"amount": "1.50", "step": "change"})
    assert 'value="1.50"' in changed.text
    done = who.follow(who.post(way, {"amount": "1.50", "step": "sign"})).text
    assert "1.50 SST are in your wallet now" in done
    assert '<p class="figure">1.50 SST</p>' in done


def test_a_record_of_others_is_not_there(market: Market) -> None:
    other = market.portal.patient("A Stranger")
    assert "You have no records here yet" in other.get("/app/earn").text
    for page in ("withdraw", "days"):
        assert other.get(f"/app/earn/{market.record}/{page}").status_code == 404
    for page in ("standing", "allowed"):
        assert other.get(f"/app/earn/{page}/{market.record}").status_code == 404
    other.get("/app/earn")
    answer = other.post(f"/app/earn/allowed/{market.record}/close/laboratory", {"step": "sign"})
    assert answer.status_code == 404


def test_terms_for_while_the_patient_is_away_are_signed_and_ended(
    market: Market, who: Visitor
) -> None:
    way = f"/app/earn/standing/{market.record}"
    assert "None. Nothing is accepted for you" in who.get(way).text
    values = {
        "sections": ["laboratory"],
        "uses": ["ACADEMIC"],
        "least": "5",
        "most": "3",
        "until": market.day(100),
    }
    assert "when they pay 5.00 SST or more" in who.post(way, values).text
    bad = who.post(way, values | {"most": "31"})
    assert bad.status_code == 422
    assert 'href="#most"' in bad.text
    signed = who.follow(who.post(way, values | {"step": "sign"})).text
    assert "at most 3 within 30 days" in signed
    with market.portal.node.reading() as session:
        kept = standing_terms(session, market.portal.record)
    assert kept is not None
    known = standing_of(kept[0])
    assert known is not None
    assert (known.mask, known.least_price, known.most_orders) == (1 << 7, 5 * UNIT, 3)
    assert "Nothing is accepted for you any more" in who.follow(who.post(f"{way}/end")).text


def test_what_may_be_licensed_is_a_sentence_first(market: Market, who: Visitor) -> None:
    way = f"/app/earn/allowed/{market.record}"
    who.get(way)
    values = {
        "sections": ["laboratory", "medications"],
        "permission": "GRU",
        "conditions": ["IRB"],
        "uses": ["ACADEMIC"],
        "regions": ["EU"],
    }
    said = "Medicines, Laboratory of my record may be licensed"
    page = who.post(way, values).text
    assert said in page
    assert "only with the approval of an ethics board" in page
    assert "This alone licenses nothing" in page
    assert who.post(way, values | {"sections": []}).status_code == 422
    assert said in who.follow(who.post(way, values | {"step": "sign"})).text
    assert "Nothing of my record may be licensed." in who.post(way, {"nothing": "yes"}).text


def test_an_organization_sees_and_takes_out_its_own_money(market: Market) -> None:
    bank = signed_in(market.portal.visitor(), "Ben")
    assert "Money of bank" in bank.get("/app/money").text
    assert "Nothing is owed to you now" in bank.get("/app/money").text
    assert bank.post("/app/money", {"amount": "1", "step": "sign"}).status_code == 422
    assert bank.get("/app/earn").status_code == 403


def test_both_languages_say_it(who: Visitor) -> None:
    who.get("/app/earn")
    who.post("/app/language", {"language": "zh-Hans", "next": "/app/earn"})
    page = who.get("/app/earn").text
    who.post("/app/language", {"language": "en", "next": "/app/earn"})

    assert '<html lang="zh-Hans"' in page
    assert "我的收入" in page
    assert "可以取出" in page


def test_the_password_is_asked_for_beside_the_sentence(market: Market) -> None:
    who = signed_in(market.portal.visitor(), "Todd Stamm")
    market.move(minutes=6)
    way = f"/app/earn/{market.record}/withdraw"
    who.get(way)
    review = who.post(way, {"amount": "1"})
    assert 'name="password"' in review.text
    wrong = who.post(way, {"amount": "1", "step": "sign", "password": "something else"})
    assert wrong.status_code == 422
    assert "I take 1.00 SST" in wrong.text
    assert 'id="password-fault"' in wrong.text
    right = who.post(way, {"amount": "1", "step": "sign", "password": PASSWORD})
    assert right.status_code == 303
