"""The frame around every page: who is there, what may be done, how it is answered."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as At

from salus.kernel.errors import SalusError
from salus.platform.i18n import explain, speaking
from salus.platform.observe import unexpected
from salus.platform.web.errors import BodyTooLarge
from salus.platform.web.portal import sessions
from salus.platform.web.portal.errors import (
    ActingOver,
    FormForeign,
    FormInvalid,
    LedgerBehind,
    PageMissing,
    RoleNeeded,
    SignInNeeded,
)
from salus.platform.web.portal.forms import Form, Upload
from salus.platform.web.portal.languages import COOKIE as LANGUAGE
from salus.platform.web.portal.languages import spoken
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
from salus.platform.web.portal.rendering import HERE, environment, render
from salus.platform.web.portal.static import Static
from salus.platform.web.portal.visits import Acting, Person, Role, Visit
from salus.platform.work import Node

FIRST, SIGN_IN = f"{ROOT}/home", f"{ROOT}/login"
WITHHELD = frozenset({403, 404})  # of a service: both look like a page that is not there
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # no-referrer would take Origin off our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "no-store",
    "vary": "Accept-Language, Cookie, HX-Request",
}


class Accounts(Protocol):
    """What the frame asks of whoever keeps accounts."""

    def person(self, session: Session, account: str, role: Role) -> Person | None:
        """None when there is no such account, or it has lost the role."""

    def check(self, account: str, password: str) -> bool:
        """Whether that is the password; wrong tries count."""


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
    _templates: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._templates = environment(self.folders)

    def routes(self) -> list[At | Mount]:
        """In the order of their paths, so that a fixed one comes before one with a parameter."""
        powers = powers_in(self.pages)
        home = Route("GET", FIRST, tuple(Role), self._home, "portal", acts=powers)
        every = [home, *(route for pages in self.pages for route in pages.routes)]
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
            asked = await _asked(request, route)
            return await run_in_threadpool(self._answer, route, asked)

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

    def _answer(self, route: Route, asked: "_Asked") -> Response:
        language = spoken(asked.cookies.get(LANGUAGE, ""), asked.accepts)
        with speaking(language):
            once = {} if asked.method == "GET" else None
            visit = Visit(self.node, self.home, asked.path, language, query=asked.query, asked=once)
            try:
                visit, told = self._enter(route, asked, visit)
                with speaking(visit.language):
                    return self._act(route, asked, visit, told)
            except Exception as error:  # noqa: BLE001 - every failure becomes a page
                return self._refused(visit, error)

    def _enter(self, route: Route, asked: "_Asked", visit: Visit) -> tuple[Visit, str]:
        """Who is there. Raises SignInNeeded, RoleNeeded, FormForeign and BodyTooLarge."""
        if asked.failure is not None:
            raise asked.failure
        now = self.node.clock.now()
        with self.node.reading() as session:
            opened = sessions.find(
                session,
                asked.cookies.get(sessions.COOKIE, ""),
                asked.cookies.get(sessions.WALLET, ""),
                now=now,
            )
            person = self.accounts.person(session, opened.account, opened.role) if opened else None
        visit = replace(visit, form=asked.form, is_fragment=asked.is_fragment)
        if opened is None or person is None:
            _check_origin(asked)
            if route.roles:
                raise SignInNeeded
            return visit, ""
        if not route.watches and (opened.is_stale or (opened.said and asked.method == "GET")):
            with self.node.sessions() as session, session.begin():
                sessions.touch(session, opened, now=now)
        visit = replace(
            visit,
            person=person,
            language=visit.language if asked.cookies.get(LANGUAGE) else person.language,
            session=opened.session,
            root=opened.root,
            csrf=opened.csrf,
            must_confirm=opened.must_confirm(now),
        )
        _check_origin(asked)
        if asked.method == "POST" and not secrets.compare_digest(
            asked.form.typed("csrf").encode("utf-8", "replace"), opened.csrf.encode()
        ):
            raise FormForeign
        if route.roles and person.role not in route.roles:
            raise RoleNeeded(role=", ".join(route.roles))
        return replace(visit, acting=self._acting(visit)), opened.said

    def _acting(self, visit: Visit) -> Acting | None:
        """For whom the visitor acts. Raises ActingOver once, where that has ended."""
        found = self.acting(visit)
        if found is None or found.records:
            return found
        over = ActingOver(name=found.name)
        with speaking(visit.language), self.node.sessions() as session, session.begin():
            sessions.say(session, visit.session, " ".join(explain(over)))
        raise over

    def _act(self, route: Route, asked: "_Asked", visit: Visit, told: str) -> Response:
        if route.roles:
            visit = narrowed(visit, route.acts)
        if asked.method == "GET":
            return self._shown(visit, route.endpoint(visit, **asked.parameters), told)
        if route.signs and (minutes := self.is_behind()):
            raise LedgerBehind(minutes=minutes)
        token = asked.form.typed("once")
        if visit.person is None or not token:
            return self._tried(route, asked, visit)
        with self.node.sessions() as session, session.begin():
            led = sessions.begin_form(session, token, visit.session, now=self.node.clock.now())
        if led is not None:
            return RedirectResponse(led, 303)
        location = ""
        try:
            response = self._tried(route, asked, visit)
            location = response.headers.get("location", "")
            return response
        finally:
            with self.node.sessions() as session, session.begin():
                sessions.end_form(session, token, location)

    def _tried(self, route: Route, asked: "_Asked", visit: Visit) -> Response:
        try:
            return self._shown(visit, route.endpoint(visit, **asked.parameters))
        except SalusError as error:
            if route.again is None or not (error.status < 500 or error.status == 503):
                raise
            page = route.again(visit, **asked.parameters)
            if not isinstance(page, Page):
                raise
            return self._shown(visit, replace(page, status=error.status), refusal=error)

    # ANSWERS

    def _shown(
        self, visit: Visit, answer: Answer, told: str = "", refusal: SalusError | None = None
    ) -> Response:
        if isinstance(answer, Redirect):
            return self._redirected(visit, answer)
        if isinstance(answer, Download):
            name = quote(answer.name)
            headers = HEADERS | {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
            return Response(answer.content, media_type=answer.kind, headers=headers)
        shows = self._shows(visit, told, refusal) | dict(answer.shows)
        text = render(self._templates, answer.template, shows, fragment=visit.is_fragment)
        headers = HEADERS | {"content-language": visit.language}
        response = HTMLResponse(text, answer.status, headers=headers)
        for name, value in answer.cookies:
            set_cookie(response, name, value)
        return response

    def _redirected(self, visit: Visit, answer: Redirect) -> Response:
        if answer.said and visit.session:
            with self.node.sessions() as session, session.begin():
                sessions.say(session, visit.session, answer.said)
        response = RedirectResponse(answer.to, 303, headers=HEADERS)
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

    def _refused(self, visit: Visit, error: Exception) -> Response:
        if isinstance(error, ActingOver):
            return RedirectResponse(FIRST, 303, headers=HEADERS)
        if isinstance(error, SignInNeeded):
            after = f"?next={quote(visit.path)}" if visit.path.startswith(ROOT) else ""
            return RedirectResponse(SIGN_IN + after, 303, headers=HEADERS)
        known = error if isinstance(error, SalusError) else unexpected(error)
        if known.status in WITHHELD and not isinstance(known, RoleNeeded | FormForeign):
            known = PageMissing()
        page = Page("portal/problem.html", {"problem": explain(known)}, known.status)
        return self._shown(visit, page)


def _missing(_visit: Visit, **_rest: str) -> Answer:
    raise PageMissing


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie of a session; an empty one is taken back."""
    age = None if value else 0
    response.set_cookie(
        name, value, max_age=age, path="/", secure=True, httponly=True, samesite="lax"
    )


