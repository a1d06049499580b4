"""Every screen of every role, in both languages, in light and dark, on a desk and a phone."""

import pytest
from playwright.sync_api import expect

from salus.platform.web.portal import Role
from tests.browser.conftest import Enter
from tests.browser.visiting import Guest, routes_of, screens

WHO = {
    Role.PATIENT: "Patient 1",
    Role.CLINICIAN: "Clinician",
    Role.DESK: "Front desk",
    Role.PRIVACY: "Privacy officer",
    Role.ADMINISTRATOR: "Administrator of the clinic",
    Role.LICENSEE: "Research institute",
    Role.LENDER: "Lender",
    Role.REGULATOR: "Regulator",
    Role.OPERATOR: "Operator",
}
LANGUAGES = ("en", "zh-Hans")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(Role))
def test_nothing_is_wrong_on_any_screen(visit: Enter, role: Role, language: str) -> None:
    guest = visit(WHO[role], language=language, dark=language != "en")
    found: list[str] = []
    opened = 0
    for path in screens(guest, role):
        opened += 1
        found += [f"{path}: {each}" for each in _wrong(guest, language)]
    assert not found, "\n".join(found)
    assert opened >= 3
    assert not guest.strayed
    assert not guest.wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wrong_on_the_screens_of_a_stranger(visit: Enter, language: str) -> None:
    guest = visit(language=language)
    found: list[str] = []
    for route in routes_of(None):
        guest.open(route.path)
        found += [f"{route.path}: {each}" for each in _wrong(guest, language)]
    assert not found, "\n".join(found)
    assert not guest.strayed


def _wrong(guest: Guest, language: str) -> list[str]:
    found = guest.faults()
    if guest.too_wide():
        found.append("wider than 320 px")
    if guest.page.get_attribute("html", "lang") != language:
        found.append("in another language")
    if guest.page.locator("h1").count() != 1:
        found.append("not exactly one heading")
    if guest.page.locator("[style], style, script:not([src])").count():
        found.append("a style or script stands in the page")
    return found


def test_every_place_of_the_list_on_the_left_opens(visit: Enter) -> None:
    guest = visit("Patient 1")
    guest.open("/app/home")
    places = guest.page.eval_on_selector_all("#nav a", "all => all.map(each => each.pathname)")
    assert 4 <= len(places) <= 9
    for place in places:
        assert guest.open(place) == 200
        assert guest.page.locator("#nav a[aria-current=page]").count() == 1


def test_the_first_page_is_small_and_brings_little_script(visit: Enter) -> None:
    guest = visit()
    sizes: dict[str, int] = {}

    def answered(answer: object) -> None:
        size = answer.request.sizes()  # type: ignore[attr-defined]
        sizes[answer.url] = size["responseBodySize"] + size["responseHeadersSize"]  # type: ignore[attr-defined]

    guest.page.on("requestfinished", lambda asked: answered(asked.response()))
    guest.open("/app/login")
    guest.page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) < 100_000
    assert sum(size for url, size in sizes.items() if url.endswith(".js")) < 30_000


@pytest.mark.parametrize("path", ["/app/home", "/app/record", "/app/shares"])
def test_large_text_needs_no_sideways_scrolling(visit: Enter, path: str) -> None:
    guest = visit("Patient 3")
    guest.open("/app/settings")
    guest.page.check("input[name=large]")
    guest.page.click("main form:has(input[name=large]) button")
    expect(guest.page.locator("main")).to_contain_text("Saved.")
    guest.open(path)
    assert guest.page.locator("html.large").count() == 1
    assert not guest.too_wide()
    assert not guest.faults()
