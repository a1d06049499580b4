"""Messages in the reader's language: English in the code, Simplified Chinese beside it."""

import os
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from salus.kernel.errors import SalusError

LANGUAGES = ("en", "zh-Hans")
_chosen = [""]


def language() -> str:
    """The language in force: chosen, or SALUS_LANGUAGE, or the locale; English otherwise."""
    name = _chosen[0] or os.environ.get("SALUS_LANGUAGE") or os.environ.get("LANG", "")
    return "zh-Hans" if name.lower().startswith("zh") else "en"


def choose(name: str) -> None:
    _chosen[0] = name


def translate(message: str) -> str:
    """A message in the language in force; English where it has no translation."""
    if language() == "en":
        return message
    return _catalog().get(message) or message


_ = translate


def explain(error: SalusError) -> tuple[str, str]:
    """Message and hint of an error, with its values, in the language in force."""
    shown = error.shown()
    return translate(error.template()).format(**shown), translate(error.hint).format(**shown)


@cache
def _catalog() -> dict[str, str]:
    """Every `locale/zh_Hans.po` below the package, as one."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parents[2].glob("**/locale/zh_Hans.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans"):
                if isinstance(message.id, str) and isinstance(message.string, str):
                    found[message.id] = message.string
    return found
