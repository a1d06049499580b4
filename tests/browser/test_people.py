"""Several people and one record: guardians who get it back, seen and stopped by its owner."""

import re

from playwright.sync_api import expect

from salus.platform.web.portal import Role
from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.visiting import Guest

SIGN = "main form button[name=step][value=sign]"
GUARDIANS = ("Mother", "Brother", "Doctor")
CODE = r"[0-9A-Z-]{44}"


def code_of(guest: Guest) -> str:
    """The code by which others name somebody."""
    guest.open("/app/people")
    return guest.page.locator("main code").filter(has_text=re.compile(CODE)).inner_text()


def name_guardians(owner: Guest, record: str, codes: list[str]) -> None:
    owner.open(f"/app/people/{record}/guardians")
    for seat, (name, code) in enumerate(zip(GUARDIANS, codes, strict=True), 1):
        owner.fill(**{f"name{seat}": name, f"code{seat}": code})
    owner.fill(threshold="2")
    owner.press("main form button.main")
    owner.sees("Mother, Brother, Doctor can help me", "2 of them together", where=".sentence")
    owner.press(SIGN)
    owner.sees("2 of them together are enough")


def ask(guardian: Guest, record: str, code: str) -> None:
    """As one who spoke to the person."""
    guardian.open(f"/app/people/guarding/{record}")
    guardian.fill(code=code)
    guardian.press("main form:has(#code) button.main")
    guardian.sees("You have signed.")


def test_guardians_give_a_record_back_and_its_owner_could_have_stopped_it(
    enters: Enter, moved: Moved
) -> None:
    """Journey 5: the first try is stopped, the second takes 72 hours."""
    record = moved.patient("Owner", record=True)
    for name in (*GUARDIANS, "Owner again"):
        moved.patient(name)
    owner, fresh = enters("Owner"), enters("Owner again", scripts=False)
    guardians = [enters(name) for name in GUARDIANS]
    name_guardians(owner, record, [code_of(each) for each in guardians])
    fresh.open("/app/people/regain")
    fresh.fill(record=record)
    fresh.press("main form button.main")
    code = fresh.page.locator("main code").inner_text()

    ask(guardians[0], record, code)
    owner.open("/app/home")
    owner.sees("Your guardians are giving your record to a new key", "Mother")
    owner.press("main a[href='/app/people']")
    owner.press("form[action$='/recovery/cancel'] button")
    owner.sees("It is stopped. What your guardians signed counts no more.")

    ask(guardians[0], record, code)
    guardians[1].open("/app/approvals")
    guardians[1].sees(code, "1 of 2 have agreed so far.")
    guardians[1].press("form[action*='/recovery/'] button.main")
    guardians[1].sees("the 72 hours begin")
    finish(fresh, record)
    fresh.sees("It cannot be given to you yet.")
    owner.open("/app/home")
    owner.sees("the new key decides and yours no more")

    moved.move(hours=73)
    fresh = enters("Owner again", scripts=False)
    finish(fresh, record)
    fresh.sees("The record is yours again.")
    expect(fresh.page.locator("ol.timeline > li").first).to_be_visible()
    owner = enters("Owner")
    assert owner.open(f"/app/people/{record}/guardians") == 404


def finish(fresh: Guest, record: str) -> None:
    fresh.open("/app/people/regain")
    fresh.fill(record=record)
    fresh.press("main form button[formaction$='/finish']")


def rule(owner: Guest, record: str, codes: list[str], *, each: str = "") -> None:
    """The laboratory values open with two of three: the patient, the mother, the brother.

    `each` is "yes" where they sign each use as well.
    """
    owner.open("/app/rules")
    owner.press(f"main a[href='/app/rules/{record}/new']")
    owner.tick(sections="laboratory")
    owner.fill(name1="Mother", code1=codes[0], name2="Brother", code2=codes[1], threshold="2")
    owner.tick(each=each)
    owner.press("main form button.main")
    anew = ", each time anew" if each else ""
    owner.sees(f"only when 2 of these have signed{anew}: I, Mother, Brother.", where=".sentence")
    owner.press(SIGN)
    owner.sees("2 of these must sign: You, Mother, Brother.")


