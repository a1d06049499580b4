"""The front desk at the portal: pairs side by side, a decision, and two people who decide."""

import json
from collections.abc import Iterator

import pytest

from salus.kernel.ids import record_from_text
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.identity.keyring import of_home
from salus.rights.identity.matching import service
from salus.rights.identity.matching.events import pair
from tests.support.portal import Opened, Visitor, opened

MATCHING = "/app/desk/matching"
NAMES = ("1" * 32, "2" * 32)


def twin(number: int) -> bytes:
    return json.dumps(
        {
            "resourceType": "Patient",
            "id": f"p{number}",
            "name": [{"family": "O'Brien-Li", "given": ["Mary"]}],
            "birthDate": "1980-02-03",
            "gender": "female",
            "multipleBirthBoolean": True,
            "telecom": [{"system": "phone", "value": "555 0100 200"}],
        }
    ).encode()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("desk") / "home") as made:
        key = read_secret(made.home / STORAGE_KEY)
        with made.node.sessions() as session, session.begin():
            for number, name in enumerate(NAMES):
                service.enroll(
                    Work(made.node, session),
                    record_from_text(name),
                    twin(number),
                    written=[],
                    storage_key=key,
                    by=of_home(made.home).party("hospital"),
                )
        yield made


@pytest.fixture(scope="module")
def clerk(portal: Opened) -> Visitor:
    return portal.staff("A Clerk", "hospital", Role.DESK)


PAIR = f"{MATCHING}/{'/'.join(pair(*NAMES))}"


def decide(who: Visitor, act: str, reason: str = "passports seen") -> int:
    answer = who.post(PAIR, {"act": act, "reason": reason, "last": last(who)})
    return answer.status_code


def last(who: Visitor) -> str:
    return who.hidden("last")


def test_two_people_stand_side_by_side(clerk: Visitor) -> None:
    queue = clerk.get(MATCHING).text
    assert PAIR in queue
    assert "Obrienli" not in queue
    shown = clerk.get(PAIR).text
    assert shown.count("1980-02-03") == 2
    assert "Obrienli" in shown
    assert "1" in clerk.get("/app/home").text


def test_a_reason_is_needed(clerk: Visitor) -> None:
    clerk.get(PAIR)
    assert decide(clerk, "apart", reason="") == 422
    assert "Please fill this in." in clerk.page
    assert decide(clerk, "merge") == 422


def test_what_another_clerk_decided_meanwhile_is_shown(portal: Opened, clerk: Visitor) -> None:
    other = portal.staff("Other Clerk", "hospital", Role.DESK)
    clerk.get(PAIR)
    other.get(PAIR)
    assert decide(other, "apart", reason="twins, both here") == 303
    assert decide(clerk, "link", reason="one <b>passport</b>") == 409
    assert "twins, both here" in clerk.page
    assert "one &lt;b&gt;passport&lt;/b&gt;" in clerk.page
    assert "Nothing waits for you." in clerk.get(MATCHING).text


def test_a_link_is_made_and_taken_back(clerk: Visitor) -> None:
    clerk.get(PAIR)
    assert decide(clerk, "link", reason="one person after all") == 303
    clerk.get(PAIR)
    assert "They are linked with each other now." in clerk.page
    assert decide(clerk, "apart") == 409
    clerk.get(PAIR)
    assert decide(clerk, "unlink", reason="two passports") == 303
    history = clerk.get(f"{MATCHING}/decided").text
    assert "one person after all" in history
    assert "two passports" in history


def test_nobody_else_sees_the_register(portal: Opened) -> None:
    clinic = portal.staff("Clinic Clerk", "clinic", Role.DESK)
    for path in (MATCHING, PAIR, f"{MATCHING}/decided"):
        assert clinic.get(path).status_code == 404
        assert portal.visitor().get(path).status_code == 303
    doctor = portal.staff("Dr No", "hospital", Role.CLINICIAN)
    assert doctor.get(PAIR).status_code == 403


def test_a_pair_that_is_none_is_not_there(clerk: Visitor) -> None:
    left, right = pair(*NAMES)
    for path in (f"{right}/{left}", f"{left}/{left}", f"{left}/{'9' * 32}", "x/y"):
        assert clerk.get(f"{MATCHING}/{path}").status_code == 404
