"""Templates of every capability in one environment, and how a page becomes HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup

from salus.platform.i18n import language, translate
from salus.platform.web.portal import charts

HERE = Path(__file__).parent
_MAIN = "main"
_LOCALES = {"en": Locale("en"), "zh-Hans": Locale("zh", script="Hans")}


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
    made.filters |= {"day": day, "moment": moment, "number": number}
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
    return format_date(at.date(), "medium", locale=_LOCALES[language()])


def moment(at: datetime) -> Markup:
    shown = format_datetime(at, "medium", locale=_LOCALES[language()])
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def number(value: float, digits: int = 0) -> str:
    shape = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=shape, locale=_LOCALES[language()])


def render(made: Environment, name: str, shows: Mapping[str, Any], *, fragment: bool) -> str:
    """A whole page, or only what htmx swaps: the title, the list on the left, the main block."""
    template = made.get_template(name)
    if not fragment:
        return template.render(shows)
    context = template.new_context(dict(shows))
    block = partial(_block, template.blocks, context)
    layout = made.get_template("portal/fragment.html")
    return layout.render(shows, block_title=block("title"), block_main=block(_MAIN))


def _block(blocks: Mapping[str, Any], context: Any, name: str) -> Markup:
    parts: Sequence[str] = list(blocks[name](context)) if name in blocks else []
    return Markup("".join(parts))  # noqa: S704 - a template made it, with its own escaping