def share(owner: Guest, until: str) -> None:
    owner.open("/app/share")
    owner.tick(sections="laboratory")
    owner.fill(reader="clinic", purpose="TREAT", until=until)
    owner.press("main form button.main")
    owner.sees("It begins when 2 of these have signed")
    owner.press(SIGN)
    owner.sees("It begins when the others have agreed.")


def agree(mother: Guest) -> None:
    """To the share that waits for her."""
    mother.open("/app/home")
    mother.press("main a[href='/app/approvals']")
    mother.press("main a[href^='/app/approvals/']")
    mother.sees("I allow clinic to read Laboratory", where=".sentence")
    mother.press("main form button.main")
    mother.sees("it is in force")


def test_a_part_under_a_rule_opens_when_two_of_three_have_signed(
    enters: Enter, moved: Moved
) -> None:
    """Journey 3, and the end of the rule by two of three."""
    record = moved.patient("Careful", record=True)
    for name in ("Her mother", "Her brother"):
        moved.patient(name)
    moved.staff("Reader", "clinic", Role.CLINICIAN)
    owner, reader = enters("Careful"), enters("Reader")
    mother, brother = enters("Her mother", scripts=False), enters("Her brother")
    rule(owner, record, [code_of(mother), code_of(brother)])
    share(owner, moved.day(7))
    part = f"/app/clinic/patients/{record}/part/laboratory"
    assert reader.open(part) == 404
    agree(mother)
    moved.beat()
    assert reader.open(part) == 200

    owner.open("/app/rules")
    owner.press("main a[href$='/free']")
    owner.press(SIGN)
    owner.sees("It waits for others still.", "2 of these must sign")
    brother.open("/app/rules")
    brother.press("main a[href^='/app/rules/helping/']")
    brother.press(SIGN)
    brother.sees("The rule has ended.")
    owner.open("/app/rules")
    owner.sees("No part of your record is under a rule.")


def sign_read(guest: Guest) -> None:
    """What a reader asks for waits on the first page."""
    guest.open("/app/home")
    guest.press("main a[href='/app/reads']")
    guest.press("main a[href^='/app/reads/']")
    guest.sees("clinic may open Laboratory of the record", "once", where=".sentence")
    guest.press("main form button.main")


def test_a_part_asks_for_signatures_each_time_that_it_is_opened(
    enters: Enter, moved: Moved
) -> None:
    """Journey 3, each use: one of two signs without scripts, and the patient ends it at last."""
    record = moved.patient("Cautious", record=True)
    for name in ("His mother", "His brother"):
        moved.patient(name)
    moved.staff("Asking doctor", "clinic", Role.CLINICIAN)
    owner, reader = enters("Cautious"), enters("Asking doctor")
    mother, brother = enters("His mother", scripts=False), enters("His brother")
    rule(owner, record, [code_of(mother), code_of(brother)], each="yes")
    owner.sees("They sign each time that somebody opens it.")
    share(owner, moved.day(7))
    agree(mother)
    moved.beat()

    reader.open(f"/app/clinic/patients/{record}")
    reader.sees("Others must sign each time that this part is opened.")
    assert reader.page.locator("main table").count() == 0
    reader.press("form[action$='/reads'] button.main")
    reader.sees("0 of 2 have signed so far.")
    sign_read(brother)
    brother.sees("It waits for others still.")
    reader.sees("Something has changed.")
    sign_read(mother)
    mother.sees("enough have")
    reader.press("main a:has-text('Look at it now')")
    reader.press("main form button.main")
    reader.sees("Opened once, with the signatures of others.")
    expect(reader.page.locator("main table").first).to_be_visible()

    owner.open("/app/shares")
    owner.press("form[action$='/end'] button")
    moved.beat()
    reader.sees("No longer shown")
    assert reader.page.locator("main table").count() == 0