# WHAT CAME


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    path: str
    origin: str
    host: str
    cookies: Mapping[str, str] = field(repr=False)
    accepts: str
    parameters: Mapping[str, Any]
    query: Mapping[str, str]
    form: Form
    is_fragment: bool
    failure: SalusError | None


async def _asked(request: Request, route: Route) -> _Asked:
    form, failure = Form(), None
    if request.method == "POST":
        try:
            form = await _form(request, route.takes)
        except SalusError as error:
            failure = error
    return _Asked(
        request.method,
        request.url.path,
        request.headers.get("origin", ""),
        request.headers.get("host", ""),
        request.cookies,
        request.headers.get("accept-language", ""),
        request.path_params,
        dict(request.query_params),
        form,
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true",
        failure,
    )


async def _form(request: Request, limit: int) -> Form:
    """Raises BodyTooLarge and FormInvalid."""
    announced = request.headers.get("content-length", "")
    if not announced.isdigit() or int(announced) > limit:
        raise BodyTooLarge(limit=limit)
    values: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    try:
        async with request.form(max_files=4, max_fields=1_000, max_part_size=limit) as sent:
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = Upload(value.filename or "", await value.read())
                else:
                    values.setdefault(name, []).append(value)
    except (HTTPException, MultiPartException, ClientDisconnect, UnicodeDecodeError, ValueError):
        raise FormInvalid from None
    return Form(values, uploads)


def _check_origin(asked: _Asked) -> None:
    """A form comes from a page of this very host. Raises FormForeign."""
    if asked.method == "POST" and urlsplit(asked.origin).netloc != asked.host:
        raise FormForeign
