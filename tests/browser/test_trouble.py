"""What goes wrong while people are at it: two tabs, a silent ledger, missing keepers, odd files."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from salus.platform.web.portal import Role
from salus.rights.custody.household import announce_peer, custody_of
from salus.surfaces.demo.patients import patient
from tests.browser.conftest import Enter
from tests.browser.moved import PASSWORD, Moved
from tests.browser.visiting import Guest

SIGN = "main form button[name=step][value=sign]"
SHOWN = "main form button.main"
NOBODY = "http://127.0.0.1:9"  # the port at which nothing may answer


@pytest.fixture(scope="module")
def record(moved: Moved) -> str:
    moved.staff("Writer", "hospital", Role.CLINICIAN)
    return moved.patient("Patient", record=True)


def refuse(guest: Guest, moved: Moved) -> None:
    """To the sentence that is signed."""
    guest.open("/app/refuse")
    guest.fill(reader="research", purpose="HRESCH", until=moved.day(30))
    guest.press(SHOWN)
    guest.sees("I refuse", where=".sentence")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_button_that_is_pressed_twice_does_one_thing(
    enters: Enter, moved: Moved, record: str, *, scripts: bool
) -> None:
    guest = enters("Patient", scripts=scripts)
    guest.open("/app/refusals")
    before = guest.page.locator("main section.card").count()
    refuse(guest, moved)
    guest.page.dblclick(SIGN)
    guest.page.wait_for_url("**/app/refusals")
    guest.open("/app/refusals")
    assert guest.page.locator("main section.card").count() == before + 1


def test_what_was_ended_in_another_tab_is_not_ended_twice(
    enters: Enter, moved: Moved, record: str
) -> None:
    """E3, by one person at two tabs."""
    guest = enters("Patient")
    refuse(guest, moved)
    guest.press(SIGN)
    other = Guest(guest.page.context.new_page(), guest.url)
    for tab in (guest, other):
        tab.open("/app/refusals")
    count = guest.page.locator("main section.card").count()
    guest.press("form[action$='/lift'] button")
    guest.sees("The refusal is lifted.")
    other.page.locator("form[action$='/lift'] button").first.click()
    expect(other.page.locator("h1")).not_to_have_text("What I refuse")
    other.open("/app/refusals")
    assert other.page.locator("main section.card").count() == count - 1


def test_while_the_ledger_is_silent_nothing_is_signed_and_nothing_typed_is_lost(
    enters: Enter, moved: Moved, record: str
) -> None:
    """E4."""
    guest = enters("Patient")
    guest.open("/app/refuse")
    guest.fill(reader="clinic", until=moved.day(44))
    moved.behind = 5
    try:
        guest.press(SHOWN)
        guest.sees("The ledger has not answered for 5 minutes", where="main [role=alert]")
        assert guest.page.input_value("#until") == moved.day(44)
        assert guest.page.input_value("#reader") == "clinic"
        guest.open("/app/record")
        guest.sees("nothing can be signed now", where="main [role=status]")
        expect(guest.page.locator("ol.timeline > li").first).to_be_visible()
    finally:
        moved.behind = 0
    guest.open("/app/refuse")
    guest.fill(reader="clinic", until=moved.day(44))
    guest.press(SHOWN)
    guest.sees("I refuse", where=".sentence")


@pytest.mark.parametrize("scripts", [True, False])
def test_while_the_ledger_is_silent_a_button_that_signs_does_nothing_and_says_why(
    enters: Enter, moved: Moved, record: str, *, scripts: bool
) -> None:
    guest = enters("Patient", scripts=scripts)
    moved.behind = 7
    try:
        guest.open("/app/refuse")
        button = guest.page.get_by_role("button", name="Show me what I would sign")
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_accessible_description(re.compile("not answered for 7 minutes"))
        button.focus()
        expect(button).to_be_focused()
        guest.fill(reader="clinic", until=moved.day(44))
        button.click(force=True)
        guest.page.keyboard.press("Enter")
        assert guest.heading() == "Refuse something"
        assert guest.page.input_value("#until") == moved.day(44)
        assert not scripts or guest.faults() == []
    finally:
        moved.behind = 0
    guest.open("/app/refuse")
    expect(button).not_to_have_attribute("aria-disabled", "true")


# SIGNED OUT IN MID-FORM


def comes_back(guest: Guest, name: str = "Patient") -> None:
    """Signs in where the portal has led to."""
    guest.sees("what you typed is still there", where="main [role=status]")
    guest.page.fill("#name", name)
    guest.page.fill("#password", PASSWORD)
    guest.page.click("main form button.main")
    guest.page.wait_for_url("**/app/refuse")


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_typed_when_the_session_was_over_is_there_after_the_sign_in(
    enters: Enter, moved: Moved, record: str, *, scripts: bool
) -> None:
    guest = enters("Patient", scripts=scripts)
    guest.open("/app/refuse")
    until = moved.day(55)
    guest.fill(reader="research", purpose="HRESCH", until=until)
    moved.move(minutes=31)
    guest.press(SHOWN)
    comes_back(guest)
    guest.sees("You were signed out; nothing was sent.", where="main [role=alert]")
    assert guest.page.input_value("#until") == until
    assert guest.page.input_value("#reader") == "research"
    guest.press(SHOWN)
    guest.sees("I refuse", where=".sentence")


def test_what_was_being_typed_when_the_page_closed_itself_is_there_too(
    enters: Enter, moved: Moved, record: str
) -> None:
    guest = enters("Patient")
    guest.page.clock.install()
    guest.open("/app/refuse")
    until = moved.day(66)
    guest.fill(reader="research", until=until)
    guest.page.clock.fast_forward(31 * 60_000)
    guest.page.wait_for_url("**/app/login?next=/app/refuse")
    guest.page.clock.resume()
    comes_back(guest)
    assert guest.page.input_value("#until") == until
    guest.open("/app/refuse")
    assert guest.page.input_value("#until") != until


def test_with_too_few_keepers_nothing_is_shown_and_it_is_said_who_is_missing(
    enters: Enter, moved: Moved, record: str
) -> None:
    """E6."""
    moved.patient("Newcomer", record=True)
    guest, names = enters("Newcomer", scripts=False), custody_of(moved.home).custodians
    for name in names[:-1]:
        announce_peer(moved.home, name, NOBODY)
    assert guest.open("/app/record") == 503
    guest.sees("key holders needed have answered; missing", names[0])
    assert guest.page.locator("ol.timeline").count() == 0
    for name in names:
        announce_peer(moved.home, name, None)
    assert guest.open("/app/record") == 200
    expect(guest.page.locator("ol.timeline > li").first).to_be_visible()


# FILES


def hand_in(writer: Guest, record: str, *files: FilePayload | Path) -> None:
    writer.open(f"/app/clinic/patients/{record}/add")
    writer.page.set_input_files("#file", files=list(files))  # type: ignore[arg-type]
    writer.press(SHOWN)


def payload(content: bytes) -> FilePayload:
    return {"name": "record.json", "mimeType": "application/json", "buffer": content}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (patient(99, resources=40), "This file is about another patient."),
        (bytes(range(256)) * 64, "The text is not UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"", "Please choose a file."),
        (b" " * 26_000_000, "The file may have 25 MB at most."),
    ],
    ids=["of another patient", "binary", "deep", "empty", "large"],
)
def test_a_file_that_does_not_belong_there_is_refused_whole(
    enters: Enter, moved: Moved, record: str, content: bytes, said: str
) -> None:
    writer, before = enters("Writer"), moved.root(record)
    hand_in(writer, record, payload(content))
    writer.sees(said, where="main [role=alert], main .fault")
    assert writer.heading() == "Add a file"
    assert moved.root(record) == before


def test_a_message_beyond_every_limit_is_answered_by_a_page(
    enters: Enter, moved: Moved, record: str, tmp_path: Path
) -> None:
    before = moved.root(record)
    file, writer = tmp_path / "huge.json", enters("Writer", scripts=False)
    file.write_bytes(b" " * (34 * 2**20))
    hand_in(writer, record, file)
    assert "The message has more than" in writer.heading()
    assert moved.root(record) == before
