"""Whoever is sent to sign in comes back to the same page, with what was typed there."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy.orm import Session

from salus.kernel.errors import SalusError
from salus.platform.i18n import translate
from salus.platform.web.portal import kept, sessions
from salus.platform.web.portal.asking import Asked
from salus.platform.web.portal.narrowing import narrowed
from salus.platform.web.portal.pages import ROOT, Endpoint, Route
from salus.platform.web.portal.visits import Acting, Person, Role, Visit
from salus.platform.work import Node

FIRST, SIGN_IN = f"{ROOT}/home", f"{ROOT}/login"


class Accounts(Protocol):
    """What the frame asks of whoever keeps accounts."""

    def person(self, session: Session, account: str, role: Role) -> Person | None:
        """None when there is no such account, or it has lost the role."""

    def check(self, account: str, password: str) -> bool:
        """Whether that is the password; wrong tries count."""


@dataclass(slots=True)
class Returning:
    """`acting` as in the portal; `routes`: all pages and acts."""

    node: Node
    accounts: Accounts
    acting: Callable[[Visit], Acting | None]
    routes: Iterable[Route]
    _paths: set[str] = field(init=False)
    _shown: dict[Endpoint, str] = field(init=False)

    def __post_init__(self) -> None:
        pages = [route for route in self.routes if route.method == "GET"]
        self._paths = {route.path for route in pages}
        self._shown = {route.endpoint: route.path for route in pages}

    def page_of(self, route: Route, came: Asked) -> str:
        """Where the form of an act stands: its page, or the first one where it has none."""
        if came.method == "GET":
            return came.path if came.path.startswith(ROOT) else FIRST
        if route.path in self._paths:
            return came.path
        path = self._shown.get(route.again) if route.again else None
        return _filled(path, came.parameters) if path else FIRST

    def keep(self, route: Route, came: Asked, visit: Visit) -> str:
        """What came with a form whose session was over; the cookie for it, or empty.

        Only for a form that this very session was given.
        """
        if came.method != "POST" or came.failure is not None or route.again is None:
            return ""
        now = self.node.clock.now()
        with self.node.reading() as session:
            over = sessions.find(session, *_cookies(came), now=now, over=True)
            person = self.accounts.person(session, over.account, over.role) if over else None
        if over is None or person is None or not is_of(came, over.csrf):
            return ""
        visit = replace(visit, person=person, session=over.session, root=over.root)
        try:
            visit = narrowed(replace(visit, acting=self.acting(visit)), route.acts)
        except SalusError:  # whatever is wrong, he is to sign in first
            return ""
        what = kept.typed(came.form, came.query, _records(visit.acting))
        at = kept.Place(over.account, self.page_of(route, came))
        with self.node.sessions() as session, session.begin():
            return kept.keep(session, over.session, at, what, now=now)

    def back(self, came: Asked, visit: Visit) -> kept.Typed | None:
        """What was kept for whoever opens this page now."""
        cookie = came.cookies.get(sessions.KEPT, "")
        if not cookie or visit.person is None:
            return None
        at = kept.Place(visit.account, came.path)
        with self.node.reading() as session:
            found = kept.back(session, cookie, at, now=self.node.clock.now())
        return found if found and list(found.records) == _records(visit.acting) else None

    def is_left(self, came: Asked, visit: Visit) -> bool:
        """Whether the browser brings what somebody else has left behind, or what is over."""
        cookie = came.cookies.get(sessions.KEPT, "")
        if not cookie or visit.person is None:
            return False
        now = self.node.clock.now()
        with self.node.reading() as session:
            return kept.is_of_another(session, cookie, visit.account, now=now)

    def drop(self, came: Asked) -> None:
        with self.node.sessions() as session, session.begin():
            kept.drop(session, came.cookies.get(sessions.KEPT, ""))

    def told(self, came: Asked, visit: Visit) -> str:
        """At the sign-in: that nothing happened, and that nothing is lost."""
        cookie = came.cookies.get(sessions.KEPT, "")
        if not cookie or visit.person is not None or came.path != SIGN_IN:
            return ""
        with self.node.reading() as session:
            waits = kept.is_there(session, cookie, now=self.node.clock.now())
        return (
            translate(
                "You were signed out because nobody was here for a while; nothing was sent."
                " When you have signed in again, what you typed is still there."
            )
            if waits
            else ""
        )


def is_of(came: Asked, csrf: str) -> bool:
    """Whether a form was given out in the session of this token."""
    sent = came.form.typed("csrf").encode("utf-8", "replace")
    return secrets.compare_digest(sent, csrf.encode())


def _cookies(came: Asked) -> tuple[str, str]:
    return came.cookies.get(sessions.COOKIE, ""), came.cookies.get(sessions.WALLET, "")


def _records(acting: Acting | None) -> list[str]:
    return sorted(acting.records) if acting else []


def _filled(path: str, parameters: Mapping[str, Any]) -> str:
    return path.format(**{name: quote(str(value)) for name, value in parameters.items()})
