"""Messages in the reader's language: English in the code, Simplified Chinese beside it.

English costs nothing: no catalog is read. Chinese is read once from `locale/zh_Hans.po` of every
folder that has one.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from salus.kernel.errors import SalusError
from salus.platform.errors import UnknownLanguage

CATALOG = Path("locale") / "zh_Hans.po"
_PACKAGE = Path(__file__).parents[2]
_chosen = [""]
_SPOKEN = ContextVar("salus_spoken", default="")


def language() -> str:
    """The language in force: of this visit, chosen, SALUS_LANGUAGE or the locale; else English."""
    places = ("SALUS_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    name = _SPOKEN.get() or _chosen[0] or next(filter(None, map(os.environ.get, places)), "")
    return "zh-Hans" if name.lower().startswith("zh") else "en"


def choose(name: str) -> None:
    """Speak a language from now on, in the whole process; empty asks the environment again.

    Raises UnknownLanguage.
    """
    if name and name.lower().replace("_", "-").split("-")[0] not in ("en", "zh"):
        raise UnknownLanguage(language=name)
    _chosen[0] = name


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak a language inside, in this thread or task only: each visitor has one of his own."""
    token = _SPOKEN.set(name)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def translate(message: str, /, **values: object) -> str:
    """A message in the language in force, with its named values put in.

    English where the message has no translation.
    """
    text = message if language() == "en" else _catalog().get(message) or message
    return text.format_map(_Values(values)) if values else text


_ = translate


def explain(error: SalusError) -> tuple[str, str]:
    """Message and hint of an error, with its values, in the language in force."""
    shown = {
        name: translate(text) if name in error.spoken else text
        for name, text in error.told().items()
    }
    message, hint = translate(error.template()), translate(error.hint)
    return message.format_map(_Values(shown)), hint.format_map(_Values(shown))


class _Values(dict[str, object]):
    """A value that nobody gave shows its name: a message must not hide behind a KeyError."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@cache
def _catalog() -> Mapping[str, str]:
    """All catalogs as one."""
    found: dict[str, str] = {}
    for path in catalogs():
        found |= read_catalog(path)
    return found


def catalogs() -> list[Path]:
    """The `zh_Hans.po` of every stratum and capability that has one."""
    return sorted([*_PACKAGE.glob(f"*/{CATALOG}"), *_PACKAGE.glob(f"*/*/{CATALOG}")])


def read_catalog(path: Path) -> dict[str, str]:
    """Translations by message."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - English needs no Babel

    with path.open("rb") as file:
        return {
            message.id: message.string
            for message in read_po(file, locale="zh_Hans")
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id
        }
