"""Pictures of every screen: light and dark, on a desk and a phone, as printed, and in Chinese.

`make screenshots` serves a portal of made-up people and writes into `build/screenshots`, a folder
for each kind and a file for each page. Nobody's data is in them.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from salus.platform.web.portal import Role
from salus.surfaces.server.seed.living import HOME, Account, seeded
from tests.browser.visiting import NARROW, Guest, enter, routes_of, screens
from tests.support.authenticators import digits
from tools.browser import OPTIONS, chromium

ROOT = Path(__file__).parents[1]
OUT, SEEDED = ROOT / "build" / "screenshots", ROOT / "build" / "portal"
PROGRAM = "from salus.surfaces.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Kind:
    """How pictures are taken."""

    name: str
    language: str = "en"
    is_dark: bool = False
    is_phone: bool = False
    is_printed: bool = False


KINDS = (
    Kind("light"),
    Kind("dark", is_dark=True),
    Kind("phone", is_phone=True),
    Kind("printed", is_printed=True),
    Kind("chinese", language="zh-Hans"),
)


def main() -> int:
    accounts = seeded(SEEDED)
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        for role in Role:
            account = next(each for each in accounts if each.roles[0] == role)
            for place in _places(browser, url, account, role):
                _take(browser, url, account, place)
        browser.close()
    print(f"{len(list(OUT.rglob('*.png')))} pictures in {OUT.relative_to(ROOT)}")
    return 0


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-c", PROGRAM, "serve", "--home", str(SEEDED / HOME), "--port", "0"]
    often = {f"SALUS_PORTAL_{name}": "0" for name in ("SIGN_INS", "SIGN_INS_OF_A_NAME", "PAGES")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | often
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://localhost:\d+", process.stdout.readline())
            assert found is not None, "the portal did not start"
            yield found[0]
        finally:
            process.terminate()


@dataclass(slots=True)
class _Place:
    """What is pictured: pages of one role."""

    role: str
    paths: list[str]


def _places(browser: Browser, url: str, account: Account, role: Role) -> Iterator[_Place]:
    guest = _enter(browser, url, account, KINDS[0])
    yield _Place(str(role), list(screens(guest, role)))
    guest.page.context.close()
    if role is Role.PATIENT:
        yield _Place("everybody", [route.path for route in routes_of(None)])


def _take(browser: Browser, url: str, account: Account, place: _Place) -> None:
    for kind in KINDS:
        guest = _enter(browser, url, account if place.role != "everybody" else None, kind)
        for path in place.paths:
            guest.open(path)
            file = OUT / kind.name / f"{place.role}{_named(path)}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            guest.page.screenshot(path=file, full_page=True)
        guest.page.context.close()


def _named(path: str) -> str:
    """Of a file; handles are left out, so that the same page has the same name each time."""
    parts = path.removeprefix("/app").split("/")
    kept = [part for part in parts if not re.fullmatch(r"(0x)?[0-9a-f-]{16,}|\d+", part)]
    return "-".join(kept)


def _enter(browser: Browser, url: str, account: Account | None, kind: Kind) -> Guest:
    guest = enter(browser, url, language=kind.language, dark=kind.is_dark)
    if kind.is_phone:
        guest.page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    if account is not None:
        shown = ""
        if account.secret:
            shown = digits(SEEDED / HOME, account.name, account.secret, time.time())
        guest.sign_in(account.name, account.password, shown)
    if kind.is_printed:
        guest.page.emulate_media(media="print")
    return guest


if __name__ == "__main__":
    raise SystemExit(main())
