"""A visitor of the portal in one process: signs in, opens pages, fills in forms."""

import asyncio
import atexit
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from fastapi import FastAPI

from salus.kernel.clock import ManualClock, SystemClock, seconds
from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.platform.node import open_node
from salus.platform.web.portal import Role
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.work import Node, Work
from salus.rights.consent.authority import claiming
from salus.rights.custody import founding
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.accounts import second, service, totp
from salus.surfaces.demo.patients import patient as made_up
from salus.surfaces.server.app import portal_app
from tests.journeys.stage import answer, copy
from tests.support.authenticators import SECRET, SHOWN, digits
from tests.support.guessing import guessed_quickly

PASSWORD = "correct horse battery staple"
ORIGIN = "https://portal.example"
UNLIMITED = PortalSettings(
    sign_ins=0,
    sign_ins_of_a_name=0,
    joins=0,
    recoveries=0,
    recoveries_of_a_name=0,
    uploads=0,
    pages=0,
    strangers_pages=0,
    calls=0,
    wrong_tokens=0,
)
"""Tests ask for more in a minute than people do; those of the limits set their own."""
Values = Mapping[str, str | Sequence[str]]


@dataclass(slots=True)
class Visitor:
    """A browser without scripts. It remembers the last page, and posts its hidden fields."""

    app: FastAPI
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    page: str = ""
    origin: str = ORIGIN
    node: Node | None = None
    """Where the accounts are, for who is asked for the digits of an authenticator."""
    address: str = "127.0.0.1"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._ask("GET", path, headers=headers)

    def post(
        self,
        path: str,
        values: Values | None = None,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        once: str | None = None,
    ) -> httpx.Response:
        """A form of the last page, with the token of the session and one of its own."""
        hidden = {"csrf": self.hidden("csrf"), "once": once or self.hidden("once")}
        body = hidden | dict(values or {})
        return self._ask("POST", path, data=body, files=files, headers={"origin": self.origin})

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that an act leads to."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def hidden(self, name: str) -> str:
        """A hidden field of the last page, empty where there is none."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return unescape(found[1]) if found else ""

    def _ask(self, method: str, path: str, **options: object) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 1))
            async with httpx.AsyncClient(
                transport=transport, base_url=ORIGIN, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **options)  # type: ignore[arg-type]
                self.cookies = client.cookies
                return answer

        answer = asyncio.run(go())
        if "text/html" in answer.headers.get("content-type", ""):
            self.page = answer.text
        return answer


def visitor(node: Node, home: Path, app: FastAPI | None = None) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(app or portal_app(node, home, settings=UNLIMITED), node=node)


def patient(
    node: Node, home: Path, name: str, records: Sequence[RecordId] = (), app: FastAPI | None = None
) -> Visitor:
    """A patient who joined, took the control of records, and is signed in."""
    made = service.join(node, name=name, password=PASSWORD, language="en")
    if records:
        with node.sessions() as session, session.begin():
            code = claiming.invite(Work(node, session), records)
            claiming.accept(Work(node, session), code, made.account)
        claiming.take_over(node, made.account, made.wallet)
    return signed_in(visitor(node, home, app), name)


def staff(
    node: Node, home: Path, name: str, party: str, *roles: Role, app: FastAPI | None = None
) -> Visitor:
    """Somebody of an organization, signed in, with a password and an authenticator by now."""
    first = service.add_staff(node, name=name, roles=roles, party=party)
    account = service.sign_in(node, name=name, password=first).account
    service.change_password(node, account, password=PASSWORD, root=b"")
    shown = totp.digits(SECRET, seconds(node.clock.now()))
    second.set_up(node, account, secret=SECRET, code=shown)
    return signed_in(visitor(node, home, app), name)


def signed_in(who: Visitor, name: str, password: str = PASSWORD, *, secret: str = SHOWN) -> Visitor:
    """Digits are brought where they are asked for."""
    who.get("/app/login")
    answer = who.post("/app/login", {"name": name, "password": password})
    if answer.status_code == 422 and 'id="code-fault"' in who.page and who.node is not None:
        assert who.node.home is not None
        shown = digits(who.node.home, name, secret, who.node.clock.now().timestamp())
        answer = who.post("/app/login", {"name": name, "password": password, "code": shown})
    assert answer.status_code == 303, answer.text
    return who


@dataclass(frozen=True, slots=True)
class Opened:
    """A home with one patient in it, its node, a clock that a test moves, and one application."""

    home: Path
    node: Node
    clock: ManualClock
    app: FastAPI
    record: RecordId

    def is_read_by_clinic(self) -> bool:
        """Whether the clinic opens the laboratory of the record now."""
        wish = Wish(record_text(self.record), "laboratory", "clinic")
        try:
            return bool(open_wished(self.node, self.home, wish, step=lambda _: None).units)
        except NotPermitted:
            return False

    def patient(self, name: str, *records: RecordId) -> Visitor:
        return patient(self.node, self.home, name, records, self.app)

    def staff(self, name: str, party: str, *roles: Role) -> Visitor:
        return staff(self.node, self.home, name, party, *roles, app=self.app)

    def visitor(self) -> Visitor:
        return visitor(self.node, self.home, self.app)


@contextmanager
def opened(home: Path) -> Iterator[Opened]:
    """A new home with the record of one made-up patient, and its portal."""
    template, record = _founded()
    copy(template, home)
    clock = ManualClock(datetime.now(UTC))
    with guessed_quickly(), open_node(home, clock=clock) as node:
        app = portal_app(node, home, settings=UNLIMITED)
        yield Opened(home, node, clock, app, record)


@cache
def _founded() -> tuple[Path, RecordId]:
    """Such a home, made once in each process of the tests; nobody opens it but to copy it."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    home = Path(folder.name) / "home"
    founding.found(home, clock=SystemClock(), settings=CustodySettings())
    (home / "patient.json").write_bytes(made_up(1))
    (record,) = answer(home, "import", home / "patient.json")["records"]
    return home, record_from_text(record["record"])
