"""The frame around every page: who is there, what may be done, how it is answered."""

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as At

from salus.kernel.errors import SalusError
from salus.platform.i18n import explain, speaking
from salus.platform.ledger import at_one_block
from salus.platform.observe import log, unexpected
from salus.platform.turns import PAGES
from salus.platform.web.app import when_again
from salus.platform.web.portal import sessions
from salus.platform.web.portal.asking import Asked, asked, check_origin
from salus.platform.web.portal.errors import (
    ActingOver,
    DutyFirst,
    FormForeign,
    LedgerBehind,
    PageMissing,
    RoleNeeded,
    SignedOut,
    SignInNeeded,
)
from salus.platform.web.portal.headers import CLEARS, headers, set_cookie
from salus.platform.web.portal.languages import COOKIE as LANGUAGE
from salus.platform.web.portal.languages import spoken
from salus.platform.web.portal.markup import Buttons
from salus.platform.web.portal.narrowing import card_of, narrowed, open_to, powers_in
from salus.platform.web.portal.pages import (
    ROOT,
    Answer,
    Download,
    Nav,
    Page,
    Pages,
    Redirect,
    Route,
)
from salus.platform.web.portal.rates import Rates, folded, of_address
from salus.platform.web.portal.rendering import HERE, environment, render
from salus.platform.web.portal.returning import FIRST, SIGN_IN, Accounts, Returning, is_of
from salus.platform.web.portal.settings import PortalSettings
from salus.platform.web.portal.static import Static
from salus.platform.web.portal.visits import Acting, Person, Role, Visit
from salus.platform.work import Node

CLOSED = f"{ROOT}/closed"
WITHHELD = frozenset({403, 404})  # of a service: both look like a page that is not there
NOTED = frozenset({403, 413, 429})  # what nobody meets who only follows links
UPLOAD = 1 << 20  # bytes: a form that takes more hands in files


