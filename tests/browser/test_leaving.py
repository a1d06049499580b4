"""A patient takes a record along, checks it without any network, and has it erased."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Enter
from tests.browser.moved import Moved
from tests.browser.visiting import Guest


def fetch(guest: Guest, selector: str) -> bytes:
    """What a link lets one keep."""
    with guest.page.expect_download() as coming:
        guest.page.locator(selector).first.click()
    return Path(coming.value.path()).read_bytes()


def export(guest: Guest) -> ZipFile:
    guest.open("/app/export")
    guest.press("main form button.main")
    expect(guest.page.locator("#exports h2")).to_have_text("It is ready", timeout=120_000)
    return ZipFile(BytesIO(fetch(guest, "#exports a.main")))


def check(guest: Guest, proof: bytes) -> None:
    file: FilePayload = {"name": "proof.json", "mimeType": "application/json", "buffer": proof}
    guest.page.set_input_files("#proof", files=[file])
    guest.page.click("main form button.main")


def test_a_record_is_taken_along_checked_offline_and_erased(enters: Enter, moved: Moved) -> None:
    """Journey 15."""
    record = moved.patient("Leaver", record=True)
    owner, stranger = enters("Leaver"), enters()
    with export(owner) as file:
        page = file.read(f"{record}/laboratory.html").decode()
        proof = next(file.read(name) for name in file.namelist() if "/proofs/" in name)
    assert "<script" not in page
    stranger.open("/app/verify")
    stranger.page.wait_for_load_state("networkidle")
    stranger.page.context.set_offline(True)
    check(stranger, proof)
    expect(stranger.page.locator("[data-valid]")).to_be_visible()
    check(stranger, changed(proof))
    expect(stranger.page.locator("[data-invalid]")).to_be_visible()
    expect(stranger.page.locator("[data-valid]")).to_be_hidden()
    assert not stranger.strayed

    erase(owner)
    moved.move(hours=25)
    owner = enters("Leaver")
    owner.open("/app/erase")
    owner.sees("All who kept a part of its keys have signed that theirs is gone.")
    receipts = json.loads(fetch(owner, "main a[href$='/proof']"))["receipts"]
    assert len(receipts) > 3
    owner.open("/app/record")
    owner.sees("No records yet")


def changed(proof: bytes) -> bytes:
    """The same with another hospital as its writer."""
    told = json.loads(proof)
    told["source"]["name"] = "another hospital"
    return json.dumps(told).encode()


def erase(owner: Guest) -> None:
    """The whole record: first stopped, then for good."""
    for is_stopped in (True, False):
        owner.open("/app/erase")
        owner.tick(scope="record")
        owner.press("main form:has(input[name=scope]) button.main")
        owner.sees("The whole record", where=".sentence")
        owner.fill(word="ERASE")
        owner.press("main form button.danger")
        owner.sees("until then you can stop it here")
        if is_stopped:
            owner.press("form[action$='/stop'] button")
            owner.sees("Nothing was erased.")
