"""Words that stand in no call: of matching fields, grades and why nothing was automatic; of the
governors how far a proposal is.
"""

from collections.abc import Iterable, Iterator

from salus.platform.i18n import translate
from salus.rights.identity.governing.model import State
from salus.rights.identity.matching.events import Kind
from salus.rights.identity.matching.model import FIELDS, Bar, Grade
from salus.rights.identity.matching.showing import SEXES


def wording() -> Iterator[str]:
    """Every one of them, for the catalog."""
    yield from (*FIELDS, *SEXES)
    yield from ("active", "suspended", "yes")
    for kind in (Bar, Grade, Kind, State):
        yield from (each.value for each in kind)


def told(words: Iterable[str]) -> str:
    """Some of them, in the language in force."""
    return ", ".join(map(translate, words))
