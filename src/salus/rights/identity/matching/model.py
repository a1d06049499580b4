"""From agreements to a probability, from probabilities to what is done about them. Pure.

The sum of log2(m / u) over the fields is the method of Fellegi and Sunter. It takes the fields to
be independent, which they are not within a household: twins share a family name, a day of birth, a
phone and an address. So what a household shares counts only when given name and day of birth do
not speak against it.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Final, Protocol, TypeVar

import orjson

from salus.rights.identity.matching.comparing import Agreement, compare
from salus.rights.identity.matching.person import Person

LINK, PROBABLE, REVIEW = 0.995, 0.90, 0.70
"""The least probability of a link, of a probable match, and of one that a person looks at."""
CLOSE: Final = 6.0
"""Bits by which the best candidate must lead any other person."""
FLOOR: Final = math.log2(REVIEW / (1 - REVIEW)) - CLOSE
"""Bits below which somebody is neither a candidate nor close to one."""
FIELDS: Final = ("family", "given", "birth", "sex", "phone", "address", "identifier")
_HOUSEHOLD: Final = frozenset({"family", "phone", "address"})
_AGREES: Final = frozenset({"equal", "sound", "similar", "swapped", "part", "last", "lunar"})
_SAME_NAME: Final = frozenset({"equal", "swapped"})
_SAME_DAY: Final = frozenset({"equal", "swapped", "lunar"})


class HasBirth(Protocol):
    """Whoever is compared: `is_multiple` is 1 for a twin or a triplet."""

    @property
    def is_multiple(self) -> int: ...


Someone = TypeVar("Someone", bound=HasBirth)


class Bar(Enum):
    """Why a pair is never linked without a person."""

    MULTIPLE_BIRTH = "multiple-birth"
    NO_GIVEN_NAME = "no-given-name"
    SECOND_CANDIDATE = "second-candidate"
    CONTRADICTING_IDENTIFIER = "contradicting-identifier"
    TOO_LITTLE = "too-little"


class Grade(Enum):
    """Codes of http://terminology.hl7.org/CodeSystem/match-grade."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CERTAINLY_NOT = "certainly-not"


@dataclass(frozen=True, slots=True)
class Weights:
    """Bits of evidence of each level of each field, and those before anything was compared."""

    version: int
    prior: float
    bits: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Scored:
    bits: float
    probability: float
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known person beside the one who is asked for; `key` is the record."""

    key: str
    cluster: str
    scored: Scored
    bars: tuple[Bar, ...]

    @property
    def grade(self) -> Grade:
        return _grade(self.scored.probability, is_barred=bool(self.bars))

    @property
    def agrees(self) -> tuple[str, ...]:
        """The fields that agree: all that may be shown of a candidate."""
        return agreeing(self.scored.agreement)


def agreeing(agreement: Agreement) -> tuple[str, ...]:
    """The fields that count as the same."""
    return tuple(name for name in FIELDS if getattr(agreement, name) in _AGREES)


def _grade(probability: float, *, is_barred: bool) -> Grade:
    if probability >= LINK and not is_barred:
        return Grade.CERTAIN
    if probability >= PROBABLE:
        return Grade.PROBABLE
    return Grade.POSSIBLE if probability >= REVIEW else Grade.CERTAINLY_NOT


@cache
def weights() -> Weights:
    """The table that is shipped, `weights.json`."""
    place = files("salus.rights.identity.matching") / "weights.json"
    return weights_of(orjson.loads(place.read_bytes()))


def weights_of(table: Mapping[str, Any]) -> Weights:
    bits = {
        field: {level: math.log2(m / u) for level, (m, u) in levels.items()}
        for field, levels in table["fields"].items()
    }
    prior: float = table["prior"]
    return Weights(table["version"], math.log2(prior / (1 - prior)), bits)


def score(left: Person, right: Person, table: Weights | None = None) -> Scored:
    """How likely two people are one, from what both say of themselves."""
    return weigh(compare(left, right), table)


def weigh(agreement: Agreement, table: Weights | None = None) -> Scored:
    """How likely two people are one who agree that far."""
    known = table or weights()
    bits = known.prior + sum(_evidence(agreement, known))
    return Scored(bits, 1 / (1 + 2**-bits), agreement)


def _evidence(agreement: Agreement, table: Weights) -> Iterable[float]:
    is_other = "different" in (agreement.given, agreement.birth)
    for field in FIELDS:
        level = getattr(agreement, field)
        if level:
            han = agreement.is_han and field in {"family", "given"}
            bits = table.bits[f"{field}-han" if han else field][level]
            yield min(bits, 0.0) if is_other and field in _HOUSEHOLD else bits


def judge(person: Person, known: Iterable[tuple[str, str, Person]]) -> list[Candidate]:
    """Candidates among known people (key, cluster, person), best first; below REVIEW none."""
    return judge_by(score, person, known)


def judge_by(
    scoring: Callable[[Someone, Someone], Scored],
    person: Someone,
    known: Iterable[tuple[str, str, Someone]],
) -> list[Candidate]:
    """The same with another way to compare, such as that of encodings."""
    scored = [(key, cluster, other, scoring(person, other)) for key, cluster, other in known]
    scored.sort(key=lambda each: (-each[3].bits, each[0]))
    leads = [(cluster, each.bits) for _, cluster, _, each in scored]
    return [
        Candidate(key, cluster, each, tuple(_bars(person, other, each, cluster, leads)))
        for key, cluster, other, each in scored
        if each.probability >= REVIEW
    ]


def _bars(
    person: HasBirth,
    other: HasBirth,
    scored: Scored,
    cluster: str,
    leads: Sequence[tuple[str, float]],
) -> Iterable[Bar]:
    agreement = scored.agreement
    if person.is_multiple or other.is_multiple:
        yield Bar.MULTIPLE_BIRTH
    if not agreement.given:
        yield Bar.NO_GIVEN_NAME
    if any(each != cluster and bits > scored.bits - CLOSE for each, bits in leads):
        yield Bar.SECOND_CANDIDATE
    if agreement.identifier == "contradicting":
        yield Bar.CONTRADICTING_IDENTIFIER
    if not _is_enough(agreement):
        yield Bar.TOO_LITTLE


def _is_enough(agreement: Agreement) -> bool:
    """Given name and day of birth, and a phone, an address or an identifier.

    Twins may have names that sound alike, so a given name that is only similar, or that only sounds
    the same in one script, needs an identifier.
    """
    if agreement.birth not in _SAME_DAY:
        return False
    across = agreement.given == "sound" and not agreement.is_han
    if agreement.given in _SAME_NAME or across:
        contact = (agreement.phone, agreement.address, agreement.identifier)
        return "equal" in contact
    return agreement.given in _AGREES and agreement.identifier == "equal"


def certain(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that are certain, of one person only: several people who are certain are none."""
    found = [each for each in candidates if each.grade is Grade.CERTAIN]
    return found if len({each.cluster for each in found}) == 1 else []
