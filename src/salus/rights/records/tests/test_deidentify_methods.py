"""What one method does to one value, and profiles that are wrong."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.canonical import Lexeme
from salus.rights.records.deidentify import methods as m
from salus.rights.records.deidentify.errors import BadField, BadProfile, UnknownProfile
from salus.rights.records.deidentify.methods import Context
from salus.rights.records.deidentify.profile import SHIPPED, compiled, field_of, load

HERE = Context(b"\x07" * 32, "Patient/p1", date(2026, 1, 5), lambda text: text, lambda _: True)
NOBODY = replace(HERE, subject=None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019-03-04", "2019"),
        ("2019-03", "2019"),
        ("2019", "2019"),
        ("2019-03-04T10:00:00Z", "2019"),
        ("1936", "1936"),
        ("1935-12-31", None),
        ("next week", None),
        ("2019-03-04 Quillfeather", None),
        (None, None),
    ],
)
def test_of_a_date_the_year_comes_out_unless_it_tells_a_great_age(
    value: Any, expected: str | None
) -> None:
    assert expected == m.year(HERE, value, {})


@pytest.mark.parametrize(
    ("born", "options", "expected"),
    [
        ("1985-09-29", {}, "1985"),
        ("1985-09-29", {"band": 10}, "1980"),
        ("1936-01-01", {}, "1936"),
        ("1901-01-01", {}, "1936"),
        ("1901-01-01", {"band": 10}, "1930"),
        ("unknown", {}, None),
    ],
)
def test_who_is_older_than_89_is_one_group(
    born: str, options: dict[str, int], expected: str | None
) -> None:
    assert expected == m.age_cap(HERE, born, options)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": "93", "code": "a"}, "90"),
        ({"value": "89.5", "unit": "years"}, "90"),
        ({"value": "89", "code": "a"}, "89"),
        ({"value": "93", "code": "kg"}, "93"),
    ],
)
def test_an_age_above_89_is_ninety(quantity: dict[str, str], expected: str) -> None:
    made = m.age_cap(HERE, quantity | {"value": Lexeme(quantity["value"])}, {})

    assert expected == made["value"]


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.binary(min_size=32, max_size=32), st.text())
def test_a_day_moves_by_one_to_fifty_days_and_all_of_a_subject_by_the_same(
    day: date, secret: bytes, subject: str
) -> None:
    context = replace(HERE, secret=secret, subject=subject)
    moved = m.offset(secret, subject)
    one = date.fromisoformat(m.shift(context, day.isoformat(), {}))
    moment = m.shift(context, f"{day.isoformat()}T23:59:60.5+08:00".replace("60.5", "59.5"), {})

    assert timedelta(0) != moved == one - day
    assert abs(moved.days) <= m.SPAN
    assert f"{one.isoformat()}T23:59:59.5+08:00" == moment


def test_offsets_use_the_whole_span_and_differ_between_projects() -> None:
    drawn = {m.offset(b"a" * 32, f"Patient/{each}").days for each in range(3_000)}

    assert set(range(-m.SPAN, m.SPAN + 1)) - {0} == drawn
    assert m.offset(b"a" * 32, "Patient/1") != m.offset(b"c" * 32, "Patient/1")


@pytest.mark.parametrize(
    "value", ["2019-02-30", "0001-01-01", "9999-12-31", "2019-01-01T99:00:00Z", "tomorrow", None]
)
def test_what_is_no_day_does_not_move(value: Any) -> None:
    outward = {"0001-01-01": b"\x01" * 32, "9999-12-31": b"\x01" * 32}
    context = replace(HERE, secret=outward.get(value, HERE.secret))
    made = m.shift(context, value, {})

    assert made is None or (value in outward and made != value)


def test_of_a_month_only_the_year_comes_out_of_a_shift() -> None:
    assert "2019" == m.shift(HERE, "2019-03", {})


def test_dates_of_nobody_do_not_come_out_of_a_shift() -> None:
    assert m.shift(NOBODY, "2019-03-04", {}) is None


@pytest.mark.parametrize(
    ("text", "digits", "expected"),
    [
        ("6.3", 5, "6.3"),
        ("6.30", 5, "6.30"),
        ("118.236", 3, "118"),
        ("0.0123456", 3, "0.0123"),
        ("13800138000", 5, "13800000000"),
        ("99995", 4, "100000"),
        ("-3.14159", 3, "-3.14"),
        ("1.5E3", 5, "1.5E3"),
        ("0.000000000", 3, "0.000000000"),
    ],
)
def test_a_number_comes_out_with_the_digits_that_count(
    text: str, digits: int, expected: str
) -> None:
    assert expected == m.round_(HERE, Lexeme(text), {"digits": digits})


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(1, 6))
def test_a_rounded_number_is_near_and_short(amount: Any, digits: int) -> None:
    text = m.round_(HERE, Lexeme(str(amount)), {"digits": digits})

    if text is not None:
        assert abs(type(amount)(text) - amount) <= abs(amount) * type(amount)(10) ** (1 - digits)


def test_a_text_in_the_place_of_a_number_does_not_come_out() -> None:
    assert m.round_(HERE, "13800138000", {"digits": 5}) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            {"country": "US", "state": "WA", "postalCode": "98221", "city": "Port Ellery"},
            {"country": "US", "state": "WA", "postalCode": "982"},
        ),
        ({"country": "USA", "postalCode": "98221-1234"}, {"country": "US", "postalCode": "982"}),
        ({"country": "US", "postalCode": "03601"}, {"country": "US", "postalCode": "000"}),
        ({"country": "US", "state": "Quillfeather"}, {"country": "US"}),
        ({"country": "CN", "postalCode": "610041"}, {"country": "CN", "postalCode": "61"}),
        ({"country": "中国", "city": "成都市"}, {"country": "CN"}),
        ({"country": "DE", "postalCode": "02826"}, {"country": "DE"}),
        ({"country": "Quillfeather"}, None),
        ({"postalCode": "98221"}, None),
    ],
)
def test_of_an_address_the_region_comes_out(
    address: dict[str, str], expected: dict[str, str] | None
) -> None:
    assert expected == m.region(HERE, address, {})


def test_a_pseudonym_depends_on_the_project_and_on_what_it_stands_for() -> None:
    drawn = {m.pseudonym(key * 32, name) for key in (b"a", b"b") for name in ("x", "y")}

    assert 4 == len(drawn)
    assert m.pseudonym(b"a" * 32, "x") == m.pseudonym(b"a" * 32, "x")
    assert m.pseudonym(b"a" * 32, "x", "y") != m.pseudonym(b"a" * 32, "xy")


def test_a_reference_to_what_is_not_released_does_not_come_out() -> None:
    only_people = replace(HERE, releases=lambda kind: kind == "Patient")

    assert m.pseudonym_(only_people, {"reference": "Practitioner/x"}, {}) is None
    assert m.pseudonym_(only_people, {"display": "Dr. Quillfeather"}, {}) is None
    assert set(m.pseudonym_(only_people, {"reference": "Patient/x", "display": "A"}, {})) == {
        "reference"
    }


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ({"system": "s", "code": "E11.9", "display": "x"}, {"system": "s", "code": "E11"}),
        ({"system": "whole", "code": "718-7"}, {"system": "whole", "code": "718-7"}),
        ({"system": "whole", "code": "Anna Lindqvist"}, None),
        ({"system": "elsewhere", "code": "718-7"}, None),
        ({"code": "718-7"}, None),
        ({"system": ["s"], "code": "1"}, None),
    ],
)
def test_a_coding_comes_out_as_far_as_its_system_is_listed(
    coding: dict[str, Any], expected: dict[str, str] | None
) -> None:
    assert expected == m.generalize(HERE, coding, {"entries": {"s": 3, "whole": 0}})


"""PROFILES"""


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_compiles_and_asks_for_eleven(name: str) -> None:
    profile = load(name)

    assert (name, 11) == (profile.name, profile.least)
    assert profile.duo.startswith("DUO:")
    assert profile.fields


def a_profile(**changed: Any) -> bytes:
    content: Mapping[str, Any] = {
        "name": "own",
        "duo": "DUO:0000042",
        "least": 2,
        "resources": ["Patient"],
        "rules": [{"at": "Patient.gender", "method": "keep"}],
        "quasi": [{"at": "Patient.gender"}],
    }
    return json.dumps({**content, **changed}).encode()


def rules(at: str, method: str) -> list[dict[str, str]]:
    return [{"at": at, "method": method}]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"rules": rules("Patient.gendre", "keep")}, "rules[0]"),
        ({"rules": rules("Narrative", "keep")}, "rules[0]"),
        ({"rules": rules("Patient.photo", "keep")}, "rules[0]"),
        ({"rules": rules("Patient.text", "keep")}, "rules[0]"),
        ({"rules": rules("Patient.contained", "keep")}, "rules[0]"),
        ({"rules": rules("base64Binary", "keep")}, "rules[0]"),
        ({"rules": rules("string", "keep")}, "rules[0]"),
        ({"rules": rules("HumanName", "keep")}, "rules[0]"),
        ({"rules": rules("Patient.gender", "shift")}, "rules[0]"),
        ({"rules": rules("Patient.gender", "hide")}, "rules[0]"),
        ({"rules": [{"at": "Coding", "method": "generalize", "table": "no"}]}, "tables"),
        ({"resources": ["Pateint"]}, "resources"),
        ({"quasi": 3}, "a member"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_by_its_place(
    changed: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadProfile) as refused:
        compiled(a_profile(**changed))

    assert refused.value.shown()["where"].startswith(where)


def test_a_profile_that_is_no_json_or_not_there_is_refused() -> None:
    with pytest.raises(BadProfile):
        compiled(b"nothing")
    with pytest.raises(UnknownProfile):
        load("harbor")


def test_nobody_is_asked_about_a_field_that_is_not_there() -> None:
    with pytest.raises(BadField):
        field_of({"at": "Patient.shoes"})


def test_the_hash_of_a_profile_follows_its_rules() -> None:
    one, other = compiled(a_profile()), compiled(a_profile(least=3))

    assert one.digest == compiled(a_profile()).digest
    assert one.digest != other.digest


def test_a_group_of_one_is_never_enough() -> None:
    assert 2 == compiled(a_profile(least=0)).least
