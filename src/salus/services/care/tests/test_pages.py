"""Referrals at the portal: sent, agreed to, accepted, handed down, closed; refused to strangers."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from tests.support.portal import Opened, Visitor, opened

WORK, CARE = "/app/clinic/referrals", "/app/care"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("care") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def owner(portal: Opened) -> Visitor:
    return portal.patient("Wang Lan", portal.record)


@pytest.fixture(scope="module")
def doctor(portal: Opened) -> Visitor:
    return portal.staff("Dr Family", "hospital", Role.CLINICIAN)


@pytest.fixture(scope="module")
def specialist(portal: Opened) -> Visitor:
    return portal.staff("Dr Special", "clinic", Role.CLINICIAN)


def days(portal: Opened, count: int) -> str:
    return (portal.clock.now() + timedelta(days=count)).date().isoformat()


def sends(portal: Opened, doctor: Visitor, reason: str) -> str:
    doctor.get(f"{WORK}/new")
    values = {
        "record": record_text(portal.record)[:10],
        "to": "clinic",
        "sections": ["laboratory"],
        "reason": reason,
        "deadline": days(portal, 10),
    }
    page = doctor.follow(doctor.post(f"{WORK}/new", values)).text
    found = re.search(rf'href="{WORK}/([0-9a-f]{{64}})">{reason}', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record", "ffffffffff"),
        ("to", "nobody"),
        ("sections", "no-such"),
        ("reason", " "),
        ("deadline", "2001-01-01"),
    ],
)
def test_a_bad_field_is_marked_and_nothing_is_sent(
    portal: Opened, doctor: Visitor, field: str, value: str
) -> None:
    doctor.get(f"{WORK}/new")
    values = {
        "record": record_text(portal.record),
        "to": "clinic",
        "sections": "laboratory",
        "reason": "Please look",
        "deadline": days(portal, 10),
    }
    answer = doctor.post(f"{WORK}/new", values | {field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "None open." in doctor.get(WORK).text


def test_a_referral_goes_up_and_comes_back(
    portal: Opened, owner: Visitor, doctor: Visitor, specialist: Visitor
) -> None:
    referral = sends(portal, doctor, "High HbA1c")
    assert "High HbA1c" in owner.get(CARE).text
    assert "Referrals that wait for you" in specialist.get("/app/home").text
    form = f"{CARE}/{referral}/agree"
    owner.get(form)
    assert owner.post(form, {"until": "2001-01-01"}).status_code == 422
    review = owner.post(form, {"until": days(portal, 30)})
    assert "I allow clinic to read Laboratory" in review.text
    assert "only while this referral is open" in review.text
    owner.get(form)
    agreed = owner.follow(owner.post(form, {"until": days(portal, 30), "step": "sign"}))
    assert "you have agreed" in agreed.text
    assert not portal.is_read_by_clinic()

    way = f"{WORK}/{referral}"
    doctor.get(way)
    assert doctor.post(f"{way}/accept").status_code == 404
    specialist.get(way)
    assert "accepted" in specialist.follow(specialist.post(f"{way}/accept")).text
    assert portal.is_read_by_clinic()
    assert specialist.post(f"{way}/down", {"title": "", "text": ""}).status_code == 422
    specialist.get(way)
    bad = specialist.post(f"{way}/down", files={"file": ("x.json", b'{"resourceType":"Patient"}')})
    assert bad.status_code == 422
    specialist.get(way)
    text = {"title": "Diabetes", "text": "Insulin <script>alert(1)</script> & diet\r\nCome again"}
    specialist.follow(specialist.post(f"{way}/down", text))
    seen = owner.get(CARE).text
    assert "Read the summary: Diabetes" in seen
    assert "<script>alert" not in seen
    assert "diet" in seen
    doctor.get(way)
    assert "Diabetes" in doctor.page
    assert "Closed." in doctor.follow(doctor.post(f"{way}/close")).text
    assert portal.is_read_by_clinic()


def test_one_that_is_sent_back_says_why(
    portal: Opened, owner: Visitor, doctor: Visitor, specialist: Visitor
) -> None:
    referral = sends(portal, doctor, "A cough")
    way = f"{WORK}/{referral}"
    specialist.get(way)
    assert specialist.post(f"{way}/return", {"reason": ""}).status_code == 422
    specialist.follow(specialist.post(f"{way}/return", {"reason": "Not my field"}))
    assert "It came back: Not my field" in owner.get(CARE).text
    assert "Not my field" in doctor.get(way).text


def test_a_patient_cancels_after_reading_what_that_means(
    portal: Opened, owner: Visitor, doctor: Visitor
) -> None:
    referral = sends(portal, doctor, "A sore knee")
    form = f"{CARE}/{referral}/cancel"
    assert "cannot be taken up again" in owner.get(form).text
    assert "Cancelled." in owner.follow(owner.post(form)).text
    assert owner.get(form).status_code == 200
    assert owner.post(form).status_code == 409


def test_whoever_is_no_side_of_it_finds_nothing(
    portal: Opened, owner: Visitor, doctor: Visitor
) -> None:
    referral = sends(portal, doctor, "A rash")
    other = portal.staff("Dr Far", "research", Role.CLINICIAN)
    assert other.get(f"{WORK}/{referral}").status_code == 404
    assert other.post(f"{WORK}/{referral}/accept").status_code == 404
    assert "A rash" not in other.get(WORK).text
    stranger = portal.patient("A stranger")
    assert "You have no referrals" in stranger.get(CARE).text
    assert stranger.get(f"{CARE}/{referral}/agree").status_code == 404
    stranger.get("/app/home")
    assert stranger.post(f"{CARE}/{referral}/cancel").status_code == 404
    assert owner.get(WORK).status_code == 403
