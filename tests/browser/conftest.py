"""A portal with a year of made-up people behind it, served by a process, and a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from salus.surfaces.demo.patients import patient
from salus.surfaces.server.seed.living import HOME, Account, seeded
from tests.browser.moved import Founded, Moved, founded, moving
from tests.browser.visiting import Guest, enter
from tests.journeys.stage import answer, copy, running
from tests.support.authenticators import digits
from tools.browser import AXE, OPTIONS, chromium

UNLIMITED = {
    f"SALUS_PORTAL_{name}": "0"
    for name in ("SIGN_INS", "SIGN_INS_OF_A_NAME", "JOINS", "PAGES", "STRANGERS_PAGES")
}
"""Tests come more often than people do."""


class Served(Protocol):
    """A portal that answers somewhere, and who may sign in."""

    @property
    def url(self) -> str: ...

    @property
    def home(self) -> Path: ...

    def now(self) -> datetime: ...

    @property
    def accounts(self) -> dict[str, Account]: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A portal that answers at `url`, and who may sign in.

    `invited`: records that nobody has taken the control of yet, each with its code.
    """

    url: str
    home: Path
    accounts: dict[str, Account]
    invited: list[tuple[str, str]]

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Lived:
    """A home that lived for a year, before it is served."""

    home: Path
    accounts: list[Account]
    invited: list[tuple[str, str]]


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Once in each process of the tests."""
    folder = tmp_path_factory.mktemp("seeded") / "portal"
    accounts = seeded(folder)
    return Lived(folder / HOME, accounts, [_invited(folder, seed) for seed in (21, 22)])


def _invited(folder: Path, seed: int) -> tuple[str, str]:
    file = folder / "newcomer.json"
    file.write_bytes(patient(seed, resources=160))
    (record,) = answer(folder / HOME, "import", file)["records"]
    code = answer(folder / HOME, "entrust", record["record"])["code"]
    return record["record"], code


@pytest.fixture(scope="module")
def shown(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A copy of it, served until the last test of the module."""
    home = copy(lived.home, tmp_path_factory.mktemp("shown") / "home")
    with running(home, "serve", "--port", "0", settings=UNLIMITED) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://localhost:\d+", said)
        assert found is not None, said
        names = {each.name: each for each in lived.accounts}
        yield Shown(found[0], home, names, list(lived.invited))


@pytest.fixture(scope="session")
def unclaimed(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """Once in each process of the tests."""
    return founded(tmp_path_factory.mktemp("founded"))


@pytest.fixture(scope="module")
def moved(unclaimed: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """A copy of it, whose clock the tests of a module move."""
    home = copy(unclaimed.home, tmp_path_factory.mktemp("moved") / "home")
    with moving(home, unclaimed.records) as made:
        yield made


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


@pytest.fixture
def enters(browser: Browser, moved: Moved) -> Iterator["Enter"]:
    """The same at the portal whose clock is moved."""
    made = Enter(browser, moved)
    yield made
    made.leave()


class Enter:
    """Opens guests, and closes them all at the end of a test."""

    def __init__(self, browser: Browser, shown: Served) -> None:
        self._browser, self._shown, self._guests = browser, shown, list[Guest]()

    def __call__(
        self, name: str = "", *, language: str = "en", scripts: bool = True, dark: bool = False
    ) -> Guest:
        guest = enter(self._browser, self._shown.url, language=language, scripts=scripts, dark=dark)
        self._guests.append(guest)
        if name:
            account = self._shown.accounts[name]
            now = self._shown.now().timestamp()
            shown = digits(self._shown.home, name, account.secret, now) if account.secret else ""
            guest.sign_in(account.name, account.password, shown)
        return guest

    def leave(self) -> None:
        for guest in self._guests:
            guest.page.context.close()
