"""A patient at the portal: brings in a record, reads it, shares, refuses, and sees who looked."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.work import Work
from salus.rights.consent.authority import claiming
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.opening import Wish, open_wished
from tests.support.portal import Opened, Visitor, opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("patient") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def who(portal: Opened) -> Visitor:
    """Joined, with an invitation typed in on its page."""
    who = portal.patient("Todd Stamm")
    assert "no records" in who.get("/app/home").text
    with portal.node.sessions() as session, session.begin():
        code = claiming.invite(Work(portal.node, session), [portal.record])
    who.get("/app/invitation")
    refused = who.post("/app/invitation", {"code": "0" * 26})
    assert refused.status_code == 422
    assert "does not work" in refused.text
    assert (
        "You control your record now"
        in who.follow(who.post("/app/invitation", {"code": code})).text
    )
    return who


def days(portal: Opened, count: int) -> str:
    return (portal.clock.now() + timedelta(days=count)).date().isoformat()


def test_the_record_is_there_in_its_order_and_by_section(portal: Opened, who: Visitor) -> None:
    page = who.get("/app/record").text
    assert "Laboratory" in page
    section = who.get(f"/app/record/{record_text(portal.record)}/laboratory").text
    assert "<table>" in section
    rows = who.get(f"/app/record/{record_text(portal.record)}/laboratory/file?form=csv")
    assert rows.headers["content-disposition"].startswith("attachment")
    lines = who.get(f"/app/record/{record_text(portal.record)}/laboratory/file?form=ndjson")
    assert rows.text.count("\n") == lines.text.count("\n") + 1


def test_an_entry_has_a_proof(portal: Opened, who: Visitor) -> None:
    page = who.get(f"/app/record/{record_text(portal.record)}/laboratory").text
    link = page.split('td data-label="What"><a href="', 1)[1].split('"', 1)[0]
    assert "byte by byte" in who.get(link).text
    assert who.get(link.replace("/entry/", "/proof/")).json()["disclosed"]


def test_what_would_be_signed_is_said_first_and_then_signed(portal: Opened, who: Visitor) -> None:
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": ["laboratory"],
        "purpose": "TREAT",
        "until": days(portal, 7),
    }
    review = who.post("/app/share", values)
    assert "I allow clinic to read Laboratory of my record for treatment" in review.text
    assert "End it" not in who.get("/app/shares").text
    who.get("/app/share")
    who.post("/app/share", values)
    shares = who.follow(who.post("/app/share", values | {"step": "sign"}))
    assert "I allow clinic to read Laboratory" in shares.text
    wish = Wish(record_text(portal.record), "laboratory", "clinic")
    assert open_wished(portal.node, portal.home, wish, step=lambda _: None).units
    looks = who.get("/app/looks").text
    assert "clinic" in looks
    assert "Laboratory" in looks


def test_a_share_that_ended_opens_nothing(portal: Opened, who: Visitor) -> None:
    page = who.get("/app/shares").text
    action = page.split('action="/app/shares/', 1)[1].split('"', 1)[0]
    assert "It has ended" in who.follow(who.post(f"/app/shares/{action}")).text
    wish = Wish(record_text(portal.record), "laboratory", "clinic")
    with pytest.raises(NotPermitted):
        open_wished(portal.node, portal.home, wish, step=lambda _: None)


def test_a_refusal_is_signed_listed_and_lifted(portal: Opened, who: Visitor) -> None:
    who.get("/app/refuse")
    values = {
        "record": record_text(portal.record),
        "reader": "*",
        "sections": ["laboratory"],
        "purpose": "HRESCH",
        "until": days(portal, 30),
    }
    assert "I refuse that anybody reads Laboratory" in who.post("/app/refuse", values).text
    listed = who.follow(who.post("/app/refuse", values | {"step": "sign"})).text
    assert "I refuse that anybody reads Laboratory" in listed
    action = listed.split('action="/app/refusals/', 1)[1].split('"', 1)[0]
    assert "lifted" in who.follow(who.post(f"/app/refusals/{action}")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("reader", "nobody"), ("sections", "no-such"), ("purpose", "BTG"), ("until", "2001-01-01")],
)
def test_a_bad_field_is_marked_and_the_rest_stays(
    portal: Opened, who: Visitor, field: str, value: str
) -> None:
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "research",
        "sections": ["medications"],
        "purpose": "HRESCH",
        "until": days(portal, 7),
    }
    answer = who.post("/app/share", values | {field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert ('value="research" selected' in answer.text) == (field != "reader")


def test_an_act_long_after_the_sign_in_asks_for_the_password(portal: Opened, who: Visitor) -> None:
    portal.clock.move(timedelta(minutes=6))
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "research",
        "sections": ["medications"],
        "purpose": "HRESCH",
        "until": days(portal, 7),
    }
    assert 'name="password"' in who.post("/app/share", values).text
    assert who.post("/app/share", values | {"step": "sign"}).status_code == 422
    wrong = who.post("/app/share", values | {"step": "sign", "password": "wrong wrong wrong"})
    assert wrong.status_code == 422
    assert "research" not in who.get("/app/shares").text
