"""The administrator at the portal: people, roles, suspension, and the last administrator."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from salus.platform.web.portal import Role
from tests.support.portal import PASSWORD, Opened, Visitor, opened, signed_in

PEOPLE = "/app/admin/organization"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("administration") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def chief(portal: Opened) -> Visitor:
    return portal.staff("Chief", "hospital", Role.ADMINISTRATOR)


def page_of(who: Visitor, name: str) -> str:
    found = re.search(rf'href="({PEOPLE}/[0-9a-f]+)">{name}<', who.get(PEOPLE).text)
    assert found is not None
    return found[1]


def test_somebody_is_added_and_must_change_the_password(portal: Opened, chief: Visitor) -> None:
    chief.get(PEOPLE)
    made = chief.post(PEOPLE, {"name": "Nurse Li", "roles": ["clinician", "desk"]})
    first = re.search(r"<code>([0-9A-Z-]+)</code>", made.text)
    assert first is not None
    nurse = portal.visitor()
    nurse.get("/app/login")
    entered = nurse.post("/app/login", {"name": "Nurse Li", "password": first[1]})
    assert entered.headers["location"] == "/app/settings/password"
    assert first[1] not in chief.get(PEOPLE).text


def test_a_form_that_is_not_valid_says_so(chief: Visitor) -> None:
    chief.get(PEOPLE)
    assert chief.post(PEOPLE, {"name": ""}).status_code == 422
    assert chief.post(PEOPLE, {"name": "Somebody", "roles": "lender"}).status_code == 422
    assert chief.post(PEOPLE, {"name": "Somebody", "roles": "operator"}).status_code == 422
    taken = chief.post(PEOPLE, {"name": "CHIEF", "roles": "desk"})
    assert taken.status_code == 422
    assert "This name cannot be had." in taken.text


def test_the_last_administrator_stays(chief: Visitor) -> None:
    own = page_of(chief, "Chief")
    chief.get(own)
    assert chief.post(own, {"roles": "desk"}).status_code == 409
    assert chief.post(f"{own}/suspend").status_code == 409
    assert "keeps at least one administrator" in chief.page


def test_a_suspended_account_is_out_at_once(portal: Opened, chief: Visitor) -> None:
    other = portal.staff("Dr Out", "hospital", Role.CLINICIAN)
    page = page_of(chief, "Dr Out")
    chief.get(page)
    assert chief.post(f"{page}/suspend").status_code == 303
    assert other.get("/app/home").status_code == 303
    for _ in range(7):
        other.get("/app/login")
        wrong = {"name": "Dr Out", "password": "not the password at all"}
        assert other.post("/app/login", wrong).status_code == 422
    right = {"name": "Dr Out", "password": PASSWORD}
    assert other.post("/app/login", right).status_code == 422
    chief.get(page)
    assert chief.post(f"{page}/reinstate").status_code == 303
    assert signed_in(other, "Dr Out").get("/app/home").status_code == 200


def test_what_was_done_to_an_account_is_listed_with_its_administrator(
    portal: Opened, chief: Visitor
) -> None:
    portal.staff("Dr Listed", "hospital", Role.CLINICIAN)
    page = page_of(chief, "Dr Listed")
    for act, values in (("", {"roles": "desk"}), ("/suspend", {}), ("/reinstate", {})):
        chief.get(page)
        assert chief.post(f"{page}{act}", values).status_code == 303
    listed = chief.get(page).text.split("<h2>What was changed", 1)[1]
    rows = re.findall(r'data-label="What">([^<]+)</td><td data-label="By whom">([^<]+)', listed)
    assert rows == [
        ("The account was opened again.", "Chief"),
        ("The account was suspended.", "Chief"),
        ("The roles were changed.", "Chief"),
        ("The account was made.", "whoever runs the node"),
    ]


def test_a_lost_role_is_lost_at_once(portal: Opened, chief: Visitor) -> None:
    other = portal.staff("Dr Two", "hospital", Role.CLINICIAN, Role.DESK)
    page = page_of(chief, "Dr Two")
    chief.get(page)
    assert chief.post(page, {"roles": "desk"}).status_code == 303
    assert other.get("/app/clinic/patients").status_code == 303


def test_another_organization_is_not_there(portal: Opened, chief: Visitor) -> None:
    stranger = portal.staff("Their Chief", "clinic", Role.ADMINISTRATOR)
    page = page_of(chief, "Chief")
    assert stranger.get(page).status_code == 404
    stranger.get(PEOPLE)
    assert "Nurse" not in stranger.page
    for act in ("", "/suspend", "/reinstate"):
        assert stranger.post(f"{page}{act}", {"roles": "desk"}).status_code == 404
    assert portal.staff("Dr No", "hospital", Role.CLINICIAN).get(PEOPLE).status_code == 403


def test_a_password_is_asked_for_after_a_while(portal: Opened, chief: Visitor) -> None:
    portal.clock.move(timedelta(minutes=6))
    chief.get(PEOPLE)
    values = {"name": "Late Comer", "roles": "desk"}
    assert chief.post(PEOPLE, values).status_code == 422
    wrong = chief.post(PEOPLE, values | {"password": "wrong password here"})
    assert wrong.status_code == 422
    assert chief.post(PEOPLE, values | {"password": PASSWORD}).status_code == 200
