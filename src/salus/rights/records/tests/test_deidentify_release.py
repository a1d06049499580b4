"""What comes out of a release: nothing that was planted, and the same pseudonyms for a project."""

import json
from datetime import date
from itertools import product

import pytest

from salus.rights.records.deidentify.profile import SHIPPED, compiled, load
from salus.rights.records.deidentify.service import deidentify
from salus.rights.records.tests.canaries import (
    CANARIES,
    DAYS,
    NAMES,
    SECRET,
    TODAY,
    archived,
    found,
    lines,
    needles,
    planted,
    release,
    sources,
)
from salus.surfaces.demo.patients import ndjson

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
