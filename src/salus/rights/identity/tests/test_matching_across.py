"""Matching across organizations by keyed codes: how good it is, and what a matcher is told."""

import secrets
from dataclasses import fields, replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.rights.identity.matching.across.encoding import BITS, Encoded, Encoder
from salus.rights.identity.matching.across.model import Pair, compare, dice, pairs_of, score
from salus.rights.identity.matching.model import Grade
from salus.rights.identity.matching.model import score as score_openly
from salus.rights.identity.matching.person import Person, person_of
from salus.rights.identity.tests.test_matching_quality import Quality, seen

KEY = bytes(range(32))
ENCODER = Encoder(KEY)


def encoded(person: Person, encoder: Encoder = ENCODER) -> Encoded:
    return encoder.encode(person, secrets.token_bytes(16))


def named(family: str, given_: str, **members: object) -> Person:
    return person_of({"name": [{"family": family, "given": [given_]}], **members})


@cache
def houses() -> tuple[dict[bytes, int], dict[bytes, int], tuple[Pair, ...]]:
    """Who came to which of two hospitals, by handles, and what the matcher found."""
    known, people = seen()
    sides: tuple[dict[bytes, int], dict[bytes, int]] = {}, {}
    codes: tuple[list[Encoded], list[Encoded]] = [], []
    for number, (each, person) in enumerate(zip(known, people, strict=True)):
        handle = number.to_bytes(16)
        sides[number % 2][handle] = each.who
        codes[number % 2].append(ENCODER.encode(person, handle))
    return *sides, tuple(pairs_of(*codes))


def quality(found: list[Pair]) -> Quality:
    left, right, _ = houses()
    there = list(right.values())
    wanted = sum(there.count(who) for who in left.values())
    right_ones = sum(left[each.left] == right[each.right] for each in found)
    return Quality(right_ones / len(found), right_ones / wanted)


def test_people_of_two_hospitals_find_each_other_by_codes_alone() -> None:
    measured = quality(list(houses()[2]))

    assert measured.f1 >= 0.97, str(measured)
    assert measured.precision >= 0.96, str(measured)
    assert measured.recall >= 0.96, str(measured)


def test_what_is_certain_by_codes_is_right() -> None:
    found = [each for each in houses()[2] if each.grade == Grade.CERTAIN.value]
    measured = quality(found)

    assert measured.precision >= 0.998, str(measured)
    assert measured.recall >= 0.7, str(measured)


# LEVELS


ANNA = named(
    "Lindqvist",
    "Annabel",
    birthDate="1980-03-07",
    gender="female",
    telecom=[{"system": "phone", "value": "+46 70 123 45 67"}],
    address=[{"line": ["12 Alder Row", "Flat 3"], "city": "Port Ellery"}],
    identifier=[{"system": "urn:test", "value": "17"}],
)


def level(field: str, left: Person, right: Person) -> str:
    return str(getattr(compare(encoded(left), encoded(right)), field))


@pytest.mark.parametrize(
    ("field", "members", "expected"),
    [
        ("birth", {"birth": "1980-07-03"}, "swapped"),
        ("birth", {"birth": "1980-03-08"}, "part"),
        ("birth", {"birth": "1981-03-07"}, "part"),
        ("birth", {"birth": "1981-04-07"}, "different"),
        ("birth", {"birth": ""}, ""),
        ("sex", {"sex": "male"}, "different"),
        ("phone", {"phones": ("9991234567",)}, "last"),
        ("phone", {"phones": ("9999999999",)}, "different"),
        ("phone", {"phones": ()}, ""),
        ("identifier", {"identifiers": ()}, ""),
        ("address", {"addresses": ()}, ""),
    ],
)
def test_a_code_tells_how_far_a_field_agrees(
    field: str, members: dict[str, object], expected: str
) -> None:
    assert level(field, ANNA, replace(ANNA, **members)) == expected  # type: ignore[arg-type]
    assert level(field, ANNA, ANNA) == "equal"


