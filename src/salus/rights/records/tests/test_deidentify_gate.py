"""Nobody who stands out comes out, and whatever is not FHIR does no harm."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.rights.records.deidentify.errors import NotAnonymous, NothingToRelease
from salus.rights.records.deidentify.gate import standing_out
from salus.rights.records.deidentify.profile import SHIPPED, Field
from salus.rights.records.tests.canaries import (
    CANARIES,
    LOINC,
    found,
    lines,
    planted,
    release,
)


def person(number: int, sex: str = "female", born: str = "1985-02-23") -> dict[str, Any]:
    return {"resourceType": "Patient", "id": f"p{number}", "gender": sex, "birthDate": born}


def test_one_group_too_small_stops_the_whole_release() -> None:
    people = [person(number) for number in range(30)] + [
        person(30 + number, sex="male") for number in range(10)
    ]
    with pytest.raises(NotAnonymous) as refused:
        release("safe-harbor", *people)

    assert {"fields": "sex", "least": "11"} == refused.value.shown()
    assert release("safe-harbor", *people, person(40, sex="male")).subjects == 41


def test_only_a_combination_too_small_names_all_its_fields() -> None:
    people = [
        *[person(number) for number in range(11)],
        *[person(20 + number, sex="male", born="1955-02-23") for number in range(11)],
        person(50, born="1955-01-01"),
    ]
    with pytest.raises(NotAnonymous) as refused:
        release("safe-harbor", *people)

    assert "age band, sex, region" == refused.value.shown()["fields"]


def test_a_refusal_names_nobody() -> None:
    people = [each for number in range(3) for each in planted(number)]
    with pytest.raises(NotAnonymous) as refused:
        release("safe-harbor", *people)

    assert [] == found(str(refused.value).encode(), CANARIES)
    assert "3" not in str(refused.value)


def test_a_rare_code_is_looked_at_when_it_is_listed() -> None:
    people = [person(number) for number in range(30)]
    rare = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "58756001"}]},
        "subject": {"reference": "Patient/p3"},
    }
    code = "http://snomed.info/sct|58756001"
    with pytest.raises(NotAnonymous) as refused:
        release("safe-harbor", *people, rare, quasi=(code,))

    assert code == refused.value.shown()["fields"]
    assert release("safe-harbor", *people, rare).subjects == 30


def test_a_field_beside_those_of_the_profile_is_looked_at() -> None:
    people = [person(number) | {"active": number < 29} for number in range(30)]
    with pytest.raises(NotAnonymous) as refused:
        release("safe-harbor", *people, quasi=("Patient.active",))

    assert "Patient.active" == refused.value.shown()["fields"]


def test_a_subject_without_a_patient_counts_as_a_person() -> None:
    value = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": LOINC,
        "subject": {"reference": "Patient/elsewhere"},
    }
    people = [person(number) for number in range(11)]
    with pytest.raises(NotAnonymous):
        release("safe-harbor", *people, value)


def test_nothing_to_release_is_no_release() -> None:
    with pytest.raises(NothingToRelease):
        release("safe-harbor", {"resourceType": "Organization", "id": "o"})


ROWS = st.lists(
    st.tuples(st.sampled_from(("female", "male")), st.sampled_from(("1950", "1961", "1969"))),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(ROWS, st.integers(2, 6))
def test_the_gate_opens_exactly_when_every_combination_is_large_enough(
    rows: list[tuple[str, str]], least: int
) -> None:
    fields = (Field("sex", "Patient.gender", 0), Field("age", "Patient.birthDate", 10))
    subjects = {
        str(number): [{"resourceType": "Patient", "gender": sex, "birthDate": born}]
        for number, (sex, born) in enumerate(rows)
    }
    groups = Counter((sex, born[:3]) for sex, born in rows)

    assert (min(groups.values()) >= least) is (standing_out(fields, subjects, least) == [])


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(("safe-harbor", "research-minimum")), st.data())
def test_every_group_of_what_a_reader_sees_is_large_enough(
    profile: str, data: st.DataObject
) -> None:
    """Counted anew from the bytes of the release, by the values themselves."""
    kinds = st.tuples(
        st.sampled_from(("female", "male")), st.sampled_from(("1951", "1958", "1972"))
    )
    groups = data.draw(st.lists(st.tuples(kinds, st.integers(1, 14)), min_size=1, max_size=4))
    drawn = [kind for kind, count in groups for _ in range(count)]
    people = [person(n, sex=sex, born=f"{year}-02-03") for n, (sex, year) in enumerate(drawn)]
    try:
        made = lines(release(profile, *people))
    except NotAnonymous:
        counted = Counter((sex, year[:3]) for sex, year in drawn)
        assert min(counted.values()) < 11
        return
    seen = Counter(
        json.dumps({key: each.get(key) for key in ("birthDate", "gender", "address")})
        for each in made
    )

    assert min(seen.values()) >= 11


JUNK: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("value", "code", "coding", "system", "reference", "start", "url", "id")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SHIPPED),
    st.dictionaries(
        st.sampled_from(
            (
                *("subject", "status", "code", "valueQuantity", "valueString", "issued", "text"),
                *("effectiveDateTime", "effectivePeriod", "component", "extension", "identifier"),
                *("meta", "contained"),
            )
        ),
        JUNK,
    ),
)
def test_whatever_is_not_as_fhir_says_does_no_harm(profile: str, members: dict[str, Any]) -> None:
    people = [person(number) for number in range(11)]
    odd = {**members, "resourceType": "Observation", "id": "o1"}
    try:
        made = release(profile, *people, odd)
    except NotAnonymous:
        return  # its subject may be somebody who is not there
    (only,) = (each for each in lines(made) if each["resourceType"] == "Observation")

    assert not {"text", "contained", "identifier", "extension", "valueString"} & only.keys()
