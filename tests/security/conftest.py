"""The portal of a year of made-up people, in this process, with everybody signed in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI

from salus.kernel.clock import ManualClock
from salus.platform.node import open_node
from salus.platform.web.portal import Role
from salus.platform.web.portal.pages import Route
from salus.platform.work import Node
from salus.surfaces.server.app import every_page, portal_app
from salus.surfaces.server.seed.living import HOME, Account, seeded
from tests.journeys.stage import copy
from tests.support.guessing import guessed_quickly
from tests.support.portal import UNLIMITED, Visitor, signed_in
from tests.support.recordless import Place

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


@dataclass(slots=True)
class Town:
    """Who lives at the portal; `behind` is what it believes of its ledger (minutes)."""

    node: Node
    home: Path
    clock: ManualClock
    app: FastAPI
    accounts: dict[str, Account]
    behind: int = 0
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _seen: dict[tuple[str, Role], "Seen"] = field(default_factory=dict)

    def enter(self, name: str) -> Visitor:
        """Somebody who is signed in, always the same browser."""
        if name not in self._visitors:
            self._visitors[name] = self.anew(name)
        return self._visitors[name]

    def anew(self, name: str) -> Visitor:
        account = self.accounts[name]
        return signed_in(self.stranger(), name, account.password, secret=account.secret)

    def seen(self, name: str, role: Role) -> "Seen":
        """What the pages of somebody lead to, walked once."""
        if (name, role) not in self._seen:
            self._seen[name, role] = walked(self.anew(name), role)
        return self._seen[name, role]

    def stranger(self) -> Visitor:
        return Visitor(self.app, node=self.node)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "portal"
    with guessed_quickly():
        seeded(folder)
    return folder


@pytest.fixture(scope="module")
def town(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = copy(lived / HOME, tmp_path_factory.mktemp("town") / "home")
    clock = ManualClock(datetime.now(UTC))
    with guessed_quickly(), open_node(home, clock=clock) as node:
        made = Town(node, home, clock, FastAPI(), {each.name: each for each in seeded(lived)})
        made.app = portal_app(node, home, is_behind=lambda: made.behind, settings=UNLIMITED)
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A portal of two people without records, for one test."""
    with guessed_quickly():
        yield Place(tmp_path)


def routes() -> list[Route]:
    """Every page and act of every capability."""
    return [route for pages in every_page() for route in pages.routes]


def filled(path: str) -> str:
    """A path whose parameters name nothing that exists."""
    return re.sub(r"\{[^}]+\}", "0" * 64, path)


def template(path: str, method: str) -> str:
    """Of which route a path is; a fixed one comes before one with a parameter."""
    for route in sorted(routes(), key=lambda route: route.path.replace("{", "~")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", route.path)
        if route.method == method and re.fullmatch(pattern, path):
            return route.path
    return ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody's pages lead to: paths to open, and paths that forms are sent to."""

    pages: frozenset[str]
    acts: frozenset[str]


def walked(who: Visitor, role: Role, most: int = 120) -> Seen:
    """Follows every link from the pages of a role."""
    fixed = [each for each in routes() if each.method == "GET" and role in each.roles]
    waiting = ["/app/home", *(each.path for each in fixed if "{" not in each.path)]
    pages, acts = set[str](), set[str]()
    while waiting and len(pages) < most:
        path = waiting.pop(0)
        if path in pages:
            continue
        pages.add(path)
        answer = who.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        found = re.findall(r'(href|action)="(/app/[^"#?]*)', answer.text)
        for kind, link in found:
            if kind == "href":
                waiting.append(unescape(link))
            else:
                acts.add(unescape(link))
        if re.search(r'<form method="post"(?! action)', answer.text):
            acts.add(path)
    return Seen(
        frozenset(each for each in pages if "{" in template(each, "GET")),
        frozenset(each for each in acts if "{" in template(each, "POST")),
    )
