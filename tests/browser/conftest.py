"""A portal with a year of made-up people behind it, served by a process, and a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from salus.surfaces.server.seed.living import HOME, Account, seeded
from tests.browser.visiting import Guest, enter
from tests.journeys.stage import copy, running
from tools.browser import AXE, OPTIONS, chromium


@dataclass(frozen=True, slots=True)
class Shown:
    """A portal that answers at `url`, and who may sign in."""

    url: str
    home: Path
    accounts: dict[str, Account]


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Account]]:
    """A home that lived for a year, once in each process of the tests."""
    folder = tmp_path_factory.mktemp("seeded") / "portal"
    return folder / HOME, seeded(folder)


@pytest.fixture(scope="module")
def shown(
    lived: tuple[Path, list[Account]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    """A copy of it, served until the last test of the module."""
    home = copy(lived[0], tmp_path_factory.mktemp("shown") / "home")
    with running(home, "serve", "--port", "0") as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://localhost:\d+", said)
        assert found is not None, said
        yield Shown(found[0], home, {each.name: each for each in lived[1]})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after the module: while it is open no other loop may run in this thread."""
    assert chromium(), "Chromium is missing; `python -m tools.browser` installs it."
    assert AXE.exists(), "axe-core is missing; `make test` installs it."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, shown: Shown) -> Iterator["Enter"]:
    """`visit("Patient 1")` opens a browser of somebody, signed in; with no name, of a stranger."""
    made = Enter(browser, shown)
    yield made
    made.leave()


class Enter:
    """Opens guests, and closes them all at the end of a test."""

    def __init__(self, browser: Browser, shown: Shown) -> None:
        self._browser, self._shown, self._guests = browser, shown, list[Guest]()

    def __call__(
        self, name: str = "", *, language: str = "en", scripts: bool = True, dark: bool = False
    ) -> Guest:
        guest = enter(self._browser, self._shown.url, language=language, scripts=scripts, dark=dark)
        self._guests.append(guest)
        if name:
            account = self._shown.accounts[name]
            guest.sign_in(account.name, account.password)
        return guest

    def leave(self) -> None:
        for guest in self._guests:
            guest.page.context.close()
