"""Templates of every capability in one environment, and how a page becomes HTML."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup

from salus.platform.i18n import translate
from salus.platform.i18n.formats import shown_day, shown_moment, shown_number
from salus.platform.web.portal import charts
from salus.platform.web.portal.markup import is_written_on

HERE = Path(__file__).parent


def environment(folders: Mapping[str, Path]) -> Environment:
    """`folders`: of each capability, by name; its `templates/` are named `capability/file.html`."""
    loaders: dict[str, BaseLoader] = {
        name: FileSystemLoader(folder / "templates") for name, folder in folders.items()
    }
    own = PrefixLoader({"portal": FileSystemLoader(HERE / "templates")})
    made = Environment(
        loader=ChoiceLoader([own, PrefixLoader(loaders)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.globals |= {"_": _marked, "charts": charts}
    made.tests["written_on"] = is_written_on
    made.filters |= {"day": day, "moment": moment, "number": shown_number}
    return made


def _marked(message: str, /, **values: object) -> str:
    """A message with its values; those that are markup already stay so, others are escaped."""
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(translate(message)).format_map(_Values(values))  # noqa: S704 - escaped there
    return translate(message, **values)


class _Values(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def day(at: datetime) -> str:
    return shown_day(at.date())


def moment(at: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown_moment(at))


def render(made: Environment, name: str, shows: Mapping[str, Any], *, fragment: bool) -> str:
    """A whole page, or only what htmx swaps: the title, the list on the left, the main block.

    Templates extend `layout`, so that one serves both.
    """
    layout = "portal/fragment.html" if fragment else "portal/layout.html"
    return made.get_template(name).render(shows, layout=layout)
