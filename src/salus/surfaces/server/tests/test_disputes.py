"""Who looked: filtered, accounted for, complained about, and answered."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.opening import Wish, open_wished
from tests.support.portal import Opened, Visitor, opened

COMPLAINTS = "/app/privacy/complaints"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("disputes") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    """Shared the laboratory with the clinic, which read it; research was refused."""
    who = portal.patient("Wang Lan", portal.record)
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=7)).date().isoformat(),
        "step": "sign",
    }
    assert who.post("/app/share", values).status_code == 303
    text = record_text(portal.record)
    open_wished(portal.node, portal.home, Wish(text, "laboratory", "clinic"), step=lambda _: None)
    with pytest.raises(NotPermitted):
        open_wished(
            portal.node, portal.home, Wish(text, "medications", "research"), step=lambda _: None
        )
    return who


def test_looks_are_filtered(owner: Visitor) -> None:
    every = owner.get("/app/looks").text
    refused, read = (owner.get(f"/app/looks?only={each}").text for each in ("refused", "read"))
    assert ">clinic<" in every
    assert ">research<" in every
    assert (">clinic<" in refused, ">research<" in refused) == (False, True)
    assert (">clinic<" in read, ">research<" in read) == (True, False)
    assert ">clinic<" not in owner.get("/app/looks?only=emergency").text


def test_an_accounting_tells_what_went_to_whom_between_days(owner: Visitor, portal: Opened) -> None:
    page = owner.get("/app/looks/accounting").text
    assert 'data-label="Recipient">clinic<' in page
    assert "Laboratory" in page
    assert "research" not in page
    assert (
        "Nothing was disclosed."
        in owner.get("/app/looks/accounting?from=2001-01-01&to=2001-01-02").text
    )
    assert owner.get("/app/looks/accounting?from=nonsense").status_code == 200
    stranger = portal.patient("A stranger")
    assert "clinic" not in stranger.get("/app/looks/accounting").text


def test_a_complaint_reaches_the_office_and_its_answer_the_patient(
    portal: Opened, owner: Visitor
) -> None:
    looks = owner.get("/app/looks?only=read").text
    link = re.search(r'href="(/app/looks/[0-9a-f]{32}/[0-9a-f]{32}/complain)"', looks)
    assert link is not None
    assert "clinic" in owner.get(link[1]).text
    assert owner.post(link[1], {"text": " "}).status_code == 422
    done = owner.follow(owner.post(link[1], {"text": "I never was at that clinic <b>"}))
    assert "has not answered yet" in done.text

    stranger = portal.patient("Another stranger")
    assert stranger.get(link[1]).status_code == 404
    assert "never was" not in stranger.get("/app/looks").text
    other = portal.staff("Other office", "research", Role.PRIVACY)
    assert "There are no complaints." in other.get(COMPLAINTS).text

    office = portal.staff("Officer", "privacy", Role.PRIVACY)
    assert "wait for your answer" in office.get("/app/home").text
    listed = office.get(COMPLAINTS).text
    assert "clinic &lt;b&gt;" in listed
    way = re.search(rf'href="({COMPLAINTS}/[0-9a-f]{{32}})"', listed)
    assert way is not None
    assert other.get(way[1]).status_code == 404
    office.get(way[1])
    assert office.post(way[1], {"answer": ""}).status_code == 422
    office.follow(office.post(way[1], {"answer": "It was a mistake"}))
    assert "It was a mistake" in owner.get("/app/looks").text
    office.get("/app/home")
    assert office.post(way[1], {"answer": "Changed my mind"}).status_code == 409
