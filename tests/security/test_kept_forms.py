"""What was typed into a form whose session was over: for the same person, once, and nobody else."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
from sqlalchemy import select, update

from salus.platform.capability import folder_of, packages
from salus.platform.web import new_app
from salus.platform.web.portal import (
    Acting,
    Page,
    Pages,
    Portal,
    Redirect,
    Role,
    Visit,
    kept,
    sessions,
)
from salus.platform.web.portal.rendering import HERE
from salus.platform.web.portal.tables import KeptForm
from salus.rights.identity.accounts import pages as accounts
from salus.rights.identity.accounts.visitors import NodeAccounts
from salus.surfaces.server import app as application
from tests.support.portal import PASSWORD, UNLIMITED, Visitor
from tests.support.recordless import OTHER, OWNER, Place

PAGE, MAIL = "/app/settings/notices", "somebody.there@example.org"
TYPED = {"mail": MAIL, "first": "22", "last": "6"}
BACK = "You were signed out; nothing was sent."


def cut_off(place: Place, values: dict[str, str] | None = None) -> Visitor:
    """The owner sends a form after half an hour in which nothing was heard."""
    who = place.enter(OWNER)
    who.get(PAGE)
    place.later()
    answer = who.post(PAGE, values or TYPED)
    assert answer.headers["location"] == f"/app/login?next={PAGE}"
    return who


def rows(place: Place) -> list[KeptForm]:
    with place.node.reading() as session:
        return list(session.scalars(select(KeptForm)))


def enters(who: Visitor, name: str, then: str = PAGE) -> httpx.Response:
    """Signs in with the same browser, and goes where that leads."""
    who.get(f"/app/login?next={then}")
    return who.follow(who.post("/app/login", {"name": name, "password": PASSWORD, "next": then}))


def shows(answer: httpx.Response) -> bool:
    """Whether the form is filled in; what is kept is never shown in part."""
    found = BACK in answer.text
    assert found is (MAIL in answer.text)
    return found


def keeps(who: Visitor) -> str:
    """The cookie for what is kept, or empty."""
    return "".join(str(each.value) for each in who.cookies.jar if each.name == sessions.KEPT)


def test_the_same_person_finds_what_was_typed_and_nothing_was_done(place: Place) -> None:
    who = cut_off(place)
    assert "what you typed is still there" in unescape(who.get(f"/app/login?next={PAGE}").text)
    answer = enters(who, OWNER)
    assert shows(answer)
    assert '<option value="22" selected>' in answer.text
    assert MAIL not in who.get(PAGE).text


def test_it_is_shown_once_and_then_gone_here_and_in_the_browser(place: Place) -> None:
    who = cut_off(place)
    assert len(rows(place)) == 1
    assert keeps(who)
    assert shows(enters(who, OWNER))
    assert rows(place) == []
    assert not keeps(who)
    assert not shows(who.get(PAGE))


def test_it_can_be_sent_then(place: Place) -> None:
    who, at, values = place.enter(OWNER), "/app/settings", {"language": "en", "large": "yes"}
    who.get(at)
    place.later()
    who.post(at, values)
    page = enters(who, OWNER, at).text
    assert BACK in page
    assert 'class="large"' not in page
    assert 'class="large"' in who.follow(who.post(at, values)).text


def test_another_account_at_the_same_browser_sees_nothing(place: Place) -> None:
    who = cut_off(place)
    assert not shows(enters(who, OTHER))
    assert rows(place) == []
    assert not keeps(who)
    assert not shows(enters(who, OWNER))


def test_another_browser_of_the_same_person_sees_nothing(place: Place) -> None:
    cut_off(place)
    assert not shows(enters(place.stranger(), OWNER))


def test_a_guessed_cookie_opens_nothing(place: Place) -> None:
    cut_off(place)
    who = place.stranger()
    who.cookies.set(sessions.KEPT, "guessed", domain="portal.example")
    assert not shows(enters(who, OWNER))


def test_who_signs_out_leaves_nothing_behind(place: Place) -> None:
    who = cut_off(place)
    enters(who, OWNER, "/app/settings")
    who.post("/app/logout")
    assert not keeps(who)
    assert not shows(enters(who, OWNER))


def test_it_comes_back_on_its_own_page_only(place: Place) -> None:
    who = cut_off(place)
    assert BACK not in enters(who, OWNER, "/app/settings/password").text
    assert shows(who.get(PAGE))


def test_half_an_hour_later_it_is_gone(place: Place) -> None:
    who = cut_off(place)
    place.later(kept.FOR)
    assert not shows(enters(who, OWNER))
    assert rows(place) == []


def test_passwords_and_codes_are_not_kept(place: Place) -> None:
    secrets = {"password": PASSWORD, "code": "123 456", "number": "654321", "digits": "111222"}
    who = cut_off(place, TYPED | secrets)
    at = kept.Place(place.account(OWNER), PAGE)
    with place.node.reading() as session:
        found = kept.back(session, keeps(who), at, now=place.node.clock.now())
    assert found is not None
    assert {name: value for name, (value,) in found.values.items()} == TYPED


def test_every_field_for_a_password_or_a_code_is_known() -> None:
    """Of all templates: a new field of that kind has to be named, else it would be kept."""
    folders = [HERE, *(folder_of(package) for package in packages())]
    texts = [each.read_text() for folder in folders for each in folder.rglob("*.html")]
    secret = r'(?:ui\.)?field\(form, "(\w+)"[^\n]*(?:kind="password"|one-time-code)'
    found = {name for text in texts for name in re.findall(secret, text)}
    assert {"password", "present", "fresh", "again", "code", "digits"} <= found
    assert found <= kept.SECRETS


def test_the_row_tells_neither_what_was_typed_nor_where(place: Place) -> None:
    who = cut_off(place)
    (row,) = rows(place)
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for value in (getattr(row, each.name) for each in KeptForm.__table__.columns)
    )
    assert keeps(who)
    for secret in (MAIL, PAGE, keeps(who)):
        assert secret.encode() not in stored


def test_what_was_altered_is_not_shown(place: Place) -> None:
    who = cut_off(place)
    (row,) = rows(place)
    altered = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    with place.node.sessions() as session, session.begin():
        session.execute(update(KeptForm).values(sealed=altered))
    assert not shows(enters(who, OWNER))


def test_a_row_that_is_written_over_to_another_account_opens_for_nobody(place: Place) -> None:
    who = cut_off(place)
    with place.node.sessions() as session, session.begin():
        session.execute(update(KeptForm).values(account=place.account(OTHER)))
    assert not shows(enters(who, OTHER))


def test_a_form_that_is_not_of_that_session_is_not_kept(place: Place) -> None:
    who = place.enter(OWNER)
    who.get(PAGE)
    place.later()
    for csrf in ("", "guessed", "秘"):
        answer = who.post(PAGE, TYPED | {"csrf": csrf})
        assert answer.headers["location"] == f"/app/login?next={PAGE}"
    assert not keeps(who)
    assert rows(place) == []


def test_the_last_form_of_a_session_is_the_one_that_is_kept(place: Place) -> None:
    who = cut_off(place, {"mail": "first@example.org"})
    who.get("/app/login")
    who.cookies.delete(sessions.KEPT)
    assert len(rows(place)) == 1


def test_whose_session_it_was_is_known_also_when_others_came_meanwhile(place: Place) -> None:
    who = place.enter(OWNER)
    who.get(PAGE)
    place.later()
    place.enter(OTHER)
    who.post(PAGE, TYPED)
    assert shows(enters(who, OWNER))


def test_long_after_the_session_nobody_knows_whose_it_was(place: Place) -> None:
    who = place.enter(OWNER)
    who.get(PAGE)
    place.later(timedelta(hours=3))
    place.enter(OTHER)
    who.post(PAGE, TYPED)
    assert not keeps(who)


def test_after_signing_out_nothing_is_kept(place: Place) -> None:
    who = place.enter(OWNER)
    old = dict(who.cookies)
    who.get(PAGE)
    csrf = who.hidden("csrf")
    who.post("/app/logout")
    for name, value in old.items():
        who.cookies.set(name, value, domain="portal.example")
    who.post(PAGE, TYPED | {"csrf": csrf})
    assert not keeps(who)


def test_too_much_is_not_kept(place: Place) -> None:
    at, now = kept.Place(place.account(OWNER), PAGE), place.node.clock.now()
    for size, is_kept in ((1_000, True), (kept.LARGEST, False)):
        what = kept.Typed({"text": ["t" * size]}, {})
        with place.node.sessions() as session, session.begin():
            assert bool(kept.keep(session, "ab" * 32, at, what, now=now)) is is_kept
    assert len(rows(place)) == 1


def refuse(visit: Visit) -> Page:
    return Page("portal/problem.html", {"problem": ("Refuse", visit.form.typed("reader"))})


def refused(_visit: Visit) -> Redirect:
    return Redirect("/app/settings")


def helped_by(place: Place, folder: Path, acting: list[Acting | None]) -> None:
    """A portal with one page, on which its visitors act for somebody."""
    pages = Pages("identity")
    pages.get("/refuse", Role.PATIENT, acts=("grant",))(refuse)
    pages.post("/refuse", Role.PATIENT, again=refuse, acts=("grant",))(refused)
    portal = Portal(
        place.node,
        folder,
        [accounts.pages, pages],
        application.folders(),
        NodeAccounts(place.node),
        acting=lambda _: acting[0],
        settings=UNLIMITED,
    )
    place.app = new_app("Salus")
    place.app.router.routes.extend(portal.routes())


def acts_for(name: str, *records: str) -> Acting:
    powers = frozenset({"grant"})
    held: dict[str, frozenset[str]] = dict.fromkeys(records, powers)
    return Acting(name, held | {"ef" * 16: frozenset({"read"})}, powers | {"read"})


def test_what_was_typed_for_somebody_else_comes_back_only_while_acting_for_them(
    place: Place, tmp_path: Path
) -> None:
    """Else a delegate would sign for himself what he meant for his mother."""
    mother, father = acts_for("My mother", "ab" * 16), acts_for("My father", "cd" * 16)
    acting: list[Acting | None] = [mother]
    helped_by(place, tmp_path, acting)
    who = place.enter(OWNER)
    who.get("/app/refuse")
    place.later()
    who.post("/app/refuse", {"reader": "Research institute"})
    acting[0] = None
    assert "Research institute" not in enters(who, OWNER, "/app/refuse").text
    acting[0] = father
    assert "Research institute" not in who.get("/app/refuse").text
    acting[0] = mother
    answer = who.get("/app/refuse")
    assert BACK in answer.text
    assert "Research institute" in answer.text


# A PAGE THAT CLOSES ITSELF


def test_a_page_that_nobody_looks_at_hands_over_what_was_typed_and_nothing_is_done(
    place: Place,
) -> None:
    """Its script does that, before it clears itself; whatever the form would do, it does not."""
    who = place.enter(OWNER)
    who.get(PAGE)
    answer = who.post(PAGE, TYPED | {"zone": "UTC", "keep": "yes"})
    assert answer.headers["location"] == f"/app/login?next={PAGE}"
    assert who.get("/app/notices").status_code == 303
    assert shows(enters(who, OWNER))
    assert not shows(who.get(PAGE))


def test_another_site_can_neither_end_a_session_nor_have_anything_kept(place: Place) -> None:
    who = place.enter(OWNER)
    who.get(PAGE)
    assert who.post(PAGE, TYPED | {"keep": "yes", "csrf": "guessed"}).status_code == 403
    who.get(PAGE)
    who.origin = "https://evil.example"
    assert who.post(PAGE, TYPED | {"keep": "yes"}).status_code == 403
    assert who.get("/app/notices").status_code == 200
    assert rows(place) == []


# THE WAY BACK


def test_an_act_whose_page_is_elsewhere_leads_back_to_that_page(place: Place) -> None:
    who = place.enter(OWNER)
    who.get("/app/settings")
    place.later()
    answer = who.post("/app/settings/code", {"password": PASSWORD})
    assert answer.headers["location"] == "/app/login?next=/app/settings"


def test_an_act_without_a_page_leads_to_the_first_one(place: Place) -> None:
    who = place.enter(OWNER)
    who.get("/app/settings")
    place.later()
    answer = who.post("/app/settings/elsewhere")
    assert answer.headers["location"] == "/app/login?next=/app/home"
    assert not keeps(who)


def test_a_session_that_is_over_is_no_other_place_to_sign_out_of(place: Place) -> None:
    place.enter(OWNER)
    place.later()
    here = place.enter(OWNER)
    here.get("/app/settings")
    page = here.follow(here.post("/app/settings/elsewhere"))
    assert "Signed out in 0 other places." in page.text
