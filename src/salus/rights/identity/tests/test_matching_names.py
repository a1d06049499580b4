"""Names, lunar days, and what of a Patient is compared."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from salus.rights.identity.matching.lunar import lunar_day
from salus.rights.identity.matching.names import are_similar, fold, named, whole
from salus.rights.identity.matching.person import person_of


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("O'Malley", "omalley"),
        ("o malley", "omalley"),
        ("Müller-Groß", "mullergross"),
        ("Łucja", "lucja"),
        ("SØREN", "soren"),
        ("Íñigo", "inigo"),
        ("", ""),
    ],
)
def test_case_accents_and_signs_do_not_count(written: str, folded: str) -> None:
    assert folded == fold(written)


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(text) == fold(fold(text))


@pytest.mark.parametrize(
    ("family", "given_name", "sound"),
    [
        ("李", "小梅", ("li", "xiaomei")),
        ("欧阳", "静怡", ("ouyang", "jingyi")),
        ("单", "丹", ("shan", "dan")),
        ("Li", "Xiao-Mei", ("li", "xiaomei")),
    ],
)
def test_a_name_sounds_the_same_in_both_scripts(
    family: str, given_name: str, sound: tuple[str, str]
) -> None:
    name = named(family, given_name)

    assert sound == (name.family_sound, name.given_sound)


@pytest.mark.parametrize(
    ("text", "family", "given_name"),
    [("李小梅", "李", "小梅"), ("欧阳静怡", "欧阳", "静怡"), ("Ana Núñez", "nunez", "ana")],
)
def test_a_name_in_one_piece_is_divided(text: str, family: str, given_name: str) -> None:
    name = whole(text)

    assert (family, given_name) == (name.family, name.given)


@pytest.mark.parametrize("placeholder", ["Baby Boy", "newborn", "之子", "婴儿", "李梅之女"])
def test_what_stands_for_a_newborn_is_no_given_name(placeholder: str) -> None:
    assert not named("Li", placeholder).given


def test_a_name_that_only_begins_like_a_placeholder_stays() -> None:
    assert named("Smith", "Babyanne").given == "babyanne"


def test_spellings_are_similar_from_a_bound_on() -> None:
    assert are_similar("katarzyna", "katarzina")
    assert not are_similar("anna", "elena")


@given(st.dates(date(1901, 1, 1), date(2099, 12, 31)))
def test_lunar_days_are_those_of_the_calendar(day: date) -> None:
    known = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    expected = f"{known.getYear():04}-{abs(known.getMonth()):02}-{known.getDay():02}"

    assert expected == lunar_day(day.isoformat())


def test_new_year_days_of_the_almanac_are_the_first_lunar_day() -> None:
    new_years = ("1985-02-20", "2000-02-05", "2023-01-22", "2024-02-10")

    assert {"01-01"} == {lunar_day(each)[5:] for each in new_years}


def test_a_day_outside_the_tables_has_no_lunar_day() -> None:
    assert not lunar_day("1850-01-01")
    assert not lunar_day((date.max - timedelta(days=1)).isoformat())


def test_a_patient_without_anything_is_a_person_of_whom_nothing_is_known() -> None:
    person = person_of({"resourceType": "Patient"})

    assert not any((person.names, person.birth, person.sex, person.phones, person.identifiers))


def test_a_year_alone_is_no_day_of_birth() -> None:
    assert not person_of({"birthDate": "1980"}).birth


def test_the_prefix_of_a_phone_does_not_count() -> None:
    phones = ("+86 138-0013-8000", "0086 13800138000", "1 380 0138 000")
    found = {person_of({"telecom": [{"system": "phone", "value": each}]}).phones for each in phones}

    assert {("3800138000",)} == found


@pytest.mark.parametrize("count", [5, 500])
def test_however_much_a_patient_says_a_comparison_stays_bounded(count: int) -> None:
    patient = {
        "name": [{"family": f"F{each}", "given": ["G"]} for each in range(count)],
        "telecom": [{"system": "phone", "value": f"{each:010}"} for each in range(count)],
        "address": [{"line": [f"Street {each}"]} for each in range(count)],
    }
    person = person_of(patient)

    assert [4, 4, 4] == [len(person.names), len(person.phones), len(person.addresses)]


@pytest.mark.parametrize(
    ("members", "is_multiple"),
    [
        ({"multipleBirthBoolean": True}, 1),
        ({"multipleBirthInteger": 2}, 1),
        ({"multipleBirthBoolean": False}, 0),
        ({}, 0),
    ],
)
def test_a_multiple_birth_is_seen(members: dict[str, object], is_multiple: int) -> None:
    assert is_multiple == person_of(members).is_multiple
