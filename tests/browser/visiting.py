"""Somebody at the portal with a browser: what he sees, and what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page, Request, expect

from salus.platform.web.portal import Role
from salus.platform.web.portal.languages import COOKIE
from salus.platform.web.portal.pages import Route
from salus.surfaces.server.app import every_page
from tools.browser import AXE

NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1200, "height": 900}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FILES = ("/file", "/proof/", ".csv", ".ndjson", ".json", "/download", "/static/")


@dataclass(slots=True)
class Guest:
    """A browser of one person. `strayed`: requests to other hosts; `wrong`: of the console."""

    page: Page
    url: str
    strayed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """The status of a page."""
        answer = self.page.goto(self.url + path, wait_until="load")
        assert answer is not None
        return answer.status

    def sign_in(self, name: str, password: str, digits: str = "") -> None:
        """`digits`: of the authenticator, for whoever has one."""
        self.open("/app/login")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.fill("#code", digits)
        self.page.click("main button")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def press(self, selector: str) -> None:
        """A button, and wait for the answer that it leads to, also where htmx fetches it."""
        with self.page.expect_response(lambda answer: answer.status != 303):
            self.page.locator(selector).first.click()
        self.page.wait_for_load_state("load")

    def fill(self, **values: str) -> None:
        """Fields by their names: choices of a list are chosen, all others typed."""
        for name, value in values.items():
            field = self.page.locator(f"main #{name}")
            if field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def tick(self, **values: str) -> None:
        """Boxes and buttons of a choice, by their names and values, several between blanks."""
        for name, chosen in values.items():
            for value in chosen.split():
                self.page.check(f"main input[name={name}][value={value}]")

    def sees(self, *texts: str, where: str = "main") -> None:
        """Wait until all of that stands in a part of the page."""
        for text in texts:
            expect(self.page.locator(where).first).to_contain_text(text)

    def heading(self) -> str:
        return self.page.inner_text("h1")

    def text(self) -> str:
        return self.page.inner_text("main")

    def faults(self) -> list[str]:
        """What axe-core finds, at most one line for each rule; empty is the only good answer."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes:"
            " ['violations']}).then(found => found.violations.map(each => [each.id,"
            " each.nodes[0].html]))",
            WCAG,
        )
        return [f"{rule}: {html[:160]}" for rule, html in found]

    def too_wide(self) -> bool:
        """Whether a phone of 320 px would have to be scrolled sideways."""
        self.page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        wide = self.page.evaluate(
            "document.scrollingElement.scrollWidth > document.documentElement.clientWidth"
        )
        self.page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
        return bool(wide)

    def links(self) -> list[str]:
        """Paths of our own that this page leads to."""
        found = self.page.eval_on_selector_all("a[href]", "all => all.map(each => each.href)")
        own = urlsplit(self.url).netloc
        parts = [urlsplit(each) for each in found]
        return [each.path for each in parts if each.netloc == own and each.path.startswith("/app/")]


def enter(
    browser: Browser, url: str, *, language: str = "en", scripts: bool = True, dark: bool = False
) -> Guest:
    """A new browser without cookies."""
    context = browser.new_context(
        locale="zh-CN" if language == "zh-Hans" else "en-US",
        viewport={"width": WIDE["width"], "height": WIDE["height"]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        bypass_csp=False,
    )
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": COOKIE, "value": language, "url": url}])
    guest = Guest(context.new_page(), url)

    def asked(request: Request) -> None:
        if not request.url.startswith((url, "data:")):
            guest.strayed.append(request.url)

    context.on("request", asked)
    guest.page.on("console", lambda said: _complain(guest, said.type, said.text))
    guest.page.on("pageerror", lambda error: guest.wrong.append(str(error)))
    return guest


def _complain(guest: Guest, kind: str, text: str) -> None:
    if kind == "error" and "the server responded with a status of" not in text:
        guest.wrong.append(text)


# SCREENS


def screens(guest: Guest, role: Role) -> Iterator[str]:
    """Opens each page of a role once: those without parameters, and the first of each other that a
    page leads to. The pages come from the table of routes, so that new ones are among them.
    """
    routes = [each for each in routes_of(role) if "{" in each.path]
    waiting = [each.path for each in routes_of(role) if "{" not in each.path]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        if path in seen or any(part in path for part in _FILES):
            continue
        seen.add(path)
        try:
            guest.open(path)
        except Error as error:
            if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
                continue
            raise
        yield path
        for link in guest.links():
            first = next((each for each in routes if matches(each.path, link)), None)
            if first is not None:
                routes.remove(first)
                waiting.append(link)


def routes_of(role: Role | None) -> list[Route]:
    """What may be opened in a role, or by anybody."""
    every = [route for pages in every_page() for route in pages.routes if route.method == "GET"]
    home = [Route("GET", "/app/home", tuple(Role), lambda _: None, "portal")]  # type: ignore[arg-type, return-value]
    return [
        route for route in [*home, *every] if (role in route.roles if route.roles else role is None)
    ]


def matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) is not None
