"""Pages of a capability: where they are, for whom, and what they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from salus.platform.web.portal.visits import Role, Visit

ROOT = "/app"


@dataclass(frozen=True, slots=True)
class Page:
    """A template, named `capability/file.html`, and what it shows; `cookies` come with it."""

    template: str
    shows: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    cookies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where to go after an act; `said` is shown there once. `cookies` are set on the way."""

    to: str
    said: str = ""
    cookies: tuple[tuple[str, str], ...] = ()
    clears: bool = False
    """Whether the browser is to forget what it stored of us."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file for the visitor."""

    name: str
    content: bytes = field(repr=False)
    kind: str = "application/octet-stream"


Answer = Page | Redirect | Download
Endpoint = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the list on the left, for one role; `label` is a message."""

    role: Role
    label: str
    path: str
    order: int


@dataclass(frozen=True, slots=True)
class Card:
    """Something for the first page: what changed, or what waits. `urgent` ones come first."""

    template: str
    shows: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Carder:
    """What looks whether there is a card for somebody in a role."""

    role: Role
    order: int
    look: Callable[[Visit], Card | None]
    acts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """`roles` empty: for everybody, signed in or not. `again` shows the page of a refused form.

    `takes` is the largest body in bytes. `signs`: it needs a ledger that is not behind. `watches`:
    a page asks for it by itself, so that it is no sign of a visitor who is still there. `acts`:
    the powers of which a delegate needs one to come for somebody else; without any nobody may.
    `limit` names how often it may be asked for from one address. `first`: it is open to somebody
    who has a duty to do before anything else.
    """

    method: str
    path: str
    roles: tuple[Role, ...]
    endpoint: Endpoint
    capability: str
    again: Endpoint | None = None
    takes: int = 64 * 1024
    signs: bool = False
    watches: bool = False
    acts: tuple[str, ...] = ()
    limit: str = ""
    first: bool = False


@dataclass(slots=True)
class Pages:
    """The pages of a capability. Templates lie in `templates/` of its folder.

    `files` are scripts and pictures that everybody may load under their names.
    """

    capability: str
    nav: tuple[Nav, ...] = ()
    files: tuple[Path, ...] = ()
    routes: list[Route] = field(default_factory=list)
    cards: list[Carder] = field(default_factory=list)

    def card(
        self, role: Role, *, order: int, acts: tuple[str, ...] = ()
    ) -> Callable[..., Callable[[Visit], Card | None]]:
        """`@pages.card(Role.PATIENT, order=20)`: a card of the first page, or None."""

        def register(look: Callable[[Visit], Card | None]) -> Callable[[Visit], Card | None]:
            self.cards.append(Carder(role, order, look, acts))
            return look

        return register

    def get(
        self,
        path: str,
        *roles: Role,
        watches: bool = False,
        acts: tuple[str, ...] = (),
        first: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """`@pages.get("/shares", Role.PATIENT)`: it changes nothing."""

        def register(endpoint: Endpoint) -> Endpoint:
            made = Route("GET", ROOT + path, roles, endpoint, self.capability, watches=watches)
            self.routes.append(replace(made, acts=acts, first=first))
            return endpoint

        return register

    def post(
        self,
        path: str,
        *roles: Role,
        again: Endpoint | None = None,
        takes: int = 64 * 1024,
        signs: bool = False,
        acts: tuple[str, ...] = (),
        limit: str = "",
        first: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """An act. It answers a Redirect; a refused one is shown by `again`, as typed."""

        def register(endpoint: Endpoint) -> Endpoint:
            made = Route("POST", ROOT + path, roles, endpoint, self.capability, again, takes, signs)
            self.routes.append(replace(made, acts=acts, limit=limit, first=first))
            return endpoint

        return register


__all__ = [
    "Answer",
    "Card",
    "Carder",
    "Download",
    "Endpoint",
    "Nav",
    "Page",
    "Pages",
    "Redirect",
    "Route",
    "Visit",
]
