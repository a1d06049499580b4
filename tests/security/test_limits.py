"""Too often is refused, says when to come back, and holds for nobody else."""

from datetime import timedelta

import httpx
import pytest

from salus.platform.web.portal import Role
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.work import Work
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.tokens import service as tokens
from salus.surfaces.server.app import portal_app
from tests.security.conftest import Town
from tests.support.portal import UNLIMITED, Visitor

WRONG = "not the password at all"


def limited(town: Town, address: str, **few: int) -> Visitor:
    """A stranger at a portal of its own on the same node, as after a restart."""
    settings = UNLIMITED.model_copy(update=few)
    app = portal_app(town.node, town.home, settings=settings)
    return Visitor(app, node=town.node, address=address)


def tried(who: Visitor, name: str, password: str = WRONG, **headers: str) -> httpx.Response:
    who.get("/app/login", **headers)
    return who.post("/app/login", {"name": name, "password": password})


def is_told_when(answer: httpx.Response) -> int:
    """In how many seconds it works again, as header and page say alike."""
    assert answer.status_code == 429
    left = int(answer.headers["retry-after"])
    assert f"in {left // 60} minutes" in answer.text
    assert "csrf" not in answer.headers.get("location", "")
    return left


def test_one_address_signs_in_only_so_often(town: Town) -> None:
    who = limited(town, "198.51.100.1", sign_ins=3)
    names = ("a b c", "d e f", "g h i")
    assert [tried(who, name).status_code for name in names] == [422, 422, 422]
    account = town.accounts["Patient 1"]
    left = is_told_when(tried(who, account.name, account.password))
    assert tried(limited(town, "198.51.100.2", sign_ins=3), "a b c").status_code == 422
    again = limited(town, "198.51.100.1", sign_ins=3)
    assert tried(again, "j k l").status_code == 429, "a restart forgets nothing"
    town.clock.move(timedelta(seconds=left))
    assert tried(again, account.name, account.password).status_code == 303


@pytest.mark.parametrize("name", ["Patient 2", "nobody of this name"])
def test_one_name_is_tried_only_so_often_from_wherever(town: Town, name: str) -> None:
    """Alike whether there is such a name: who is told 429 learns nothing."""
    spellings = (name, name.upper(), f" {name} ")
    for number, spelling in enumerate(spellings):
        who = limited(town, f"198.51.100.{number + 10}", sign_ins_of_a_name=3)
        assert tried(who, spelling).status_code == 422
    last = limited(town, "198.51.100.20", sign_ins_of_a_name=3)
    is_told_when(tried(last, name))
    assert tried(last, "somebody else").status_code == 422


def test_the_page_says_it_in_chinese_too(town: Town) -> None:
    who = limited(town, "198.51.100.30", sign_ins=1)
    tried(who, "a b c")
    who.post("/app/language", {"language": "zh-Hans", "next": "/app/login"})
    answer = tried(who, "a b c")
    assert answer.status_code == 429
    assert "操作太频繁了" in answer.text


def test_joining_and_recovering_have_limits_of_their_own(town: Town) -> None:
    who = limited(town, "198.51.100.40", joins=2, recoveries=2)
    values = {"name": "x", "password": "short", "again": "short"}
    for path, sent in (("/app/join", values), ("/app/recover", values | {"code": "none"})):
        who.get(path)
        assert [who.post(path, sent).status_code for _ in range(3)] == [422, 422, 429]
    assert tried(who, "a b c").status_code == 422


def test_one_account_is_recovered_only_so_often_from_wherever(town: Town) -> None:
    sent = {"name": "Patient 3", "code": "none", "password": "correct horse battery staple"}
    found = []
    for number in range(3):
        who = limited(town, f"198.51.100.{number + 50}", recoveries_of_a_name=2)
        who.get("/app/recover")
        found.append(who.post("/app/recover", sent).status_code)
    assert found == [422, 422, 429]


def test_files_are_handed_in_only_so_often(town: Town) -> None:
    who = limited(town, "198.51.100.60", uploads=2)
    who.get("/app/verify")
    found = [
        who.post("/app/verify", files={"proof": ("proof.json", b"{}")}).status_code
        for _ in range(3)
    ]
    assert found[:2] != [429, 429]
    assert found[2] == 429


def test_pages_are_asked_for_only_so_often_by_an_address_or_an_account(town: Town) -> None:
    settings = {"pages": 40, "strangers_pages": 20}
    who = limited(town, "198.51.100.70", **settings)
    assert [who.get("/app/verify").status_code for _ in range(21)] == [200] * 20 + [429]
    is_told_when(who.get("/app/verify"))
    account = town.accounts["Patient 4"]
    other = limited(town, "198.51.100.71", **settings)
    assert tried(other, account.name, account.password).status_code == 303
    found = [other.get("/app/settings").status_code for _ in range(41)]
    assert found == [200] * 40 + [429]
    third = limited(town, "198.51.100.72", **settings)
    third.cookies = other.cookies
    assert third.get("/app/settings").status_code == 429, "another address, the same account"
    town.clock.move(timedelta(minutes=2))
    assert other.get("/app/settings").status_code == 200


def test_programs_ask_only_so_often_and_guess_no_tokens(town: Town) -> None:
    with town.node.sessions() as session, session.begin():
        (row,) = accounts.of_party(session, "institute")
        token = tokens.make(
            Work(town.node, session),
            account=row.account,
            role=Role.LICENSEE,
            name="Program",
            scopes=[tokens.Scope.READ],
            days=1,
            root=b"",
        )
    who = limited(town, "198.51.100.80", calls=20, wrong_tokens=10)
    bearer = {"Authorization": f"Bearer {token}"}
    found = [who.get("/api/me", **bearer).status_code for _ in range(21)]
    assert found == [200] * 20 + [429]
    refused = who.get("/api/me", **bearer)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/web/too-often"
    assert int(refused.headers["retry-after"]) == 60 * int(refused.json()["details"]["minutes"])
    wrong = {"Authorization": "Bearer salus_guessed"}
    assert [who.get("/api/me", **wrong).status_code for _ in range(11)] == [401] * 10 + [429]


def test_a_portal_has_limits_when_nobody_sets_any() -> None:
    settings = PortalSettings()
    counts = settings.model_dump(exclude={"proxies", "subdomains"})
    assert all(counts.values())
    assert settings.pages >= 300, "a person who reads quickly is not stopped"
    assert settings.subdomains
    assert not settings.proxies
