"""What people do at the portal, from the first page to the last, in browsers."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from salus.platform.web.portal import sessions
from tests.browser.conftest import Enter, Shown
from tests.browser.visiting import Guest

expect.set_options(timeout=30_000)
PASSWORD = "correct horse battery staple"


def soon(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def press(guest: Guest, selector: str) -> None:
    """A button, and wait for the answer that it leads to, also where htmx fetches it."""
    with guest.page.expect_response(lambda answer: answer.status != 303):
        guest.page.locator(selector).first.click()
    guest.page.wait_for_load_state("load")


@pytest.mark.parametrize(("language", "scripts"), [("en", False), ("zh-Hans", True)])
def test_somebody_joins_and_sees_a_record(
    visit: Enter, shown: Shown, language: str, *, scripts: bool
) -> None:
    """Journey 1. Without scripts once: joining and reading need none."""
    record, code = shown.invited.pop()
    guest = visit(language=language, scripts=scripts)
    guest.open("/app/join")
    guest.page.fill("#name", f"Newcomer {language}")
    guest.page.fill("#password", PASSWORD)
    guest.page.fill("#again", PASSWORD)
    press(guest, "main form button")
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", guest.text())
    guest.open("/app/invitation")
    guest.page.fill("#code", code)
    press(guest, "main form button")
    guest.open("/app/record")
    expect(guest.page.locator("ol.timeline > li").first).to_be_visible()
    guest.open(f"/app/record/{record}/laboratory")
    press(guest, "main a[href^='?what=']")
    expect(guest.page.locator("svg.chart[role=img]").first).to_be_visible()
    expect(guest.page.locator("main table").first).to_be_attached()
    guest.page.emulate_media(media="print")
    expect(guest.page.locator("#nav")).to_be_hidden()
    expect(guest.page.locator("header.top")).to_be_hidden()


def test_the_page_of_the_clinician_empties_when_the_patient_ends_the_share(
    visit: Enter, shown: Shown
) -> None:
    """Journey 2, in two browsers."""
    owner, reader = visit("Patient 2"), visit("Clinician")
    record = shown.accounts["Patient 2"].record
    assert reader.open(f"/app/clinic/patients/{record}") == 200
    expect(reader.page.locator("#shared table").first).to_be_visible()
    owner.open("/app/shares")
    press(owner, "form[action$='/end'] button")
    expect(reader.page.locator("#shared table")).to_have_count(0, timeout=90_000)
    expect(reader.page.locator("#shared [role=alert]")).to_be_visible()
    assert reader.open(f"/app/clinic/patients/{record}") == 404
    owner.open("/app/looks")
    expect(owner.page.locator("main")).to_contain_text("clinic")


def test_a_share_is_signed_as_it_was_shown_by_keyboard_alone(visit: Enter, shown: Shown) -> None:
    """Journeys 2 and 18: no mouse."""
    guest = visit("Patient 4")
    guest.open("/app/share")
    for selector in ("#reader", "#purpose"):
        guest.page.focus(selector)
    guest.page.select_option("#reader", "clinic")
    guest.page.select_option("#purpose", "TREAT")
    guest.page.focus("input[name=sections][value=laboratory]")
    guest.page.keyboard.press("Space")
    guest.page.fill("#until", soon(7))
    guest.page.focus("main form button.main")
    guest.page.keyboard.press("Enter")
    said = guest.page.locator(".sentence")
    expect(said).to_contain_text("I allow clinic to read Laboratory")
    guest.page.focus("main form button.main")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator("h1")).to_have_text("Who may read")
    expect(guest.page.locator("main")).to_contain_text("Laboratory")
    assert "clinic" in guest.text()
    assert guest.wrong == []


def test_a_refusal_beats_a_broad_share_and_is_named(visit: Enter) -> None:
    """Journey 4, without scripts."""
    guest = visit("Patient 3", scripts=False)
    guest.open("/app/refuse")
    guest.page.select_option("#reader", "clinic")
    guest.page.check("input[name=sections][value=vital-signs]")
    guest.page.select_option("#purpose", "TREAT")
    guest.page.fill("#until", soon(30))
    press(guest, "main form button.main")
    expect(guest.page.locator(".sentence")).to_contain_text("refuse")
    press(guest, "main form button.main")
    guest.open("/app/explain")
    guest.page.select_option("#reader", "clinic")
    guest.page.select_option("#section", "vital-signs")
    guest.page.select_option("#purpose", "TREAT")
    press(guest, "main form button.main")
    expect(guest.page.locator("main table")).to_contain_text("may not read")
    expect(guest.page.locator("main table")).to_contain_text("refuse")


def test_the_lender_watches_a_loan_being_repaid(visit: Enter) -> None:
    """Journeys 10 and 11."""
    owner, lender = visit("Patient 1"), visit("Lender")
    owner.open("/app/earn")
    expect(owner.page.locator("svg.chart").first).to_be_visible()
    lender.open("/app/lending/loans/1")
    before = lender.text()
    owner.open("/app/loans/1")
    owner.page.fill("#amount", "25")
    press(owner, "form[action$='/repay'] button.main")
    expect(owner.page.locator(".sentence").first).to_be_visible()
    press(owner, "form[action$='/repay'] button.main")
    lender.open("/app/lending/loans/1")
    assert lender.text() != before


def test_withheld_and_absent_are_one_and_the_same_page(visit: Enter, shown: Shown) -> None:
    """Journey 16."""
    reader = visit("Clinician")
    withheld = shown.accounts["Patient 5"].record
    for path in ("", "/part/laboratory"):
        assert reader.open(f"/app/clinic/patients/{withheld}{path}") == 404
        seen = reader.page.inner_text("body")
        assert reader.open(f"/app/clinic/patients/{'0' * len(withheld)}{path}") == 404
        assert reader.page.inner_text("body") == seen


def test_back_after_an_act_shows_nothing_that_acts_again(visit: Enter) -> None:
    """Journey 17: the page in the history is asked for anew."""
    guest = visit("Patient 6")
    guest.open("/app/settings")
    press(guest, "form[action='/app/logout'] button")
    guest.page.go_back()
    expect(guest.page.locator("#password")).to_be_visible()
    assert "/app/login" in guest.page.url
    assert guest.page.locator("form[action='/app/logout']").count() == 0


def test_a_session_that_is_gone_leads_to_the_sign_in_and_back(visit: Enter, shown: Shown) -> None:
    guest = visit("Patient 6")
    guest.open("/app/refusals")
    guest.page.context.clear_cookies(name=sessions.COOKIE)
    guest.open("/app/shares")
    assert guest.page.url.endswith("/app/login?next=/app/shares")
    account = shown.accounts["Patient 6"]
    guest.page.fill("#name", account.name)
    guest.page.fill("#password", account.password)
    press(guest, "main form button")
    guest.page.wait_for_url("**/app/shares")


def test_a_script_in_an_address_does_not_run(visit: Enter) -> None:
    guest = visit("Patient 6")
    guest.open("/app/record?section=%3Cscript%3Edocument.title%3D1%3C/script%3E&from=%22onload=")
    assert guest.page.title() != "1"
    assert not guest.wrong
