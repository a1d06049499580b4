"""A whole release: what is planted does not come out, and nobody who stands out does either."""

import base64
import gzip
import io
import json
import lzma
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import parse
from salus.rights.records.deidentify.errors import NotAnonymous, NothingToRelease
from salus.rights.records.deidentify.gate import standing_out
from salus.rights.records.deidentify.profile import SHIPPED, Field, compiled, field_of, load
from salus.rights.records.deidentify.reading import Source, Sources, sources_of
from salus.rights.records.deidentify.service import Released, deidentify
from salus.surfaces.demo.patients import ndjson

SECRET, TODAY = b"\x07" * 32, date(2026, 1, 5)
LOINC = {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]}


def sources(*resources: dict[str, Any]) -> Sources:
    """Parsed as from a file."""
    return sources_of(
        Source(f"{each['resourceType']}/{each['id']}", parse(json.dumps(each).encode()))
        for each in resources
    )


def release(
    profile: str, *resources: dict[str, Any], secret: bytes = SECRET, quasi: tuple[str, ...] = ()
) -> Released:
    fields = [field_of({"at": each}) for each in quasi]
    return deidentify(
        sources(*resources), load(profile), "own", secret=secret, today=TODAY, fields=fields
    )


def lines(made: Released) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.lines]


"""CANARIES"""

NAMES = ("Quillfeather", "Marigold", "欧阳翠翠")
NUMBERS = ("MRN-77341-QX", "510000198502309876")
PHONES = ("+44 20 7946 0999", "13987654321")
DAYS = ("1985-02-23", "2019-07-17")
PLACES = ("17 Umbrella Court", "98221", "彩虹街 88 号")
MAILS = ("marigold@quillfeather.example",)
CANARIES = (*NAMES, *NUMBERS, *PHONES, *DAYS, *PLACES, *MAILS)


def everything() -> str:
    return " / ".join(CANARIES)


def archives(text: str) -> dict[str, bytes]:
    raw, zipped = text.encode(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAMES[0]}.txt", raw)
    return {
        "gzip": gzip.compress(raw, mtime=0),
        "zip": zipped.getvalue(),
        "xz": lzma.compress(raw),
        "plain": raw,
        "utf16": text.encode("utf-16"),
    }


def planted(number: int) -> list[dict[str, Any]]:
    """A person with canaries wherever FHIR has room for a text, a date or a number."""
    me = {"reference": f"Patient/{NAMES[0]}-{number}", "display": NAMES[0]}
    text = {"status": "generated", "div": f"<div>{everything()}</div>"}
    files = [
        {"contentType": "text/plain", "data": base64.b64encode(raw).decode(), "title": name}
        for name, raw in archives(everything()).items()
    ]
    note = [{"text": everything(), "authorString": NAMES[1], "time": f"{DAYS[1]}T10:00:00Z"}]
    extension = [
        {"url": f"http://example.org/{NAMES[1]}", "valueString": everything()},
        {"url": "http://example.org/file", "valueAttachment": files[0]},
    ]
    name = {"family": NAMES[0], "given": [NAMES[1]], "text": NAMES[2], "extension": extension}
    number_of = {
        "system": "urn:example:mrn",
        "value": NUMBERS[0],
        "assigner": {"display": NAMES[1]},
    }
    address = {
        "line": [PLACES[0], PLACES[2]],
        "text": everything(),
        "city": NAMES[1],
        "district": PLACES[2],
        "state": "WA",
        "postalCode": PLACES[1],
        "country": "US",
    }
    contact = {"name": name, "telecom": [{"system": "phone", "value": PHONES[0]}]}
    patient = {
        "resourceType": "Patient",
        "id": f"{NAMES[0]}-{number}",
        "meta": {"source": everything(), "tag": [{"system": "x", "code": NAMES[0]}]},
        "implicitRules": f"http://example.org/{NAMES[0]}",
        "text": text,
        "contained": [{"resourceType": "Patient", "id": "c", "name": [name]}],
        "extension": extension,
        "modifierExtension": extension,
        "identifier": [number_of, {"value": NUMBERS[1]}],
        "active": True,
        "name": [name],
        "telecom": [
            {"system": "phone", "value": PHONES[1]},
            {"system": "email", "value": MAILS[0]},
        ],
        "gender": "female",
        "_gender": {"extension": extension},
        "birthDate": DAYS[0],
        "_birthDate": {"id": NAMES[0], "extension": extension},
        "address": [address],
        "maritalStatus": {"text": everything(), "coding": [{"code": NAMES[0], "system": NAMES[1]}]},
        "photo": files,
        "contact": [contact],
        "communication": [{"language": {"text": everything()}}],
        "generalPractitioner": [{"display": NAMES[1], "identifier": number_of}],
        "managingOrganization": {"reference": f"Organization/{NAMES[0]}"},
    }
    observation = {
        "resourceType": "Observation",
        "id": f"{NUMBERS[0]}-{number}",
        "text": text,
        "identifier": [number_of],
        "status": "final",
        "code": {
            "text": everything(),
            "coding": [
                {**LOINC["coding"][0], "display": everything(), "version": NAMES[1]},
                {"system": "http://loinc.org", "code": NAMES[0] + " " + NAMES[1]},
                {"system": "urn:example:own", "code": NAMES[0]},
            ],
        },
        "subject": {**me, "identifier": number_of},
        "performer": [{"reference": f"Practitioner/{NAMES[1]}", "display": NAMES[1]}],
        "effectiveDateTime": f"{DAYS[1]}T08:30:00+01:00",
        "issued": f"{DAYS[1]}T08:30:00.123+01:00",
        "valueQuantity": {
            "value": 13987654321,
            "unit": NAMES[0],
            "code": NAMES[0],
            "system": everything(),
        },
        "note": note,
        "method": {"text": everything()},
        "component": [
            {"code": {"text": NAMES[0]}, "valueString": everything()},
            {"code": LOINC, "valueInteger": 13987654321},
            {"code": LOINC, "valueDateTime": DAYS[1]},
            {"code": LOINC, "valueSampledData": {"data": everything(), "period": 1}},
            {"code": LOINC, "valueRange": {"low": {"value": 1, "unit": everything()}}},
        ],
        "referenceRange": [{"text": everything()}],
        "anything": everything(),
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": f"r{number}",
        "status": "final",
        "code": LOINC,
        "subject": me,
        "result": [{"reference": f"Observation/{NUMBERS[0]}-{number}", "display": NAMES[0]}],
        "conclusion": everything(),
        "presentedForm": files,
        "media": [{"comment": everything(), "link": {"reference": f"Media/{NAMES[0]}"}}],
    }
    document = {
        "resourceType": "DocumentReference",
        "id": NAMES[0],
        "status": "current",
        "subject": me,
        "content": [{"attachment": each} for each in files],
    }
    return [patient, observation, report, document]