def test_names_agree_by_letters_by_sound_and_in_the_other_order() -> None:
    assert level("family", named("Lindqvist", "A"), named("Lindqvjst", "A")) == "similar"
    assert level("family", named("Lindqvist", "A"), named("Okafor", "A")) == "different"
    assert level("given", named("王", "伟"), named("王", "玮")) == "sound"
    assert level("given", named("王", "伟"), named("Wang", "Wei")) == "sound"
    assert level("given", named("Grace", "Ruth"), named("Ruth", "Grace")) == "swapped"


def test_another_number_of_which_a_person_has_one_contradicts() -> None:
    def numbered(value: str) -> Person:
        unique = {"coding": [{"code": "NI"}]}
        return person_of({"identifier": [{"type": unique, "system": "urn:n", "value": value}]})

    assert level("identifier", numbered("1"), numbered("2")) == "contradicting"
    assert level("identifier", numbered("1"), numbered("1")) == "equal"


def test_twins_are_not_certain_by_codes_either() -> None:
    twin = replace(ANNA, is_multiple=1)
    found = list(pairs_of([encoded(ANNA)], [encoded(twin)]))

    assert [each.grade for each in found] == [Grade.PROBABLE.value]
    assert [each.grade for each in pairs_of([encoded(ANNA)], [encoded(replace(ANNA))])] == [
        Grade.CERTAIN.value
    ]


def test_codes_never_say_more_for_a_pair_than_its_open_comparison_would() -> None:
    """The lesser of two tables: so nobody is linked by codes who would not be by names."""
    _, people = seen()
    chosen = [(people[at], people[at + 1]) for at in range(0, 400, 2)]
    chosen += [(each, each) for each in people[:100]]

    for one, other in chosen:
        assert score(encoded(one), encoded(other)).bits <= score_openly(one, other).bits + 1e-9


# WHAT A MATCHER IS TOLD


def codes_of(each: Encoded) -> set[bytes]:
    found: set[bytes] = set()
    waiting: list[object] = [each]
    while waiting:
        value = waiting.pop()
        if isinstance(value, bytes):
            found.add(value)
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif not isinstance(value, int):
            waiting.extend(getattr(value, member.name) for member in fields(value))  # type: ignore[arg-type]
    return found - {b""}


def test_under_another_key_no_code_is_the_same() -> None:
    other = encoded(ANNA, Encoder(bytes(32)))

    assert len(codes_of(encoded(ANNA))) > 15
    assert not codes_of(encoded(ANNA)) & codes_of(other)
    assert list(pairs_of([encoded(ANNA)], [other])) == []


def test_no_value_stands_in_a_code_and_the_key_in_no_repr() -> None:
    everything = b"|".join(codes_of(encoded(ANNA)))

    for value in ("lindqvist", "annabel", "1980", "1234567", "alder", "urn:test", "female"):
        assert value.encode() not in everything.lower()
    assert KEY.hex() not in repr(ENCODER)
    assert repr(KEY) not in repr(ENCODER)


def test_one_value_has_another_code_in_another_field() -> None:
    assert ENCODER.tag("phone", "1234567") != ENCODER.tag("last", "1234567")
    assert ENCODER.tag("phone", "") == b""


@given(st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=20))
def test_a_filter_is_like_itself_and_holds_each_of_its_tokens(tokens: set[str]) -> None:
    whole = ENCODER.filter("address", tokens)
    bits = int.from_bytes(whole)

    assert len(whole) == BITS // 8
    assert dice(whole, whole) == 1.0
    for token in tokens:
        one = int.from_bytes(ENCODER.filter("address", [token]))
        assert one & bits == one


@given(
    st.sets(st.integers(0, 60), min_size=3, max_size=15),
    st.sets(st.integers(0, 60), min_size=3, max_size=15),
)
def test_filters_are_as_similar_as_the_sets_behind_them(left: set[int], right: set[int]) -> None:
    exact = 2 * len(left & right) / (len(left) + len(right))
    near = dice(
        ENCODER.filter("address", map(str, left)), ENCODER.filter("address", map(str, right))
    )

    assert abs(near - exact) < 0.2
    assert dice(b"", b"") == 0.0
