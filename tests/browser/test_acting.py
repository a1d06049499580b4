"""Somebody acts for a patient at browsers of both, in two languages, until the patient ends it."""

import re

from playwright.sync_api import expect

from salus.platform.i18n import speaking, translate
from salus.platform.web.portal import Role
from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.test_people import SIGN, code_of
from tests.browser.visiting import Guest

GRANDMOTHER = "My grandmother"


def appoint(owner: Guest, record: str, code: str, until: str) -> None:
    """The grandson may read and share."""
    owner.open(f"/app/people/{record}/appoint")
    owner.fill(name="Grandson", code=code, until=until)
    owner.tick(powers="read grant")
    owner.press("main form button.main")
    owner.sees("Grandson", "share my record with others", where=".sentence")
    owner.press(SIGN)
    owner.sees("Grandson")


def begin(helper: Guest, record: str) -> None:
    """He chooses for whom he is there."""
    helper.open("/app/people")
    helper.press(f"main a[href='/app/people/acting/{record}']")
    helper.fill(name=GRANDMOTHER)
    helper.press("main form button.main")


def banner(language: str) -> str:
    with speaking(language):
        return translate("You act for {name}.", name=GRANDMOTHER)


def share(helper: Guest, until: str) -> None:
    """The laboratory with the clinic, in her name."""
    helper.open("/app/share")
    helper.sees(banner("en"), where="body")
    helper.tick(sections="laboratory")
    helper.fill(reader="clinic", purpose="TREAT", until=until)
    helper.press("main form button.main")
    helper.sees("I allow clinic to read Laboratory", where=".sentence")
    helper.press(SIGN)


def sees_nothing_any_more(guest: Guest, record: str, language: str) -> None:
    guest.open("/app/record")
    assert banner(language) not in guest.page.inner_text("body")
    assert guest.page.locator("ol.timeline > li").count() == 0
    assert guest.open(f"/app/record/{record}/laboratory") == 404


def test_a_grandson_shares_for_his_grandmother_until_she_ends_it(
    enters: Enter, moved: Moved
) -> None:
    record = moved.patient("Grandmother", record=True)
    moved.patient("Grandson")
    moved.staff("House doctor", "clinic", Role.CLINICIAN)
    owner, doctor = enters("Grandmother"), enters("House doctor")
    helper, chinese = enters("Grandson"), enters("Grandson", language="zh-Hans", scripts=False)
    appoint(owner, record, code_of(helper), moved.day(30))
    part = f"/app/clinic/patients/{record}/part/laboratory"
    assert doctor.open(part) == 404
    begin(helper, record)
    begin(chinese, record)
    helper.sees(banner("en"), where="body")
    chinese.sees(banner("zh-Hans"), where="body")
    assert banner("en") != banner("zh-Hans")
    assert helper.open("/app/erase") == 404

    share(helper, moved.day(7))
    moved.beat()
    assert doctor.open(part) == 200

    owner.open("/app/notices")
    owner.sees("Somebody who acts for you has signed something.")
    owner.open("/app/people")
    owner.sees("Shared something.")
    expect(owner.page.locator("main table").filter(has_text="Grandson")).to_be_visible()
    assert chinese.open(f"/app/record/{record}/laboratory") == 200

    owner.press("form[action$='/dismiss'] button")
    owner.sees("Nobody acts for you.")
    sees_nothing_any_more(helper, record, "en")
    sees_nothing_any_more(chinese, record, "zh-Hans")
    helper.open("/app/people")
    assert helper.page.locator(f"a[href='/app/people/acting/{record}']").count() == 0
    assert doctor.open(part) == 200, "what was shared meanwhile is hers to end"
    assert not re.search(record, helper.text())
