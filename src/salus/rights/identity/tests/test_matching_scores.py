"""How far two people agree, what it comes to, and what is never done without a person."""

from dataclasses import replace
from typing import Any

import pytest

from salus.rights.identity.matching.comparing import compare
from salus.rights.identity.matching.model import (
    LINK,
    REVIEW,
    Bar,
    Candidate,
    Grade,
    certain,
    judge,
    score,
    weights,
)
from salus.rights.identity.matching.person import Person, person_of
from tests.support.people import NATIONAL, Seen

ANNA = Seen(
    who=1,
    is_han=False,
    family="Lindqvist",
    given="Anna",
    sex="female",
    born="1985-09-03",
    phone="+44 20 7946 0018",
    line="12 Alder Row, Apt 4",
    city="Port Ellery",
    postal="98221",
    national="12345678901",
    hospital="h1",
)
MEI = replace(
    ANNA,
    is_han=True,
    family="李",
    given="晓梅",
    born="1985-09-29",
    phone="13800138000",
    line="中山路 12 号 3 室",
    city="成都市",
    postal="610041",
)


def person(seen: Seen, **changed: Any) -> Person:
    return person_of(replace(seen, **changed).patient())


@pytest.mark.parametrize(
    ("seen", "changed", "field", "level"),
    [
        (ANNA, {}, "given", "equal"),
        (ANNA, {"given": "ANNÁ"}, "given", "equal"),
        (ANNA, {"family": "Lindqvst"}, "family", "similar"),
        (ANNA, {"family": "Anna", "given": "Lindqvist"}, "given", "swapped"),
        (ANNA, {"given": "Ruth"}, "given", "different"),
        (ANNA, {"given": ""}, "given", ""),
        (MEI, {"family": "Li", "given": "Xiaomei"}, "given", "sound"),
        (MEI, {"family": "Xiaomei", "given": "Li"}, "family", "swapped"),
        (MEI, {"given": "小梅"}, "given", "sound"),
        (ANNA, {"born": "1985-03-09"}, "birth", "swapped"),
        (ANNA, {"born": "1986-09-03"}, "birth", "part"),
        (ANNA, {"born": "1985-09-13"}, "birth", "part"),
        (ANNA, {"born": "1986-09-13"}, "birth", "different"),
        (ANNA, {"born": "1985"}, "birth", ""),
        (MEI, {"born": "1985-08-15"}, "birth", "lunar"),
        (ANNA, {"born": "1985-07-19"}, "birth", "different"),
        (ANNA, {"sex": "male"}, "sex", "different"),
        (ANNA, {"sex": "unknown"}, "sex", ""),
        (ANNA, {"phone": "020 7946 0018"}, "phone", "equal"),
        (ANNA, {"phone": "+1 (212) 946-0018"}, "phone", "last"),
        (ANNA, {"phone": "+44 20 7946 0019"}, "phone", "different"),
        (ANNA, {"line": "Alder Row 12 Apt. 4"}, "address", "equal"),
        (ANNA, {"line": "12 Alder Row"}, "address", "part"),
        (ANNA, {"line": "3 Mill Lane", "city": "Cork"}, "address", "different"),
        (MEI, {"line": "中山路12号3室"}, "address", "equal"),
        (ANNA, {}, "identifier", "equal"),
        (ANNA, {"national": "99", "hospital": "h9"}, "identifier", "contradicting"),
        (ANNA, {"national": "99"}, "identifier", "contradicting"),
        (ANNA, {"national": "", "hospital": "h9"}, "identifier", ""),
    ],
)
def test_two_people_agree_in_a_field_to_a_level(
    seen: Seen, changed: dict[str, Any], field: str, level: str
) -> None:
    there = compare(person(seen), person(seen, **changed))
    back = compare(person(seen, **changed), person(seen))

    assert level == getattr(there, field)
    assert there == back


def test_the_best_of_several_names_counts() -> None:
    married = person_of(
        ANNA.patient()
        | {
            "name": [
                {"family": "Berg", "given": ["Anna"]},
                {"family": "Lindqvist", "given": ["Anna"]},
            ]
        }
    )

    assert compare(person(ANNA), married).family == "equal"


def test_another_number_of_the_hospital_contradicts_nothing() -> None:
    one, other = person(ANNA, national=""), person(ANNA, national="", hospital="h2")

    assert not compare(one, other).identifier


def test_every_level_has_weights_that_are_probabilities() -> None:
    table = weights()

    assert table.prior < 0
    assert all(levels["equal"] > 0 > levels["different"] for levels in _compared(table.bits))


