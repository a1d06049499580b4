"""The words of matching that stand in no call: fields, grades, and why nothing was automatic."""

from collections.abc import Iterable, Iterator

from salus.platform.i18n import translate
from salus.rights.identity.matching.events import Kind
from salus.rights.identity.matching.model import FIELDS, Bar, Grade


def wording() -> Iterator[str]:
    """Every one of them, for the catalog."""
    yield from FIELDS
    for kind in (Bar, Grade, Kind):
        yield from (each.value for each in kind)


def told(words: Iterable[str]) -> str:
    """Some of them, in the language in force."""
    return ", ".join(map(translate, words))
