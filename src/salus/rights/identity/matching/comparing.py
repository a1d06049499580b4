"""How far two people agree, field by field. Pure.

Each answer is a level that the table of weights knows; empty where one of the two says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final

from salus.rights.identity.matching.names import Name, are_similar
from salus.rights.identity.matching.person import Address, Identifier, Person

_SAME, _PARTLY = 0.75, 0.4
"""Shares of common tokens from which an address is the same, or partly the same."""
_ORDER: Final = ("equal", "swapped", "sound", "similar", "different", "")
_RANK: Final = {level: rank for rank, level in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The level of each field; `is_han` says that the compared names are both Chinese."""

    family: str
    given: str
    birth: str
    sex: str
    phone: str
    address: str
    identifier: str
    is_han: bool


def compare(left: Person, right: Person) -> Agreement:
    family, given, is_both_han = _names(left.names, right.names)
    return Agreement(
        family,
        given,
        _birth(left, right),
        ("equal" if left.sex == right.sex else "different") if left.sex and right.sex else "",
        _phone(left.phones, right.phones),
        _address(left.addresses, right.addresses),
        _identifier(left.identifiers, right.identifiers),
        is_both_han,
    )


def _names(left: Iterable[Name], right: Iterable[Name]) -> tuple[str, str, bool]:
    """The levels of the two names that agree best."""
    found = [
        (*_name(one, other), one.is_han and other.is_han) for one, other in product(left, right)
    ]
    return min(found, key=lambda each: _RANK[each[0]] + _RANK[each[1]], default=("", "", False))


def _name(one: Name, other: Name) -> tuple[str, str]:
    straight = _part(one.family, other.family, one.family_sound, other.family_sound)
    given = _part(one.given, other.given, one.given_sound, other.given_sound)
    if straight == given == "different" and _is_swapped(one, other):
        return "swapped", "swapped"
    return straight, given


def _part(one: str, other: str, sound: str, other_sound: str) -> str:
    if not one or not other:
        return ""
    if one == other:
        return "equal"
    if sound == other_sound:
        return "sound"
    return "similar" if are_similar(sound, other_sound) else "different"


def _is_swapped(one: Name, other: Name) -> bool:
    return one.family_sound == other.given_sound and one.given_sound == other.family_sound


def _birth(left: Person, right: Person) -> str:
    one, other = left.birth, right.birth
    if not one or not other:
        return ""
    if one == other:
        return "equal"
    if one == right.lunar or other == left.lunar:
        return "lunar"
    year, month, day = one.split("-")
    if other == f"{year}-{day}-{month}":
        return "swapped"
    same = sum(a == b for a, b in zip((year, month, day), other.split("-"), strict=True))
    return "part" if same == 2 else "different"


def _phone(left: tuple[str, ...], right: tuple[str, ...]) -> str:
    if not left or not right:
        return ""
    if any(one == other for one in left for other in right):
        return "equal"
    lasts = {each[-7:] for each in left}
    return "last" if any(each[-7:] in lasts for each in right) else "different"


def _address(left: tuple[Address, ...], right: tuple[Address, ...]) -> str:
    shares = [
        _share(one.tokens, other.tokens)
        for one, other in product(left, right)
        if one.tokens and other.tokens
    ]
    if not shares:
        return ""
    best = max(shares)
    return "equal" if best >= _SAME else "part" if best >= _PARTLY else "different"


def _share(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    common = len(set(left).intersection(right))
    return common / (len(left) + len(right) - common)


def _identifier(left: tuple[Identifier, ...], right: tuple[Identifier, ...]) -> str:
    """Another number in a system of unique ones weighs more than any number in common."""
    common = {(each.system, each.value) for each in left} & {(e.system, e.value) for e in right}
    agreeing = {system for system, _ in common}
    mine = {each.system for each in left if each.is_unique} - agreeing
    if any(each.is_unique and each.system in mine for each in right):
        return "contradicting"
    return "equal" if common else ""
