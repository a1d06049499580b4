"""The front desk: who is one person, who is two, and who is a twin."""

import json
import secrets

import pytest

from salus.kernel.ids import record_from_text
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.identity.keyring import of_home
from salus.rights.identity.matching import service
from salus.rights.identity.matching.events import pair
from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.visiting import Guest

MATCHING = "/app/desk/matching"


def two(moved: Moved, family: str, *, twins: bool) -> str:
    """Two records of people who are alike; the page on which they stand side by side."""
    names = [secrets.token_hex(16) for _ in range(2)]
    key, hospital = read_secret(moved.home / STORAGE_KEY), of_home(moved.home).party("hospital")
    for number, name in enumerate(names):
        person = {
            "resourceType": "Patient",
            "id": f"p{number}",
            "name": [{"family": family, "given": ["Mary"]}],
            "birthDate": "1980-02-03",
            "gender": "female",
            "multipleBirthBoolean": twins,
            "telecom": [{"system": "phone", "value": "555 0100 200"}],
        }
        with moved.node.sessions() as session, session.begin():
            service.enroll(
                Work(moved.node, session),
                record_from_text(name),
                json.dumps(person).encode(),
                written=[],
                storage_key=key,
                by=hospital,
            )
    return f"{MATCHING}/{'/'.join(pair(*names))}"


def decide(clerk: Guest, path: str, act: str, reason: str) -> None:
    clerk.open(path)
    clerk.fill(reason=reason)
    clerk.press(f"main form button[value={act}]")


@pytest.fixture(scope="module", autouse=True)
def _clerks(moved: Moved) -> None:
    moved.staff("Clerk", "hospital", Role.DESK)
    moved.staff("Other clerk", "hospital", Role.DESK)


def test_one_person_is_linked_and_the_link_is_taken_back(enters: Enter, moved: Moved) -> None:
    """Journey 14, without scripts."""
    path = two(moved, "Obrien", twins=True)
    clerk = enters("Clerk", scripts=False)
    clerk.open(MATCHING)
    clerk.press(f"main a[href='{path}']")
    clerk.sees("1980-02-03", "agrees")
    clerk.press("main form button[value=link]")
    clerk.sees("Please fill this in.")
    decide(clerk, path, "link", "passport seen")
    clerk.sees("The two records are of one person from now on.")
    decide(clerk, path, "unlink", "two passports after all")
    clerk.open(f"{MATCHING}/decided")
    clerk.sees("passport seen", "two passports after all")
    clerk.open(path)
    assert clerk.page.locator("main form button[value=link]").is_visible()


def test_twins_are_kept_apart_and_asked_about_no_more(enters: Enter, moved: Moved) -> None:
    path = two(moved, "Jansen", twins=True)
    clerk = enters("Clerk")
    decide(clerk, path, "apart", "twins, both were here")
    clerk.sees("The two records are of two people.")
    clerk.open(MATCHING)
    assert clerk.page.locator(f"main a[href='{path}']").count() == 0


def test_what_a_colleague_decided_meanwhile_is_shown_and_nothing_typed_is_lost(
    enters: Enter, moved: Moved
) -> None:
    """Journeys 14 and 17: E3."""
    path = two(moved, "Weber", twins=True)
    clerk, other = enters("Clerk"), enters("Other clerk")
    clerk.open(path)
    clerk.fill(reason="one <b>passport</b>")
    decide(other, path, "apart", "twins, with two passports")
    clerk.press("main form button[value=link]")
    clerk.sees("twins, with two passports")
    assert clerk.page.input_value("#reason") == "one <b>passport</b>"
    clerk.sees("They were found to be two people.")
