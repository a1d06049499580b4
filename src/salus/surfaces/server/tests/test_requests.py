"""A clinic asks for access; the patient shares or declines; who asks learns nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.notices import Kind
from salus.platform.web.portal import Role
from salus.rights.identity.notices.wording import said
from tests.support.portal import Opened, Visitor, opened

ASK = "/app/clinic/ask"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("requests") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def clinic(portal: Opened) -> Visitor:
    return portal.staff("Dr Clinic", "clinic", Role.CLINICIAN)


def asks(
    portal: Opened, who: Visitor, why: str, *, record: str = "", sections: str = "laboratory"
) -> str:
    who.get(ASK)
    values = {
        "record": record or record_text(portal.record),
        "sections": sections,
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=20)).date().isoformat(),
        "why": why,
    }
    return who.follow(who.post(ASK, values)).text


def waiting(owner: Visitor) -> str:
    found = re.search(r'href="/app/share\?request=([0-9a-f]{32})"', owner.get("/app/requests").text)
    assert found is not None
    return found[1]


def told(who: Visitor) -> int:
    return who.get("/app/notices").text.count(said(Kind.REQUEST))


def test_a_request_is_shared_after_a_look_at_it(
    portal: Opened, owner: Visitor, clinic: Visitor
) -> None:
    page = asks(portal, clinic, "Your sugar <b>")
    assert "waits for an answer" in page
    assert "Asked by: clinic" in owner.get("/app/home").text
    assert told(owner) == 1
    assert "Your sugar" not in owner.page
    assert "Your sugar &lt;b&gt;" in owner.get("/app/requests").text
    request = waiting(owner)
    form = owner.get(f"/app/share?request={request}").text
    assert 'value="laboratory" checked' in form
    assert '<option value="clinic" selected' in form
    until = re.search(r'name="until" type="date"[^>]* value="([0-9-]+)"', form)
    assert until is not None
    values = {
        "record": record_text(portal.record),
        "request": request,
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": until[1],
    }
    review = owner.post("/app/share", values)
    assert f'name="request" value="{request}"' in review.text
    assert owner.post("/app/share", values | {"step": "sign"}).status_code == 303
    assert told(clinic) == 1
    assert "shared" in clinic.get(ASK).text
    assert owner.get(f"/app/share?request={request}").status_code == 404


def test_who_declined_for_good_is_asked_no_more_and_nobody_sees_it(
    portal: Opened, owner: Visitor
) -> None:
    who = portal.staff("Dr Research", "research", Role.CLINICIAN)
    asks(portal, who, "For a study")
    way = f"/app/requests/{waiting(owner)}/decline"
    before = told(owner)
    assert "Nothing was shared" in owner.follow(owner.post(way, {"never": "yes"})).text
    assert owner.post(way).status_code == 404
    assert "declined" in who.get(ASK).text
    assert "waits for an answer" in asks(portal, who, "Once more")
    assert told(owner) == before
    assert "Once more" not in owner.get("/app/requests").text


def test_a_record_that_is_not_there_looks_like_one_that_waits(
    portal: Opened, clinic: Visitor
) -> None:
    page = asks(portal, clinic, "Nobody", record="0" * 32)
    assert "The patient is asked, if the number is right." in page
    clinic.get(ASK)
    assert clinic.post(ASK, {"record": "12", "why": "x"}).status_code == 422


def test_nobody_sees_or_answers_what_others_are_asked(
    portal: Opened, owner: Visitor, clinic: Visitor
) -> None:
    asks(portal, clinic, "A second look", sections="medications")
    request, stranger = waiting(owner), portal.patient("Stranger")
    assert "A second look" not in stranger.get("/app/requests").text
    stranger.get("/app/home")
    assert stranger.post(f"/app/requests/{request}/decline").status_code == 404
    assert stranger.get(f"/app/share?request={request}").status_code == 404
    other = portal.staff("Dr Hospital", "hospital", Role.CLINICIAN)
    assert "A second look" not in other.get(ASK).text


def test_nobody_is_asked_too_often(portal: Opened, clinic: Visitor) -> None:
    for _ in range(4):
        asks(portal, clinic, "Again", record="1" * 32)
    clinic.get(ASK)
    values = {
        "record": "1" * 32,
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=20)).date().isoformat(),
        "why": "Again",
    }
    assert clinic.post(ASK, values).status_code == 303
    clinic.get(ASK)
    assert clinic.post(ASK, values).status_code == 409
