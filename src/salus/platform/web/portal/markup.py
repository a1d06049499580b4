"""What a finished page lets people do: the forms in it, and whether their buttons work now."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

from starlette.routing import compile_path

from salus.platform.web.portal.pages import Route

_FORM = re.compile(r'(<form method="post"[^>]*>)(.*?)(</form>)', re.DOTALL)
_BUTTON = re.compile(r"<button\b([^>]*)>")
_ACTION = re.compile(r'\b(?:form)?action="([^"?#]*)')
_FIELD = 'class="field"'
STILL = ' type="button" aria-disabled="true" aria-describedby="behind"'
"""It can be reached and read out, and pressing it sends nothing, also without scripts."""


def is_written_on(page: str) -> bool:
    """Whether a page has a form into which somebody may be writing."""
    return any(_FIELD in form[2] for form in _FORM.finditer(page))


@dataclass(slots=True)
class Buttons:
    """Knows which acts are signed."""

    routes: Iterable[Route]
    _acts: list[tuple[re.Pattern[str], bool]] = field(init=False)

    def __post_init__(self) -> None:
        acts = [route for route in self.routes if route.method == "POST"]
        acts.sort(key=lambda route: route.path.replace("{", "~"))
        self._acts = [(compile_path(route.path)[0], route.signs) for route in acts]

    def stilled(self, page: str, path: str) -> str:
        """A page at a path, on which every button that leads to a signature does nothing."""

        def form(found: re.Match[str]) -> str:
            target = _target(found[1]) or path

            def button(each: re.Match[str]) -> str:
                if "type=" in each[1] or not self._signs(_target(each[1]) or target):
                    return each[0]
                return f"<button{each[1]}{STILL}>"

            return found[1] + _BUTTON.sub(button, found[2]) + found[3]

        return _FORM.sub(form, page)

    def _signs(self, path: str) -> bool:
        return next((signs for pattern, signs in self._acts if pattern.match(path)), False)


def _target(attributes: str) -> str:
    found = _ACTION.search(attributes)
    return unescape(found[1]) if found else ""