def needles(text: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which a text may stand somewhere."""
    raw = text.encode()
    yield "raw", raw
    yield "escaped", json.dumps(text)[1:-1].encode()
    yield "folded", text.lower().encode()
    yield "digits", "".join(filter(str.isalnum, text)).encode()
    for name in ("utf-16-le", "utf-16-be"):
        yield name, text.encode(name)
    yield "hex", raw.hex().encode()
    for lead in range(3):
        for coded in (base64.b64encode, base64.urlsafe_b64encode):
            whole = coded(b"\0" * lead + raw)
            middle = whole[4 if lead else 0 : -4 if (lead + len(raw)) % 3 else None]
            if len(middle) >= 8:  # shorter ones are there by chance
                yield f"base64 at {lead}", middle


def found(content: bytes, canaries: tuple[str, ...]) -> list[tuple[str, str]]:
    lowered = content.lower()
    return [
        (canary, form)
        for canary in canaries
        for form, needle in needles(canary)
        if needle in content or (form == "folded" and needle in lowered)
    ]


def archived(content: bytes) -> bool:
    """Whether anything is there that could be an archive, as it is or in base64."""
    signs = [each[:4] for name, each in archives("x").items() if name in {"gzip", "zip", "xz"}]
    return any(sign in content or base64.b64encode(sign)[:5] in content for sign in signs)


ALLOWED = {"limited-data-set": {*DAYS, "98221", NAMES[1]}}
"""A limited data set may hold days, a city and a postal code; `Marigold` is a city there too."""


@pytest.mark.parametrize("profile", SHIPPED)
def test_no_canary_comes_out_in_any_form(profile: str) -> None:
    people = [each for number in range(11) for each in planted(number)]
    made = release(profile, *people)
    content = b"\n".join(made.lines)
    wanted = tuple(each for each in CANARIES if each not in ALLOWED.get(profile, set()))

    assert [] == found(content, wanted)
    assert not archived(content)
    assert {"Patient": 11, "Observation": 11, "DiagnosticReport": 11} == made.counts


def test_the_search_for_canaries_finds_them_where_they_are() -> None:
    raw = "\n".join(json.dumps(each) for each in planted(0)).encode()

    assert set(CANARIES) == {canary for canary, _ in found(raw, CANARIES)}
    assert archived(raw)
    for canary, (form, needle) in product(CANARIES[:3], needles(CANARIES[0])):
        assert found(b".." + needle + b"..", (canary,)) or canary != CANARIES[0], form


def test_what_is_allowed_does_come_out() -> None:
    people = [each for number in range(11) for each in planted(number)]
    patient, observation = (
        next(
            each for each in lines(release("safe-harbor", *people)) if each["resourceType"] == kind
        )
        for kind in ("Patient", "Observation")
    )

    assert ("female", "1980", True) == (
        patient["gender"],
        patient["birthDate"],
        patient["active"],
    )
    assert [{"country": "US", "state": "WA", "postalCode": "982"}] == patient["address"]
    assert [{"system": "http://loinc.org", "code": "718-7"}] == observation["code"]["coding"]
    assert "final" == observation["status"]
    assert "2019" == observation["effectiveDateTime"]
    assert {"value": 13988000000} == observation["valueQuantity"]


@pytest.mark.parametrize("profile", SHIPPED)
def test_no_text_of_a_made_up_chart_comes_out(profile: str) -> None:
    """Whatever stands in a whole chart as free text, a name, a number or an address is gone."""
    chart = [json.loads(line) for line in ndjson(4, 120).splitlines()]
    patient = next(each for each in chart if each["resourceType"] == "Patient")
    others = [{**patient, "id": f"other-{number}"} for number in range(10)]
    people = [*chart, *others]
    content = b"\n".join(release(profile, *people).lines).decode()
    secret = [
        patient["name"][0]["family"],
        patient["identifier"][0]["value"],
        patient["telecom"][0]["value"],
        patient["address"][0]["line"][0],
        patient["id"],
        "div",
        "display",
        "contained",
    ]

    assert [] == [each for each in secret if f'"{each}' in content or f"/{each}" in content]
    assert 120 // 3 < len(content.splitlines())


def test_what_no_rule_names_does_not_come_out() -> None:
    own = compiled(
        json.dumps(
            {
                "name": "own",
                "duo": "DUO:0000042",
                "least": 2,
                "resources": ["Patient"],
                "rules": [{"at": "Patient.gender", "method": "keep"}],
                "quasi": [],
            }
        ).encode()
    )
    people = [each for number in range(2) for each in planted(number)]
    made = deidentify(sources(*people), own, "own", secret=SECRET, today=TODAY)

    assert {"resourceType", "gender", "meta"} == {key for each in lines(made) for key in each}


def test_an_extension_comes_out_only_when_its_url_is_named() -> None:
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
    own = compiled(
        json.dumps(
            {
                "name": "own",
                "duo": "DUO:0000042",
                "least": 2,
                "resources": ["Patient"],
                "rules": [
                    {"at": f"Extension({url})", "method": "keep"},
                    {"at": "boolean", "method": "keep"},
                ],
                "quasi": [],
            }
        ).encode()
    )
    extensions = [{"url": url, "valueBoolean": True}, {"url": "http://x", "valueBoolean": True}]
    people = [
        {"resourceType": "Patient", "id": f"p{number}", "extension": extensions}
        for number in range(2)
    ]
    made = deidentify(sources(*people), own, "own", secret=SECRET, today=TODAY)

    assert [[{"url": url, "valueBoolean": True}]] * 2 == [each["extension"] for each in lines(made)]


"""PSEUDONYMS AND DATES"""


def test_references_lead_to_the_pseudonyms_of_what_they_led_to() -> None:
    people = [each for number in range(11) for each in planted(number)]
    made = lines(release("safe-harbor", *people))
    names = {f"{each['resourceType']}/{each['id']}" for each in made}
    links = [each["subject"]["reference"] for each in made if "subject" in each]

    assert 22 == len(links)
    assert set(links) <= names
    assert {each["result"][0]["reference"] for each in made if "result" in each} <= names


def test_pseudonyms_are_the_same_within_a_project_and_others_in_another() -> None:
    people = [each for number in range(11) for each in planted(number)]
    one, again = release("safe-harbor", *people), release("safe-harbor", *reversed(people))
    other = release("safe-harbor", *people, secret=b"\x08" * 32)

    assert one.lines == again.lines
    assert not {each["id"] for each in lines(one)} & {each["id"] for each in lines(other)}


def test_the_distance_between_two_dates_of_one_subject_stays() -> None:
    people = [each for number in range(11) for each in planted(number)]
    for number in range(11):
        later = dict(people[number * 4 + 1])
        people.append(later | {"id": f"later-{number}", "effectiveDateTime": "2019-07-27"})
    made = lines(release("research-minimum", *people))
    dates: dict[str, list[date]] = {}
    for each in made:
        if each["resourceType"] == "Observation":
            day = date.fromisoformat(each["effectiveDateTime"][:10])
            dates.setdefault(each["subject"]["reference"], []).append(day)

    assert {10} == {(max(found) - min(found)).days for found in dates.values()}
    assert 1 < len({min(found) for found in dates.values()})


def test_every_line_names_profile_project_and_use() -> None:
    people = [each for number in range(11) for each in planted(number)]
    made = release("safe-harbor", *people)
    tags = {
        tuple((tag["system"], tag["code"]) for tag in each["meta"]["tag"]) for each in lines(made)
    }
    digest = load("safe-harbor").digest.hex()

    assert {
        (
            ("urn:salus:profile", f"safe-harbor.{digest}"),
            ("urn:salus:project", "own"),
            ("http://purl.obolibrary.org/obo/duo.owl", "DUO:0000042"),
        )
    } == tags


"""NOBODY STANDS OUT"""


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
