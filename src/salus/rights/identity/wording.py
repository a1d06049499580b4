"""Words that stand in no call: of matching fields, grades and why nothing was automatic; of the
governors how far a proposal is.
"""

from collections.abc import Iterable, Iterator

from salus.platform.i18n import translate
from salus.rights.identity.governing.model import State
from salus.rights.identity.matching.events import Kind
from salus.rights.identity.matching.model import FIELDS, Bar, Grade
from salus.rights.identity.matching.showing import SEXES
from salus.rights.identity.model import Roles


def wording() -> Iterator[str]:
    """Every one of them, for the catalog."""
    yield from (*FIELDS, *SEXES)
    yield from ("active", "suspended", "yes", "automatic")
    yield from map(duty, Roles)
    for kind in (Bar, Grade, Kind, State):
        yield from (each.value for each in kind)


def duty(role: Roles) -> str:
    """What an organization is for, in a word."""
    return str(role.name).lower()


def told(words: Iterable[str]) -> str:
    """Some of them, in the language in force."""
    return ", ".join(map(translate, words))
