"""Names as they are compared: folded, and as they sound when written in Latin letters. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from rapidfuzz.distance import JaroWinkler

SIMILAR: Final = 0.92
"""The least similarity of Jaro and Winkler at which two spellings may be one name."""
PLACEHOLDERS: Final = frozenset({"baby", "babyboy", "babygirl", "newborn", "infant", "unknown"})
"""What hospitals write in the place of a given name that a newborn does not have yet."""
_CHILD_OF: Final = re.compile(r"^(之子|之女|婴儿|新生儿|无名)|(之子|之女|婴)$")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
_TWO: Final = frozenset(
    ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "万俟")
)
"""Family names of two characters, for names that are written in one piece."""
_SURNAMES: Final = {
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "曾": "zeng",
    "任": "ren",
    "盖": "ge",
    "尉迟": "yuchi",
    "万俟": "moqi",
}
"""Characters that sound otherwise as a family name than in a text."""


@dataclass(frozen=True, slots=True)
class Name:
    """A folded name, and its sound: pinyin for Chinese characters, itself for Latin letters."""

    family: str
    given: str
    family_sound: str
    given_sound: str

    @property
    def is_han(self) -> bool:
        return is_han(self.family + self.given)


def is_han(text: str) -> bool:
    return _HAN.search(text) is not None


def fold(text: str) -> str:
    """Without case, accents, blanks and signs: `O'Malley` and `o malley` are one."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(char for char in plain if char.isalnum())


def named(family: str, given: str) -> Name:
    """A name from its parts; a placeholder counts as no given name."""
    first, last = fold(given), fold(family)
    if first in PLACEHOLDERS or _CHILD_OF.search(first):
        first = ""
    return Name(last, first, _sound(last, is_family=True), _sound(first))


def whole(text: str) -> Name:
    """A name that is written in one piece: Chinese begins with the family, others end with it."""
    text = text.strip()
    if is_han(text):
        size = 2 if text[:2] in _TWO else 1
        return named(text[:size], text[size:])
    given, _, family = text.rpartition(" ")
    return named(family, given)


def are_similar(left: str, right: str) -> bool:
    return bool(JaroWinkler.similarity(left, right, score_cutoff=SIMILAR) >= SIMILAR)


def _sound(folded: str, *, is_family: bool = False) -> str:
    return _pinyin(folded, is_family) if is_han(folded) else folded


@cache
def _pinyin(text: str, is_family: bool) -> str:  # noqa: FBT001 - cached by position
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionary takes a fifth of a second

    if is_family and text in _SURNAMES:
        return _SURNAMES[text]
    return "".join(lazy_pinyin(text))
