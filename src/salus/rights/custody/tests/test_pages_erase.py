"""A patient erases parts and a whole record, with a day to stop it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from salus.kernel.ids import record_text
from salus.platform.work import catch_up
from salus.rights.consent.authority.ledger import erased_at
from salus.rights.custody.erasure import wishes
from salus.rights.custody.erasure.tables import SignedCall
from salus.rights.identity.ledger import Views
from tests.support.portal import PASSWORD, Opened, Visitor, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("erase") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def who(portal: Opened) -> Visitor:
    return portal.patient("Ada", portal.record)


def asked(portal: Opened, **values: object) -> dict[str, str]:
    return {"record": record_text(portal.record), "step": "sign", "word": "ERASE"} | {
        name: str(value) for name, value in values.items()
    }


def is_erased(portal: Opened) -> bool:
    node = portal.node
    return erased_at(Views(node), portal.record, at=node.ledger.final()) != 0


def begin_again(portal: Opened, who: Visitor) -> None:
    """A day later: the session is over, and what was due has been done."""
    portal.clock.move(wishes.WAIT + timedelta(minutes=1))
    catch_up(portal.node)
    who.get("/app/login")
    who.post("/app/login", {"name": "Ada", "password": PASSWORD})


def test_what_goes_and_what_stays_is_said_before(portal: Opened, who: Visitor) -> None:
    who.get("/app/erase")
    values = {"record": record_text(portal.record), "scope": "sections", "sections": "laboratory"}
    page = who.post("/app/erase", values).text
    assert f"Laboratory of the record {record_text(portal.record)}, for ever." in page
    assert "On the ledger: random numbers" in page
    assert "nothing is kept by order of a law" in page
    assert "Stop it" not in who.get("/app/erase").text


def test_the_wrong_word_and_no_part_erase_nothing(portal: Opened, who: Visitor) -> None:
    who.get("/app/erase")
    answer = who.post("/app/erase", asked(portal, scope="record", word="erase"))
    assert answer.status_code == 422
    assert "Please type the word ERASE" in answer.text
    answer = who.post("/app/erase", asked(portal, scope="sections"))
    assert answer.status_code == 422
    assert "Please choose at least one" in answer.text
    assert "Stop it" not in who.get("/app/erase").text


def test_the_password_is_asked_for_when_it_was_typed_long_ago(portal: Opened, who: Visitor) -> None:
    portal.clock.move(timedelta(minutes=6))
    who.get("/app/erase")
    answer = who.post("/app/erase", asked(portal, scope="record"))
    assert answer.status_code == 422
    assert 'id="password"' in answer.text
    answer = who.post("/app/erase", asked(portal, scope="record", password="not it at all"))
    assert answer.status_code == 422
    begin_again(portal, who)
    assert not is_erased(portal)


def test_what_is_stopped_within_a_day_is_not_erased(portal: Opened, who: Visitor) -> None:
    who.get("/app/erase")
    page = who.follow(who.post("/app/erase", asked(portal, scope="record"))).text
    assert "until then you can stop it" in page
    assert "Something of yours will be erased" in who.get("/app/home").text
    stranger = portal.patient("Eve")
    action = page.split('action="/app/erase/', 1)[1].split('"', 1)[0]
    stranger.get("/app/erase")
    assert stranger.post(f"/app/erase/{action}").status_code == 404
    who.get("/app/erase")
    assert "Nothing was erased" in who.follow(who.post(f"/app/erase/{action}")).text
    with portal.node.reading() as session:
        assert not session.scalars(select(SignedCall)).all()
    begin_again(portal, who)
    assert not is_erased(portal)


def test_a_part_is_erased_a_day_later_and_the_rest_stays(portal: Opened, who: Visitor) -> None:
    handle = record_text(portal.record)
    assert who.get(f"/app/record/{handle}/laboratory").status_code == 200
    who.get("/app/erase")
    values = asked(portal, scope="sections", sections="laboratory")
    who.follow(who.post("/app/erase", values))
    begin_again(portal, who)
    assert not is_erased(portal)
    page = who.get("/app/erase").text
    assert "All who kept a part of its keys have signed" in page
    link = page.split('href="/app/erase/', 1)[1].split('"', 1)[0]
    assert json.loads(who.get(f"/app/erase/{link}").text)["receipts"]
    assert portal.patient("Mallory").get(f"/app/erase/{link}").status_code == 404
    assert who.get(f"/app/record/{handle}/laboratory").status_code == 404
    assert who.get("/app/record").status_code == 200


def test_the_whole_record_is_erased_and_its_proof_outlives_it(portal: Opened, who: Visitor) -> None:
    who.get("/app/erase")
    who.follow(who.post("/app/erase", asked(portal, scope="record")))
    begin_again(portal, who)
    assert is_erased(portal)
    page = who.get("/app/erase").text
    assert page.count("All who kept a part of its keys have signed") == 2
    assert "No records yet" in who.get("/app/record").text
