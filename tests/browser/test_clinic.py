"""Care between two houses, and an emergency, with all who take part at browsers of their own."""

import re

import pytest
from playwright.sync_api import expect

from salus.platform.web.portal import Role
from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.visiting import Guest

SIGN = "main form button[name=step][value=sign]"
WORK, GLASS, REVIEWS = (
    "/app/clinic/referrals",
    "/app/clinic/break-glass",
    "/app/privacy/emergencies",
)


@pytest.fixture(scope="module")
def record(moved: Moved) -> str:
    """Of somebody who is a patient of both houses."""
    moved.staff("Family doctor", "hospital", Role.CLINICIAN)
    moved.staff("Specialist", "clinic", Role.CLINICIAN)
    moved.staff("Medic", "medic1", Role.CLINICIAN)
    moved.staff("Colleague", "medic2", Role.CLINICIAN)
    moved.staff("Officer", "privacy", Role.PRIVACY)
    return moved.patient("Patient", record=True)


def refer(doctor: Guest, moved: Moved, record: str, reason: str) -> str:
    """The path of a referral to the clinic."""
    doctor.open(f"{WORK}/new")
    doctor.fill(record=record, to="clinic", reason=reason, deadline=moved.day(10))
    doctor.tick(sections="laboratory")
    doctor.press("main form button.main")
    link = doctor.page.locator(f"main a:has-text('{reason}')")
    return str(link.get_attribute("href"))


def test_a_referral_goes_up_and_its_summary_comes_down(
    enters: Enter, moved: Moved, record: str
) -> None:
    """Journey 7: up, accept, down, close."""
    doctor, specialist, owner = enters("Family doctor"), enters("Specialist"), enters("Patient")
    way = refer(doctor, moved, record, "High blood sugar")
    care = way.replace("/app/clinic/referrals", "/app/care")
    owner.open("/app/care")
    owner.press(f"main a[href='{care}/agree']")
    owner.fill(until=moved.day(30))
    owner.press("main form button.main")
    owner.sees("I allow clinic to read Laboratory", where=".sentence")
    owner.press(SIGN)
    owner.sees("you have agreed")

    assert specialist.open(f"/app/clinic/patients/{record}/part/laboratory") == 404
    specialist.open(way)
    specialist.press(f"form[action='{way}/accept'] button.main")
    specialist.sees("accepted")
    moved.beat()
    assert specialist.open(f"/app/clinic/patients/{record}/part/laboratory") == 200
    specialist.open(way)
    specialist.fill(title="Diabetes", text="Insulin & diet\nCome again")
    specialist.press(f"main button[formaction='{way}/down']")
    owner.open("/app/care")
    owner.page.click("main summary:has-text('Read the summary: Diabetes')")
    owner.sees("Insulin & diet")
    doctor.open(way)
    doctor.sees("Diabetes")
    doctor.press(f"main button[formaction='{way}/close']")
    doctor.sees("Closed.")


def test_a_referral_is_sent_back_and_says_why(enters: Enter, moved: Moved, record: str) -> None:
    """Journey 7: return, without scripts."""
    doctor, specialist = enters("Family doctor", scripts=False), enters("Specialist", scripts=False)
    way = refer(doctor, moved, record, "A cough")
    specialist.open(way)
    specialist.press(f"main button[formaction='{way}/return']")
    specialist.sees("Please fill this in.")
    specialist.fill(reason="Not my field")
    specialist.press(f"main button[formaction='{way}/return']")
    owner = enters("Patient", scripts=False)
    owner.open("/app/care")
    owner.sees("It came back: Not my field")
    agree = way.replace("/app/clinic/referrals", "/app/care") + "/agree"
    assert owner.page.locator(f"main a[href='{agree}']").count() == 0
    doctor.open(way)
    doctor.sees("Not my field")


def break_glass(medic: Guest, record: str) -> None:
    medic.open(GLASS)
    medic.fill(record=record[:12], reason="UNCONSCIOUS")
    medic.press("main form button.main")
    medic.sees("without consent", where=".sentence")
    medic.press(SIGN)


def test_an_emergency_is_opened_widened_told_and_reviewed(
    enters: Enter, moved: Moved, record: str
) -> None:
    """Journey 6."""
    medic, colleague, owner = enters("Medic"), enters("Colleague"), enters("Patient")
    break_glass(medic, record)
    medic.sees("Emergency summary", "Allergy")
    assert "Laboratory" not in medic.text()
    place = re.sub(r"^https?://[^/]+", "", medic.page.url)
    owner.open("/app/home")
    owner.sees("Your record is open in an emergency", "medic1")

    colleague.open(place)
    colleague.sees("I agree that medic1 opens the whole record", where=".sentence")
    assert colleague.page.locator("main table").count() == 0
    colleague.press("form[action$='/widen'] button")
    colleague.sees("Your colleague can read it now.")
    medic.open(place)
    medic.sees("Laboratory")

    owner.open("/app/emergency")
    owner.sees("medic1", "The person cannot answer.")
    owner.press("form[action$='/close'] button")
    owner.sees("It is over")
    medic.open(place)
    assert "Laboratory" not in medic.text()
    review(enters("Officer"), owner)


def review(office: Guest, owner: Guest) -> None:
    office.open(REVIEWS)
    office.press(f"main a[href^='{REVIEWS}/']")
    office.tick(verdict="JUSTIFIED")
    office.press("main form button.main")
    office.sees("Please fill this in.")
    assert office.page.is_checked("input[value=JUSTIFIED]")
    office.fill(finding="Cardiac arrest")
    office.press("main form button.main")
    office.sees("There is nothing to review.")
    owner.open("/app/emergency")
    owner.sees("It was justified. Cardiac arrest")


def test_who_forbids_emergencies_is_not_opened(enters: Enter, record: str) -> None:
    """Journey 6: Forbid. The last of this file."""
    owner, medic = enters("Patient"), enters("Medic")
    owner.open(f"/app/emergency/{record}/policy")
    owner.tick(policy="forbid")
    owner.press("main form button.main")
    owner.sees("your life depends on it")
    owner.press(SIGN)
    owner.sees("Carry a card.")
    break_glass(medic, record)
    expect(medic.page.locator("main [role=alert], main h1").first).to_be_visible()
    assert "Allergy" not in medic.text()
    owner.open("/app/emergency")
    assert owner.page.locator("form[action$='/close']").count() == 0
