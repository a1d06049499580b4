"""Forms that come from elsewhere, twice, too late, too large, or as something else than a form."""

from datetime import timedelta

import pytest

from salus.kernel.clock import ManualClock
from salus.platform.web.portal import Role, sessions
from salus.platform.web.portal.pages import Route
from salus.platform.work import Work
from salus.rights.identity.accounts import administration
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.tokens import service as tokens
from tests.security.conftest import WHO, Town, filled, routes
from tests.support.portal import ORIGIN, Visitor

POSTS = [route for route in routes() if route.method == "POST"]
SIGNS = [route for route in POSTS if route.signs]


def named(route: Route) -> str:
    return route.path


def of_role(town: Town, route: Route) -> Visitor:
    who = town.enter(WHO[route.roles[0]] if route.roles else "Patient 1")
    who.get("/app/settings")
    return who


@pytest.mark.parametrize("route", POSTS, ids=named)
def test_a_form_without_the_token_of_the_session_does_nothing(town: Town, route: Route) -> None:
    who = of_role(town, route)
    for csrf in ("", "guessed", "秘"):
        answer = who.post(filled(route.path), {"csrf": csrf})
        assert answer.status_code == 403
        assert "Nothing has been done" in answer.text


@pytest.mark.parametrize("route", POSTS, ids=named)
def test_a_form_of_another_site_does_nothing(town: Town, route: Route) -> None:
    who = of_role(town, route)
    for origin in ("https://evil.example", "null", "", ORIGIN + ".evil.example", ORIGIN + ":444"):
        who.origin = origin
        try:
            answer = who.post(filled(route.path))
        finally:
            who.origin = ORIGIN
        assert answer.status_code == 403, origin


@pytest.mark.parametrize("route", SIGNS, ids=named)
def test_nothing_is_signed_while_the_ledger_is_silent(town: Town, route: Route) -> None:
    who = of_role(town, route)
    town.behind = 3
    try:
        answer = who.post(filled(route.path))
        assert answer.status_code == 503
        assert "has not answered for 3 minutes" in answer.text
        assert who.get("/app/home").status_code == 200
    finally:
        town.behind = 0


@pytest.mark.parametrize("route", POSTS, ids=named)
def test_a_form_with_too_much_in_it_is_refused(town: Town, route: Route) -> None:
    who = of_role(town, route)
    if route.takes <= 1 << 20:
        assert who.post(filled(route.path), {"much": "m" * (route.takes + 1)}).status_code == 413


def test_a_form_with_too_many_fields_is_refused(town: Town) -> None:
    who = town.anew("Patient 2")
    who.get("/app/settings")
    many = {f"field{number}": "x" for number in range(1_200)}
    assert who.post("/app/settings", many).status_code == 422


@pytest.mark.parametrize("route", POSTS, ids=named)
@pytest.mark.parametrize(
    "value", ["\0", "\ud7ff\x1b[2J", "'; DROP TABLE x;--", "{{7*7}}", "\U0001f9ec" * 999]
)
def test_no_field_makes_a_page_break(town: Town, route: Route, value: str) -> None:
    """Whatever a form brings, it is never our fault (500), and it is never obeyed."""
    who = of_role(town, route)
    names = ("name", "record", "reader", "sections", "until", "amount", "code", "price", "reason")
    sent = dict.fromkeys(names, value) | {"step": "review"}
    if route.path in {"/app/logout", "/app/settings/elsewhere"}:
        return
    answer = who.post(filled(route.path), sent)
    assert answer.status_code < 500
    assert "49" not in answer.headers.get("location", "")


def test_the_same_form_sent_twice_acts_once(town: Town) -> None:
    who = town.enter("Patient 3")
    record = town.accounts["Patient 3"].record
    who.get("/app/share")
    values = {
        "record": record,
        "reader": "research",
        "sections": ["medications"],
        "purpose": "HRESCH",
        "until": (town.clock.now() + timedelta(days=9)).date().isoformat(),
        "step": "sign",
    }
    once = who.hidden("once")
    first, second = (
        who.post("/app/share", values, once=once),
        who.post("/app/share", values, once=once),
    )
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    who.get("/app/share")
    again = who.post("/app/share", values, once=once)
    assert again.headers["location"] == first.headers["location"]
    assert who.get("/app/shares").text.count("<h2>research") == 1