def _compared(bits: Any) -> list[Any]:
    return [levels for name, levels in bits.items() if name != "identifier"]


def test_each_agreement_more_raises_the_score() -> None:
    nothing = {"phone": "", "national": "", "hospital": "h7", "line": "", "city": ""}
    less = score(person(ANNA, **nothing), person(ANNA, **nothing))
    more = score(person(ANNA), person(ANNA))

    assert less.bits < more.bits
    assert less.probability < more.probability


TWIN = {"given": "Ruth", "national": "", "hospital": "h2"}


@pytest.mark.parametrize("seen", [ANNA, MEI])
def test_what_a_household_shares_makes_no_twins_one(seen: Seen) -> None:
    given = "Ruth" if not seen.is_han else "建国"
    found = score(person(seen, national=""), person(seen, **(TWIN | {"given": given})))

    assert (found.agreement.phone, found.agreement.address) == ("equal", "equal")
    assert found.probability < REVIEW


def test_a_child_with_the_name_of_its_parent_is_somebody_else() -> None:
    child = person(ANNA, born="2012-11-20", national="", hospital="h2")

    assert score(person(ANNA), child).probability < REVIEW


@pytest.mark.parametrize(
    ("one", "other", "bars"),
    [
        ({}, {}, set()),
        ({"is_multiple": True}, {}, {Bar.MULTIPLE_BIRTH}),
        ({}, {"is_multiple": True}, {Bar.MULTIPLE_BIRTH}),
        ({"given": "Baby Girl"}, {"given": ""}, {Bar.NO_GIVEN_NAME, Bar.TOO_LITTLE}),
        ({"national": "77"}, {}, {Bar.CONTRADICTING_IDENTIFIER}),
        (
            {"national": "", "hospital": "h2", "phone": "", "line": "", "city": ""},
            {},
            {Bar.TOO_LITTLE},
        ),
        ({"born": "1985-09-04"}, {}, {Bar.TOO_LITTLE}),
        ({"given": "Annna", "national": "", "hospital": "h2"}, {}, {Bar.TOO_LITTLE}),
        ({"given": "Annna"}, {}, set()),
    ],
    ids=[
        "plain",
        "twin",
        "other-twin",
        "newborn",
        "another-number",
        "no-contact",
        "another-day",
        "similar-name",
        "similar-name-same-number",
    ],
)
def test_what_is_never_linked_without_a_person(
    one: dict[str, Any], other: dict[str, Any], bars: set[Bar]
) -> None:
    (found,) = judge(person(ANNA, **one), [("k", "c", person(ANNA, **other))])

    assert found.scored.probability >= LINK
    assert bars == set(found.bars)
    assert (Grade.PROBABLE if bars else Grade.CERTAIN) is found.grade


def test_a_second_candidate_further_away_bars_only_itself() -> None:
    found = judge(person(ANNA), [("a", "A", person(ANNA)), ("b", "B", person(ANNA, sex="male"))])

    assert [(), (Bar.SECOND_CANDIDATE,)] == [each.bars for each in found]


def test_a_second_candidate_within_six_bits_bars_the_first() -> None:
    found = judge(person(ANNA), [("a", "A", person(ANNA)), ("b", "B", person(ANNA))])

    assert [(Bar.SECOND_CANDIDATE,)] * 2 == [each.bars for each in found]
    assert [] == certain(found)


def test_two_records_that_are_linked_already_are_one_candidate() -> None:
    found = judge(person(ANNA), [("a", "A", person(ANNA)), ("b", "A", person(ANNA))])

    assert ["a", "b"] == [each.key for each in certain(found)]


def test_several_people_who_are_certain_are_none() -> None:
    agreeing = judge(person(ANNA), [("a", "A", person(ANNA))])[0]
    both = [agreeing, Candidate("b", "B", agreeing.scored, ())]

    assert [] == certain(both)


def test_a_candidate_shows_only_the_fields_that_agree() -> None:
    (found,) = judge(person(ANNA), [("a", "A", person(ANNA, phone="", sex="male"))])

    assert found.agrees == ("family", "given", "birth", "address", "identifier")


def test_a_number_in_common_of_old_use_does_not_count() -> None:
    old = {"use": "old", "system": NATIONAL, "value": ANNA.national}
    other = person_of(ANNA.patient() | {"identifier": [old]})

    assert not compare(person(ANNA), other).identifier
