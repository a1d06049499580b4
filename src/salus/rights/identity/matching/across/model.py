"""Who of two organizations is the same person, from keyed codes alone. Pure.

The levels of agreement are those of `comparing`, so the weights and the bands are the same. Whether
a name is Chinese is not told, so the evidence of names is the lesser of that of both tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from salus.rights.identity.matching.across.encoding import (
    Encoded,
    EncodedBlock,
    EncodedIdentifier,
    EncodedName,
    EncodedPhone,
)
from salus.rights.identity.matching.blocking import Block, Register
from salus.rights.identity.matching.comparing import Agreement
from salus.rights.identity.matching.model import Scored, judge_by, weigh

ALIKE: Final = 0.7
"""The least Dice similarity at which two spellings may be one name: one letter in six."""
_SAME, _PARTLY = 0.857, 0.571  # Dice of the shares 0.75 and 0.4 in `comparing`
_ORDER: Final = ("equal", "swapped", "sound", "similar", "different", "")
_RANK: Final = {level: rank for rank, level in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True)
class Encodings:
    """What one organization gives to the matcher. `check` tells which key it was made under."""

    format: str
    check: bytes
    people: tuple[Encoded, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two handles that are probably of one person; the score in millionths."""

    left: bytes
    right: bytes
    grade: str
    millionths: int


def dice(left: bytes, right: bytes) -> float:
    """How similar two filters are: twice the bits in common, by the bits of both."""
    one, other = int.from_bytes(left), int.from_bytes(right)
    count = one.bit_count() + other.bit_count()
    return 2 * (one & other).bit_count() / count if count else 0.0


def pairs_of(left: Sequence[Encoded], right: Sequence[Encoded]) -> Iterator[Pair]:
    """Everybody on the left with those on the right who are likely the same, best first."""
    register = Register()
    for number, each in enumerate(right):
        register.put(number, _blocks(each.blocks))
    for person in left:
        near = sorted(register.within(_blocks(person.blocks)))
        known = ((str(number), str(number), right[number]) for number in near)
        for found in judge_by(score, person, known):
            other = right[int(found.key)].handle
            millionths = int(found.scored.probability * 1_000_000)
            yield Pair(person.handle, other, found.grade.value, millionths)


def _blocks(encoded: Iterable[EncodedBlock]) -> list[Block]:
    return [Block(each.key.hex(), each.second.hex()) for each in encoded]


def score(left: Encoded, right: Encoded) -> Scored:
    """How likely two people are one, by the table of weights that says less."""
    agreement = compare(left, right)
    found = [weigh(each) for each in (agreement, replace(agreement, is_han=False))]
    bits, probability = min((each.bits, each.probability) for each in found)
    return Scored(bits, probability, agreement)


def compare(left: Encoded, right: Encoded) -> Agreement:
    """`is_han` is true, which asks for more before two are linked."""
    family, given = _names(left.names, right.names)
    return Agreement(
        family,
        given,
        _birth(left, right),
        _equal(left.sex, right.sex),
        _phone(left.phones, right.phones),
        _address(left.addresses, right.addresses),
        _identifier(left.identifiers, right.identifiers),
        is_han=True,
    )


def _equal(left: bytes, right: bytes) -> str:
    if not left or not right:
        return ""
    return "equal" if left == right else "different"


def _names(left: Iterable[EncodedName], right: Iterable[EncodedName]) -> tuple[str, str]:
    """The levels of the two names that agree best."""
    found = [_name(one, other) for one, other in product(left, right)]
    return min(found, key=lambda each: _RANK[each[0]] + _RANK[each[1]], default=("", ""))


def _name(one: EncodedName, other: EncodedName) -> tuple[str, str]:
    family = _part(one.family, other.family, one.family_sound, other.family_sound)
    given = _part(one.given, other.given, one.given_sound, other.given_sound)
    is_swapped = (one.family_sound, one.given_sound) == (other.given_sound, other.family_sound)
    if family == given == "different" and is_swapped:
        return "swapped", "swapped"
    return family, given


def _part(one: bytes, other: bytes, sound: bytes, other_sound: bytes) -> str:
    if not one or not other:
        return ""
    if one == other:
        return "equal"
    if sound == other_sound:
        return "sound"
    return "similar" if dice(sound, other_sound) >= ALIKE else "different"


def _birth(left: Encoded, right: Encoded) -> str:
    one, other = left.birth, right.birth
    if not one or not other:
        return ""
    if one == other:
        return "equal"
    if other == left.lunar or one == right.lunar:
        return "lunar"
    if other == left.swapped:
        return "swapped"
    return "part" if set(left.parts) & set(right.parts) else "different"


def _phone(left: Sequence[EncodedPhone], right: Sequence[EncodedPhone]) -> str:
    if not left or not right:
        return ""
    if {each.number for each in left} & {each.number for each in right}:
        return "equal"
    return "last" if {each.last for each in left} & {each.last for each in right} else "different"


def _address(left: Sequence[bytes], right: Sequence[bytes]) -> str:
    if not left or not right:
        return ""
    best = max(dice(one, other) for one, other in product(left, right))
    return "equal" if best >= _SAME else "part" if best >= _PARTLY else "different"


def _identifier(left: Sequence[EncodedIdentifier], right: Sequence[EncodedIdentifier]) -> str:
    """Another number in a system of unique ones weighs more than any number in common."""
    common = {each.number for each in left} & {each.number for each in right}
    agreeing = {each.system for each in left if each.number in common}
    mine = {each.unique for each in left if each.unique} - agreeing
    if any(each.unique in mine for each in right):
        return "contradicting"
    return "equal" if common else ""