def test_a_form_after_the_session_is_over_leads_to_the_sign_in_and_back(town: Town) -> None:
    who = town.anew("Patient 4")
    who.get("/app/refuse")
    assert isinstance(town.clock, ManualClock)
    town.clock.move(timedelta(minutes=31))
    answer = who.post("/app/refuse", {"step": "sign"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/app/login?next=/app/refuse"


def test_a_page_older_than_the_session_does_nothing(town: Town) -> None:
    who = town.anew("Patient 5")
    who.get("/app/settings")
    old = who.hidden("csrf")
    who.post("/app/logout")
    who.get("/app/login")
    who.post("/app/login", {"name": "Patient 5", "password": town.accounts["Patient 5"].password})
    who.get("/app/settings")
    assert who.hidden("csrf") != old
    assert who.post("/app/settings", {"csrf": old, "language": "en"}).status_code == 403


# SESSIONS


def cookies(who: Visitor) -> tuple[str | None, str | None]:
    return who.cookies.get(sessions.COOKIE), who.cookies.get(sessions.WALLET)


def test_a_session_that_was_put_into_a_browser_is_not_taken_over(town: Town) -> None:
    who = town.stranger()
    who.cookies.set(sessions.COOKIE, "chosen-by-another", domain="portal.example")
    who.get("/app/login")
    who.post("/app/login", {"name": "Patient 6", "password": town.accounts["Patient 6"].password})
    found = [each.value for each in who.cookies.jar if each.name == sessions.COOKIE]
    assert any(value != "chosen-by-another" for value in found)
    other = town.stranger()
    other.cookies.set(sessions.COOKIE, "chosen-by-another", domain="portal.example")
    assert other.get("/app/home").status_code == 303


def test_a_change_of_role_is_a_new_session(town: Town) -> None:
    who = town.anew("Administrator")
    before = dict(who.cookies)
    who.get("/app/home")
    assert who.post("/app/role", {"role": "operator"}).status_code == 303
    assert dict(who.cookies) != before
    old = town.stranger()
    for name, value in before.items():
        old.cookies.set(name, value)
    assert old.get("/app/home").status_code == 303


def test_signing_out_ends_the_session_at_the_server(town: Town) -> None:
    who = town.anew("Patient 5")
    before = dict(who.cookies)
    who.get("/app/home")
    who.post("/app/logout")
    old = town.stranger()
    for name, value in before.items():
        old.cookies.set(name, value)
    assert old.get("/app/home").status_code == 303


def test_cookies_are_for_this_host_and_not_for_scripts(town: Town) -> None:
    who = town.stranger()
    who.get("/app/login")
    name = "Patient 6"
    answer = who.post("/app/login", {"name": name, "password": town.accounts[name].password})
    set_ = answer.headers.get_list("set-cookie")
    assert len(set_) == 2
    for each in set_:
        assert each.startswith("__Host-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= {
            part.strip().lower() for part in each.split(";")
        }


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/app//evil.example",
        "/app/\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "/app/../../evil",
        "evil",
        "",
    ],
)
def test_after_the_sign_in_one_stays_at_the_portal(town: Town, place: str) -> None:
    who = town.stranger()
    who.get("/app/login")
    sent = {"name": "Patient 6", "password": town.accounts["Patient 6"].password, "next": place}
    answer = who.post("/app/login", sent)
    assert answer.headers["location"].startswith("/app/")
    assert "evil.example" not in answer.headers["location"]
    assert "\n" not in answer.headers["location"]


def test_a_suspended_account_is_out_with_its_tokens_too(town: Town) -> None:
    who = town.anew("Insurer")
    with town.node.sessions() as session, session.begin():
        (row,) = accounts.of_party(session, "insurer")
        account = row.account
        token = tokens.make(
            Work(town.node, session),
            account=account,
            role=Role.LICENSEE,
            name="Program",
            scopes=[tokens.Scope.READ],
            days=1,
            root=b"",
        )
    bearer = {"Authorization": f"Bearer {token}"}
    assert town.stranger().get("/api/me", **bearer).status_code == 200
    with town.node.sessions() as session, session.begin():
        administration.suspend(Work(town.node, session), "insurer", account)
    assert town.stranger().get("/api/me", **bearer).status_code == 401
    assert who.get("/app/home").status_code == 303