@dataclass(slots=True)
class Portal:
    """All pages of a node. `is_behind` says for how many minutes the ledger has been silent,
    `acting` for whom a visitor acts: without any record on the one visit that finds it ended.
    """

    node: Node
    home: Path
    pages: Sequence[Pages]
    folders: Mapping[str, Path]
    accounts: Accounts
    is_behind: Callable[[], int] = lambda: 0
    acting: Callable[[Visit], Acting | None] = lambda _: None
    settings: PortalSettings = field(default_factory=PortalSettings)
    _rates: Rates = field(init=False, repr=False)
    _headers: dict[str, str] = field(init=False, repr=False)
    _returning: Returning = field(init=False, repr=False)
    _buttons: Buttons = field(init=False, repr=False)
    _templates: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rates = Rates(self.node, self.settings)
        self._headers = headers(self.settings)
        self._templates = environment(self.folders)
        every = [route for pages in self.pages for route in pages.routes]
        self._returning = Returning(self.node, self.accounts, self.acting, every)
        self._buttons = Buttons(every)

    def routes(self) -> list[At | Mount]:
        """In the order of their paths, so that a fixed one comes before one with a parameter."""
        powers = powers_in(self.pages)
        home = Route("GET", FIRST, tuple(Role), self._home, "portal", acts=powers)
        closed = Route("GET", CLOSED, (), _closed, "portal", watches=True)
        every = [home, closed, *(route for pages in self.pages for route in pages.routes)]
        found: list[At | Mount] = [
            At(route.path, self._endpoint(route), methods=[route.method])
            for route in sorted(every, key=lambda route: route.path.replace("{", "~"))
        ]
        missing = Route("GET", ROOT + "/{rest:path}", (), _missing, "portal")
        files = [file for pages in self.pages for file in pages.files]
        return [
            Mount(f"{ROOT}/static", Static(HERE / "static", files)),
            *found,
            At(ROOT + "/{rest:path}", self._endpoint(missing), methods=["GET", "POST"]),
        ]

    def _endpoint(self, route: Route) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            came = await asked(request, route)
            return await run_in_threadpool(self._answer, route, came)

        return answer

    def _home(self, visit: Visit) -> Answer:
        """The first page: the cards that capabilities have for somebody in this role."""
        carders = sorted(
            (each for pages in self.pages for each in pages.cards if each.role == visit.who.role),
            key=lambda each: each.order,
        )
        cards = [card for each in carders if (card := card_of(each, visit)) is not None]
        shown = [
            self._templates.get_template(card.template).render(
                visit=visit, person=visit.person, form=visit.form, once="", **card.shows
            )
            for card in sorted(cards, key=lambda card: not card.urgent)
        ]
        return Page("portal/home.html", {"cards": [Markup(each) for each in shown]})  # noqa: S704

    # IN A THREAD

    def _answer(self, route: Route, came: Asked) -> Response:
        language = spoken(came.cookies.get(LANGUAGE, ""), came.accepts)
        with PAGES.taken(), speaking(language):
            once: dict[Hashable, Any] | None = {} if came.method == "GET" else None
            visit = Visit(self.node, self.home, came.path, language, query=came.query, asked=once)
            try:
                visit, told = self._enter(route, came, visit)
                with (
                    speaking(visit.language),
                    at_one_block(self.node.index.cursor) if once is not None else nullcontext(),
                ):
                    return self._act(route, came, visit, told)
            except SignInNeeded as error:
                _note(route, error)
                return self._sent_to_sign_in(route, came, visit)
            except Exception as error:  # noqa: BLE001 - every failure becomes a page
                return self._refused(route, visit, error)

    def _enter(self, route: Route, came: Asked, visit: Visit) -> tuple[Visit, str]:
        """Who is there. Raises TooOften, SignInNeeded, RoleNeeded, FormForeign, BodyTooLarge."""
        if came.failure is not None:
            raise came.failure
        now = self.node.clock.now()
        with self.node.reading() as session:
            opened = sessions.find(
                session,
                came.cookies.get(sessions.COOKIE, ""),
                came.cookies.get(sessions.WALLET, ""),
                now=now,
            )
            person = self.accounts.person(session, opened.account, opened.role) if opened else None
        self._count(route, came, person)
        visit = replace(visit, form=came.form, is_fragment=came.is_fragment)
        check_origin(came)
        if opened is None or person is None:
            if route.roles:
                raise SignInNeeded
            return visit, ""
        if came.method == "POST" and came.form.typed("keep") and is_of(came, opened.csrf):
            with self.node.sessions() as session, session.begin():
                sessions.expire(session, opened, now=now)
            raise SignInNeeded
        if not route.watches and (opened.is_stale or (opened.said and came.method == "GET")):
            with self.node.sessions() as session, session.begin():
                sessions.touch(session, opened, now=now)
        visit = replace(
            visit,
            person=person,
            language=visit.language if came.cookies.get(LANGUAGE) else person.language,
            session=opened.session,
            root=opened.root,
            csrf=opened.csrf,
            must_confirm=opened.must_confirm(now),
        )
        _check(route, came, opened, person)
        return replace(visit, acting=self._acting(visit)), opened.said

    def _count(self, route: Route, came: Asked, person: Person | None) -> None:
        """Raises TooOften."""
        address, count = of_address(came.address), self._rates.count
        if person is None:
            count("stranger", address)
        else:
            count("page", person.account)
        if came.method != "POST":
            return
        if route.takes > UPLOAD:
            count("upload", person.account if person else address)
        if route.limit:
            count(route.limit, address)
            if self._rates.has(named := f"{route.limit}-name"):
                count(named, folded(came.form.typed("name")))

    def _acting(self, visit: Visit) -> Acting | None:
        """For whom the visitor acts. Raises ActingOver once, where that has ended."""
        found = self.acting(visit)
        if found is None or found.records:
            return found
        over = ActingOver(name=found.name)
        with speaking(visit.language), self.node.sessions() as session, session.begin():
            sessions.say(session, visit.session, " ".join(explain(over)))
        raise over

    def _act(self, route: Route, came: Asked, visit: Visit, told: str) -> Response:
        if route.roles:
            visit = narrowed(visit, route.acts)
        if came.method == "GET":
            return self._got(route, came, visit, told)
        token = came.form.typed("once")
        if visit.person is None or not token:
            return self._tried(route, came, visit)
        with self.node.sessions() as session, session.begin():
            led = sessions.begin_form(session, token, visit.session, now=self.node.clock.now())
        if led is not None:
            return RedirectResponse(led, 303, headers=self._headers)
        location = ""
        try:
            response = self._tried(route, came, visit)
            location = response.headers.get("location", "")
            return response
        finally:
            with self.node.sessions() as session, session.begin():
                sessions.end_form(session, token, location)

    def _got(self, route: Route, came: Asked, visit: Visit, told: str) -> Response:
        """A page; with what was typed there when the session was over, if that is kept."""
        typed = None if route.watches else self._returning.back(came, visit)
        if typed is None:
            told = told or self._returning.told(came, visit)
            response = self._shown(visit, route.endpoint(visit, **came.parameters), told)
            is_done = self._returning.is_left(came, visit)
        else:
            visit = replace(visit, form=typed.form, query={**typed.query, **came.query})
            answer = route.endpoint(visit, **came.parameters)
            response, is_done = self._shown(visit, answer, told, SignedOut()), True
        if is_done:
            self._returning.drop(came)
            set_cookie(response, sessions.KEPT, "")
        return response

    def _tried(self, route: Route, came: Asked, visit: Visit) -> Response:
        try:
            if route.signs and (minutes := self.is_behind()):
                raise LedgerBehind(minutes=minutes)
            return self._shown(visit, route.endpoint(visit, **came.parameters))
        except SalusError as error:
            if route.again is None or not (error.status < 500 or error.status == 503):
                raise
            try:
                page = route.again(visit, **came.parameters)
            except PageMissing:
                raise error if isinstance(error, LedgerBehind) else PageMissing from None
            if not isinstance(page, Page):
                raise
            _note(route, error)
            return self._shown(visit, replace(page, status=error.status), refusal=error)

    # ANSWERS

    def _shown(
        self, visit: Visit, answer: Answer, told: str = "", refusal: SalusError | None = None
    ) -> Response:
        if isinstance(answer, Redirect):
            return self._redirected(visit, answer)
        if isinstance(answer, Download):
            name = quote(answer.name)
            headers = self._headers | {
                "content-disposition": f"attachment; filename*=UTF-8''{name}"
            }
            return Response(answer.content, media_type=answer.kind, headers=headers)
        shows = self._shows(visit, told, refusal) | dict(answer.shows)
        text = render(self._templates, answer.template, shows, fragment=visit.is_fragment)
        if shows["behind"]:
            text = self._buttons.stilled(text, visit.path)
        headers = self._headers | {"content-language": visit.language}
        response = HTMLResponse(text, answer.status, headers=headers)
        for name, value in answer.cookies:
            set_cookie(response, name, value)
        return response

    def _redirected(self, visit: Visit, answer: Redirect) -> Response:
        if answer.said and visit.session:
            with self.node.sessions() as session, session.begin():
                sessions.say(session, visit.session, answer.said)
        more = CLEARS if answer.clears else {}
        response = RedirectResponse(answer.to, 303, headers=self._headers | more)
        for name, value in answer.cookies:
            set_cookie(response, name, value)
        return response

    def _shows(self, visit: Visit, told: str, refusal: SalusError | None) -> dict[str, Any]:
        return {
            "visit": visit,
            "person": visit.person,
            "form": visit.form,
            "nav": self._nav(visit),
            "told": told,
            "refusal": explain(refusal) if refusal else None,
            "behind": self.is_behind(),
            "once": secrets.token_urlsafe(16),
            "idle": int(sessions.IDLE[visit.person.is_staff].total_seconds())
            if visit.person
            else 0,
        }

    def _nav(self, visit: Visit) -> list[Nav]:
        if visit.person is None:
            return []
        entries = [nav for pages in self.pages for nav in pages.nav]
        if visit.acting is not None:
            paths = {FIRST, *open_to(visit.acting, self.pages)}
            entries = [nav for nav in entries if nav.path in paths]
        return sorted(
            (nav for nav in entries if nav.role == visit.person.role), key=lambda nav: nav.order
        )

    def _sent_to_sign_in(self, route: Route, came: Asked, visit: Visit) -> Response:
        then = quote(self._returning.page_of(route, came))
        response = RedirectResponse(f"{SIGN_IN}?next={then}", 303, headers=self._headers)
        if kept := self._returning.keep(route, came, visit):
            set_cookie(response, sessions.KEPT, kept)
        return response

    def _refused(self, route: Route, visit: Visit, error: Exception) -> Response:
        if isinstance(error, SalusError):
            _note(route, error)
        if isinstance(error, ActingOver):
            return RedirectResponse(FIRST, 303, headers=self._headers)
        if isinstance(error, DutyFirst):
            return RedirectResponse(error.shown()["path"], 303, headers=self._headers)
        known = error if isinstance(error, SalusError) else unexpected(error)
        if known.status in WITHHELD and not isinstance(known, RoleNeeded | FormForeign):
            known = PageMissing()
        page = Page("portal/problem.html", {"problem": explain(known)}, known.status)
        response = self._shown(visit, page)
        response.headers.update(when_again(known))
        return response


def _note(route: Route, error: SalusError) -> None:
    """Whoever watches the node sees that somebody tries its doors, and never who or with what."""
    log(
        "refused",
        level="warning" if error.status in NOTED else "info",
        method=route.method,
        route=route.path,
        status=error.status,
        error=error.key(),
    )


def _check(route: Route, came: Asked, opened: sessions.Opened, person: Person) -> None:
    """Raises FormForeign, RoleNeeded and DutyFirst."""
    if came.method == "POST" and not is_of(came, opened.csrf):
        raise FormForeign
    if route.roles and person.role not in route.roles:
        raise RoleNeeded(role=", ".join(route.roles))
    if person.first and route.roles and not route.first:
        raise DutyFirst(path=person.first)


def _closed(_visit: Visit) -> Answer:
    """Where a page without scripts goes when the time of its session is over."""
    return Page("portal/closed.html")


def _missing(_visit: Visit, **_rest: str) -> Answer:
    raise PageMissing
