"""Who may open what: every role at every route, and everybody at what belongs to another."""

import re

import httpx
import pytest

from salus.platform.web.portal import Role
from salus.platform.web.portal.pages import Route
from tests.security.conftest import WHO, Town, filled, routes, template
from tests.support.portal import Visitor

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
ENDING = {"/app/logout", "/app/role", "/app/settings/elsewhere", "/app/login"}
"""After these somebody is no longer who he was; tests of their own try them."""
SHARED = {"/app/market/{number}", "/app/auctions/{number}", "/app/auctions/{number}/buy"} | {
    "/app/clinic/patients/{record}"
}
"""An offer and an auction are there for everybody who may buy; the hospital that wrote a record
knows that it is there, and reads nothing of it without a share."""
PAIRS = [
    ("Patient 1", "Patient 3", Role.PATIENT),
    ("Patient 2", "Patient 1", Role.PATIENT),
    ("Research institute", "Insurer", Role.LICENSEE),
    ("Insurer", "Research institute", Role.LICENSEE),
    ("Clinician", "Physician", Role.CLINICIAN),
]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_own_pages_and_no_others(town: Town, role: Role) -> None:
    who = town.anew(WHO[role])
    wrong = []
    for route in routes():
        answer = _asked(who, route)
        allowed = not route.roles or role in route.roles
        if not allowed and answer.status_code != 403:
            wrong.append(f"{named(route)}: {answer.status_code}")
        if allowed and route.method == "GET" and "{" not in route.path and not _is_let_in(answer):
            wrong.append(f"{named(route)}: {answer.status_code}")
    assert not wrong


def _is_let_in(answer: httpx.Response) -> bool:
    """A page, the way to another one, or 404 where the organization itself lacks something."""
    to = answer.headers.get("location", "")
    return answer.status_code in {200, 404} or (to.startswith("/app/") and "/login" not in to)


def test_a_stranger_is_asked_to_sign_in_wherever_a_role_is_needed(town: Town) -> None:
    who = town.stranger()
    for route in routes():
        if route.path in ENDING:
            continue
        answer = _asked(who, route)
        if route.roles:
            assert answer.status_code == 303, named(route)
            assert answer.headers["location"].startswith("/app/login"), named(route)


def test_every_answer_of_every_route_brings_the_headers(town: Town) -> None:
    for who in (town.stranger(), town.anew("Patient 1")):
        for route in routes():
            headers = _asked(who, route).headers
            assert HEADERS.items() <= dict(headers).items(), named(route)
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
            assert "access-control-allow-origin" not in headers


def _asked(who: Visitor, route: Route) -> httpx.Response:
    if route.method == "GET":
        return who.get(filled(route.path))
    if route.path in ENDING:
        return who.get("/app/verify")
    return who.post(filled(route.path), {"csrf": who.hidden("csrf") or "none"})


@pytest.mark.parametrize(("owner", "other", "role"), PAIRS)
def test_what_belongs_to_another_looks_as_if_it_were_not_there(
    town: Town, owner: str, other: str, role: Role
) -> None:
    theirs, own = town.seen(owner, role), town.seen(other, role)
    who = town.anew(other)
    who.get("/app/settings")
    pages = {each for each in theirs.pages - own.pages if template(each, "GET") not in SHARED}
    acts = {each for each in theirs.acts - own.acts if template(each, "POST") not in SHARED}
    assert pages
    wrong = []
    for path in sorted(pages):
        answer, missing = who.get(path), who.get(filled(template(path, "GET")))
        if answer.status_code not in REFUSED or _bare(answer.text) != _bare(missing.text):
            wrong.append(f"GET {path}: {answer.status_code}")
    for path in sorted(acts):
        who.get("/app/settings")
        answer = who.post(path)
        who.get("/app/settings")
        missing = who.post(filled(template(path, "POST")))
        if answer.status_code not in REFUSED or _bare(answer.text) != _bare(missing.text):
            wrong.append(f"POST {path}: {answer.status_code}")
    assert not wrong


REFUSED = {404, 422}
"""A form may first blame what was typed; it does so alike for a record that does not exist."""


def _bare(page: str) -> str:
    """A page without what differs from one visit to the next."""
    return re.sub(r'(name="(?:csrf|once|next)" value=)"[^"]*"', r"\1", page)
