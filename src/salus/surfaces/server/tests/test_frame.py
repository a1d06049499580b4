"""Who gets in, what a form must bring, and what everybody is shown who may not."""

from datetime import timedelta

import pytest

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.platform.web.portal.sessions import COOKIE, WALLET
from tests.support.portal import PASSWORD, Opened, signed_in

CODE = 'name="code"'


def test_a_stranger_is_asked_to_sign_in_and_comes_back(portal: Opened) -> None:
    who = portal.visitor()
    answer = who.get("/app/shares")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/app/login?next=/app/shares"
    portal.patient("comes back")
    who.get(answer.headers["location"])
    answer = who.post(
        "/app/login", {"name": "comes back", "password": PASSWORD, "next": "/app/shares"}
    )
    assert answer.headers["location"] == "/app/shares"


@pytest.mark.parametrize("at", range(5))
def test_a_sign_in_leads_to_no_other_host(portal: Opened, at: int) -> None:
    elsewhere = ("https://evil.example", "//evil.example", "/app//x", "/app/\\x", "javascript:")
    portal.patient(f"led {at}")
    who = portal.visitor()
    who.get("/app/login")
    values = {"name": f"led {at}", "password": PASSWORD, "next": elsewhere[at]}
    assert who.post("/app/login", values).headers["location"] == "/app/home"


def test_an_unknown_name_and_a_wrong_password_read_alike(portal: Opened) -> None:
    portal.patient("known")
    said = []
    for name in ("known", "nobody at all"):
        who = portal.visitor()
        who.get("/app/login")
        answer = who.post("/app/login", {"name": name, "password": "wrong wrong wrong"})
        assert answer.status_code == 422
        said.append(answer.text.replace(name, "?").replace(who.hidden("once"), ""))
    assert said[0] == said[1]


def test_five_wrong_passwords_close_an_account_for_a_quarter_of_an_hour(portal: Opened) -> None:
    portal.patient("closes")
    who = portal.visitor()
    for _ in range(5):
        who.get("/app/login")
        who.post("/app/login", {"name": "closes", "password": "wrong wrong wrong"})
    who.get("/app/login")
    assert who.post("/app/login", {"name": "closes", "password": PASSWORD}).status_code == 422
    portal.clock.move(timedelta(minutes=15, seconds=1))
    signed_in(portal.visitor(), "closes")


def test_a_sign_in_makes_new_cookies_and_a_sign_out_ends_them(portal: Opened) -> None:
    who = portal.patient("cookies")
    first = (who.cookies[COOKIE], who.cookies[WALLET])
    old = portal.visitor()
    old.cookies = who.cookies.__class__(who.cookies)
    again = signed_in(who, "cookies")
    assert (again.cookies[COOKIE], again.cookies[WALLET]) != first
    assert old.get("/app/home").status_code == 303  # the session before it is over
    again.get("/app/home")
    again.post("/app/logout")
    assert again.get("/app/home").status_code == 303


def test_a_session_ends_when_nobody_is_there(portal: Opened) -> None:
    who = portal.patient("idle")
    portal.clock.move(timedelta(minutes=29))
    assert who.get("/app/home").status_code == 200
    portal.clock.move(timedelta(minutes=31))
    assert who.get("/app/home").status_code == 303


@pytest.mark.parametrize("forged", [{"csrf": ""}, {"csrf": "x" * 43}])
def test_a_form_without_the_token_of_its_session_does_nothing(
    portal: Opened, forged: dict[str, str]
) -> None:
    who = portal.patient(f"forged {len(forged['csrf'])}")
    who.get("/app/settings")
    answer = who.post("/app/settings", {"language": "zh-Hans", **forged})
    assert answer.status_code == 403
    assert 'lang="en"' in who.get("/app/settings").text


def test_a_form_from_another_site_does_nothing(portal: Opened) -> None:
    who = portal.patient("elsewhere")
    who.get("/app/settings")
    who.origin = "https://evil.example"
    assert who.post("/app/settings", {"language": "en"}).status_code == 403


def test_the_same_form_sent_twice_acts_once(portal: Opened) -> None:
    who = portal.patient("twice", portal.record)
    who.get("/app/share")
    values = {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": "laboratory",
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=3)).date().isoformat(),
        "step": "sign",
    }
    once = who.hidden("once")
    page = who.page
    first = who.post("/app/share", values, once=once)
    who.page = page
    second = who.post("/app/share", values, once=once)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert who.get("/app/shares").text.count('action="/app/shares/') == 1


def test_what_is_not_there_and_what_is_not_for_one_look_alike(portal: Opened) -> None:
    who = portal.patient("stranger")
    seen = [
        who.get(path)
        for path in (
            f"/app/record/{record_text(portal.record)}/laboratory",
            f"/app/record/{'0' * 32}/laboratory",
            "/app/no/such/page",
        )
    ]
    assert {answer.status_code for answer in seen} == {404}
    bodies = {answer.text.split("<main", 1)[1].split("</main>", 1)[0] for answer in seen}
    assert len(bodies) == 1


def test_a_page_of_another_role_says_which(portal: Opened) -> None:
    who = portal.staff("Dr Chen", "hospital", Role.CLINICIAN)
    answer = who.get("/app/shares")
    assert answer.status_code == 403
    assert "patient" in answer.text


def test_staff_changes_the_first_password(portal: Opened) -> None:
    who = portal.staff("Dr Wang", "hospital", Role.CLINICIAN, Role.PRIVACY)
    assert who.get("/app/home").status_code == 200


def test_every_page_brings_the_headers(portal: Opened) -> None:
    who = portal.patient("headers")
    for path in ("/app/login", "/app/home", "/app/nothing"):
        headers = who.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_htmx_gets_the_same_page_without_its_frame(portal: Opened) -> None:
    who = portal.patient("fragment")
    whole, part = who.get("/app/shares").text, who.get("/app/shares", **{"HX-Request": "true"}).text
    assert "<!doctype html>" in whole
    assert "<!doctype html>" not in part
    assert "<h1>" in part
    assert "hx-swap-oob" in part


def test_the_language_follows_browser_account_and_choice(portal: Opened) -> None:
    who = portal.visitor()
    assert 'lang="zh-Hans"' in who.get("/app/login", **{"Accept-Language": "zh-CN,en;q=0.5"}).text
    who.get("/app/login")
    who.post("/app/language", {"language": "zh-Hans", "next": "/app/login"})
    assert 'lang="zh-Hans"' in who.get("/app/login").text


def test_a_form_too_large_is_refused_before_it_is_read(portal: Opened) -> None:
    who = portal.patient("large")
    who.get("/app/settings")
    answer = who.post("/app/settings", {"language": "e" * 100_000})
    assert answer.status_code == 413
