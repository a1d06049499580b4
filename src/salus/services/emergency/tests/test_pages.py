"""Emergencies at the portal: opened, widened, seen by their patient, reviewed; card and policy."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.rights.consent.emergency.ledger import policy_of
from salus.rights.consent.emergency.model import EmergencyPolicy
from salus.services.emergency import card as cards
from tests.support.portal import Opened, Visitor, opened, signed_in

GLASS, REVIEWS = "/app/clinic/break-glass", "/app/privacy/emergencies"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("emergency") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def medics(portal: Opened) -> tuple[Visitor, Visitor]:
    return (
        portal.staff("Dr One", "medic1", Role.CLINICIAN),
        portal.staff("Dr Two", "medic2", Role.CLINICIAN),
    )


@pytest.fixture(scope="module")
def office(portal: Opened) -> Visitor:
    return portal.staff("Officer", "privacy", Role.PRIVACY)


def test_before_an_opening_it_says_what_opens_and_who_is_told(
    portal: Opened, owner: Visitor, medics: tuple[Visitor, Visitor]
) -> None:
    medic, _ = medics
    assert "Never used." in medic.get(GLASS).text
    values = {"record": record_text(portal.record), "reason": "UNCONSCIOUS"}
    assert medic.post(GLASS, values | {"record": "12"}).status_code == 422
    assert medic.post(GLASS, values | {"record": "f" * 32}).status_code == 422
    assert medic.post(GLASS, values | {"reason": "CURIOUS"}).status_code == 422
    review = medic.post(GLASS, values)
    assert "privacy office" in review.text
    assert "Never used." in medic.get(GLASS).text


def test_an_account_without_the_key_of_a_clinician_opens_nothing(
    portal: Opened, owner: Visitor
) -> None:
    who = portal.staff("Clerk", "research", Role.CLINICIAN)
    assert "no key of a clinician" in who.get(GLASS).text
    values = {"record": record_text(portal.record), "reason": "UNCONSCIOUS", "step": "sign"}
    assert who.post(GLASS, values).status_code in {403, 404}
    assert "Nobody has opened your record" in owner.get("/app/emergency").text


def test_a_record_is_opened_widened_seen_and_reviewed(
    portal: Opened, owner: Visitor, medics: tuple[Visitor, Visitor], office: Visitor
) -> None:
    one, two = medics
    one.get(GLASS)
    values = {"record": record_text(portal.record)[:12], "reason": "UNCONSCIOUS", "step": "sign"}
    made = one.post(GLASS, values)
    page = one.follow(made)
    assert "Emergency summary" in page.text
    assert "Allergy" in page.text
    assert "Laboratory" not in page.text
    place = made.headers["location"]
    assert "open in an emergency" in owner.get("/app/home").text

    colleague = two.get(place).text
    assert "Your colleague asks you to agree" in colleague
    assert "<caption>Emergency summary" not in colleague
    assert one.post(f"{place}/widen").status_code >= 400
    two.get(place)
    two.follow(two.post(f"{place}/widen"))
    assert "Laboratory" in one.get(place).text

    stranger = portal.staff("Dr Far", "hospital", Role.CLINICIAN)
    assert stranger.get(place).status_code == 404
    seen = owner.get("/app/emergency").text
    assert "medic1" in seen
    assert "The person cannot answer." in seen

    close = re.search(r'action="(/app/emergency/[^"]*/close)"', seen)
    assert close is not None
    other = portal.patient("Somebody else")
    assert other.post(close[1]).status_code in {403, 404}
    assert "It is over" in owner.follow(owner.post(close[1])).text
    assert "Laboratory" not in one.get(place).text
    reviews(owner, office)


def reviews(owner: Visitor, office: Visitor) -> None:
    """The office finds it, says once what it found, and the patient reads that."""
    listed = office.get(REVIEWS).text
    review = re.search(r'href="(/app/privacy/emergencies/[0-9a-f]{24})"', listed)
    assert review is not None
    office.get(review[1])
    assert office.post(review[1], {"verdict": "JUSTIFIED", "finding": ""}).status_code == 422
    done = office.post(review[1], {"verdict": "JUSTIFIED", "finding": "Cardiac arrest"})
    assert "nothing to review" in office.follow(done).text
    told = owner.get("/app/emergency").text
    assert "It was justified. Cardiac arrest" in told
    assert office.post(review[1], {"verdict": "UNCLEAR", "finding": "x"}).status_code >= 400


def test_a_late_review_is_marked(portal: Opened, medics: tuple[Visitor, Visitor]) -> None:
    one = signed_in(portal.visitor(), "Dr One")
    one.get(GLASS)
    values = {"record": record_text(portal.record), "reason": "CONFUSED", "step": "sign"}
    assert one.post(GLASS, values).status_code == 303
    portal.clock.move(timedelta(hours=25))
    late = signed_in(portal.visitor(), "Officer")
    assert 'badge bad">overdue<' in late.get(REVIEWS).text
    assert "too late" in late.get("/app/home").text


def test_an_office_that_is_linked_to_no_hospital_sees_nothing(portal: Opened) -> None:
    other = portal.staff("Other office", "research", Role.PRIVACY)
    assert "nothing to review" in other.get(REVIEWS).text


def test_the_policy_is_signed_after_a_warning(portal: Opened) -> None:
    owner = signed_in(portal.visitor(), "Wang Lan")
    form = f"/app/emergency/{record_text(portal.record)}/policy"
    owner.get(form)
    assert owner.post(form, {"policy": "whatever"}).status_code == 422
    assert "your life depends on it" in owner.post(form, {"policy": "forbid"}).text
    assert policy_of(portal.node, portal.record) is EmergencyPolicy.ALLOW
    owner.get(form)
    signed = owner.follow(owner.post(form, {"policy": "forbid", "step": "sign"}))
    assert "Carry a card" in signed.text
    assert policy_of(portal.node, portal.record) is EmergencyPolicy.FORBID


def test_a_card_is_printed_and_its_age_is_told(portal: Opened) -> None:
    owner = signed_in(portal.visitor(), "Wang Lan")
    assert "not printed one yet" in owner.get("/app/emergency").text
    way = f"/app/emergency/{record_text(portal.record)}/card"
    sealed = owner.post(way, {"kind": "sealed"})
    code = re.search(r'class="figure">([0-9A-Z-]{11})<', sealed.text)
    assert code is not None
    assert cards.is_code(code[1])
    assert "Allergy" not in sealed.text
    owner.get("/app/emergency")
    assert "Allergy" in owner.post(way, {"kind": "open"}).text
    assert "The last one is of" in owner.get("/app/emergency").text
    portal.clock.move(timedelta(days=91))
    again = signed_in(portal.visitor(), "Wang Lan")
    assert "out of date" in again.get("/app/emergency").text
    stranger = portal.patient("A stranger")
    stranger.get("/app/emergency")
    assert stranger.post(way, {"kind": "open"}).status_code == 404
