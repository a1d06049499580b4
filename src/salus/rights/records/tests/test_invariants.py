"""Each invariant against its examples, and against HL7's own expression where an oracle can."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.rights.records.invariants import check_invariants
from salus.rights.records.invariants.comparisons import may_precede
from salus.rights.records.invariants.shapes import RULES
from salus.rights.records.validation import validate

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE / "invariants").glob("*.json"))
HL7 = json.loads((HERE / "hl7_invariants.json").read_bytes())  # from HL7's package 4.0.1

DATATYPE_FOCUS = {
    "age-1": "onset",
    "att-1": "photo",
    "cnt-3": "extension.value",
    "cpt-2": "telecom",
    "dis-1": "extension.value",
    "drt-1": "length",
    "ext-1": "extension",
    "per-1": "name.period",
    "qty-3": "value | value.low",
    "rat-1": "value",
    "ref-1": "managingOrganization | contained.partOf",
} | {f"tim-{number}": "effective.repeat" for number in (1, 2, 4, 5, 6, 7, 8, 9, 10)}
BEYOND_THE_ORACLE = {
    "ctm-1": "it resolves no references",
    "dom-3": "it wants a singleton on the left of `as`",
    "ele-1": "it has no children of primitives",
    "rng-2": "it does not order quantities",
    "txt-1": "it has no htmlChecks()",
    "txt-2": "it has no htmlChecks()",
    "per-1_pass_partial_dates": "to it, what cannot be told is false",
    "per-1_fail_by_time_zone": "it drops the zone",
}
Oracle = dict[str, Any]


def name_of(path: Path) -> str:
    return path.stem


def findings(resource: dict[str, Any]) -> list[tuple[str, str]]:
    found = check_invariants(resource, resource["resourceType"])
    return [(finding.message.partition(":")[0], finding.path) for finding in found]


def test_every_invariant_has_a_passing_and_a_failing_example() -> None:
    names = {path.stem for path in EXAMPLES}

    assert {rule.key for rule in RULES} == {name.partition("_")[0] for name in names}
    for rule in RULES:
        assert {f"{rule.key}_pass", f"{rule.key}_fail"} <= names


def test_every_rule_stands_where_hl7_put_it() -> None:
    apart = {
        rule.key: rule.path for rule in RULES if not HL7[rule.key]["path"].startswith(rule.path)
    }

    assert sorted(HL7) == sorted(rule.key for rule in RULES)
    assert apart == {"mrp-2": "MeasureReport.group.stratifier.stratum"}  # told of one stratum


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_an_example_breaks_its_own_invariant_or_none(path: Path) -> None:
    key, _, kind = path.stem.partition("_")
    broken = {found for found, _ in findings(json.loads(path.read_bytes()))}

    assert broken == ({key} if kind.startswith("fail") else set())


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_nothing_else_is_wrong_with_an_example(path: Path) -> None:
    found = validate(json.loads(path.read_bytes()))

    assert {finding.code for finding in found} == ({"invariant"} if "_fail" in path.stem else set())


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in EXAMPLES
        if not {path.stem, path.stem.partition("_")[0]} & {*BEYOND_THE_ORACLE}
    ],
    ids=name_of,
)
def test_the_expression_of_hl7_says_the_same(path: Path) -> None:
    key, _, kind = path.stem.partition("_")

    assert said_by_hl7(json.loads(path.read_bytes()), key) is kind.startswith("pass")


def said_by_hl7(resource: dict[str, Any], key: str) -> bool:
    place, expression = HL7[key]["path"].replace("[x]", ""), HL7[key]["expression"]
    focus = DATATYPE_FOCUS.get(key) or place.partition(".")[2]
    known = {"resource": resource, "rootResource": resource, "ucum": "http://unitsofmeasure.org"}
    functions = {"userInvocationTable": {"hasValue": {"fn": has_value, "arity": {0: []}}}}
    asked = f"({focus}).all({expression})" if focus else expression
    return bool(evaluate(resource, asked, known, models["r4"], functions) == [True])


def has_value(nodes: list[Any]) -> list[bool]:
    value = getattr(nodes[0], "data", nodes[0]) if len(nodes) == 1 else None
    return [value is not None and not isinstance(value, dict | list)]


@pytest.mark.parametrize(
    ("example", "path"),
    [
        ("qty-3_fail_in_range", "Observation.valueRange.low"),
        ("ele-1_fail_primitive_with_id_only", "Patient.birthDate"),
        ("ele-1_fail_null_beside_nothing", "Patient.name[0].given"),
        ("ref-1_fail_in_contained", "Patient.contained[0].partOf"),
        ("bdl-8_fail", "Bundle.entry[0]"),
        ("ces-1_fail", "CoverageEligibilityResponse.insurance[0].item[0]"),
    ],
)
def test_a_finding_names_the_place(example: str, path: str) -> None:
    resource = json.loads((HERE / "invariants" / f"{example}.json").read_bytes())

    assert path in [place for _, place in findings(resource)]


def test_a_bundle_is_checked_with_its_entries() -> None:
    patient = {"resourceType": "Patient", "contact": [{"gender": "male"}]}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}

    assert findings(bundle) == [("pat-1", "Bundle.entry[0].resource.contact[0]")]


def test_a_contained_reference_ends_at_its_entry() -> None:
    clinic = {"resourceType": "Organization", "id": "o1", "name": "Clinic"}
    first: dict[str, Any] = {"resourceType": "Patient", "contained": [clinic]}
    second: dict[str, Any] = {"resourceType": "Patient"}
    for patient in (first, second):
        patient["managingOrganization"] = {"reference": "#o1"}
    entries = [{"resource": first}, {"resource": second}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}

    assert findings(bundle) == [("ref-1", "Bundle.entry[1].resource.managingOrganization")]


def test_an_extension_of_a_primitive_is_checked() -> None:
    resource = {"resourceType": "Patient", "_birthDate": {"extension": [{"url": "http://a.b"}]}}

    assert findings(resource) == [("ext-1", "Patient.birthDate.extension[0]")]


def test_a_list_that_is_none_raises_nothing() -> None:
    resource = {"resourceType": "Patient", "name": [{"given": "Ann"}, {"given": 5}]}

    assert findings(resource) == []


def test_the_order_of_properties_changes_nothing() -> None:
    quantity = {"value": 60, "code": "/min"}
    observation = {"resourceType": "Observation", "valueQuantity": quantity, "status": "final"}
    turned = dict(reversed(observation.items())) | {
        "valueQuantity": dict(reversed(quantity.items()))
    }

    assert findings(observation) == findings(turned) == [("qty-3", "Observation.valueQuantity")]


def test_many_layouts_of_one_type_are_all_checked() -> None:
    for number in range(300):
        quantity = {f"unknown{number}": "a", "code": "/min"}
        resource = {"resourceType": "Observation", "valueQuantity": quantity}

        assert findings(resource) == [("qty-3", "Observation.valueQuantity")]


def test_a_type_that_is_none_has_no_rules() -> None:
    assert list(check_invariants({"resourceType": "Nothing"}, "Nothing")) == []


@pytest.mark.parametrize(
    ("earlier", "later", "may"),
    [
        ("2020", "2020-01-01", True),
        ("2021", "2020-12-31", False),
        ("2020-02-29", "2020-02", True),
        ("2020-03", "2020-02", False),
        ("2020-12", "2020", True),
        ("9999", "9999-12-31", True),
        ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00", True),
        ("2020-01-01T10:00:01Z", "2020-01-01T11:00:00+01:00", False),
        ("2020-01-01T10:00:00-05:00", "2020-01-01T14:59:59Z", False),
        ("2020-01-01T10:00:00.5Z", "2020-01-01T10:00:00Z", True),
        ("2020-01-01T10:00:00.500Z", "2020-01-01T10:00:00.5Z", True),
        ("2020-01-01T10:00:00.500Z", "2020-01-01T10:00:00.3Z", False),
        ("2020-01-02", "2020-01-01T12:00:00Z", True),
        ("2020-01-03", "2020-01-01T12:00:00Z", False),
        ("2020-12-31T23:59:60Z", "2021-01-01T00:00:00Z", True),
        ("no date", "2020", True),
    ],
)
def test_dates_are_ordered_as_far_as_they_tell(earlier: str, later: str, may: bool) -> None:  # noqa: FBT001 - a column of the table
    assert may_precede(earlier, later) is may


DATES = st.dates().map(str)


@given(DATES, DATES, st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
@settings(max_examples=200, deadline=None)
def test_cutting_dates_never_makes_a_right_order_wrong(
    one: str, other: str, first_length: int, last_length: int
) -> None:
    first, last = sorted((one, other))

    assert may_precede(first[:first_length], last[:last_length])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["extension", "id", "_id", "text", "low"]), below)
    ),
    max_leaves=8,
)


@given(st.sampled_from(EXAMPLES), st.randoms(use_true_random=False), JSON)
@settings(max_examples=400, deadline=None)
def test_what_no_schema_accepts_raises_nothing(path: Path, random: Any, value: Any) -> None:
    resource = json.loads(path.read_bytes())
    node = resource
    while True:
        name = random.choice([*node])
        below = node[name]
        below = below[0] if isinstance(below, list) and below else below
        if not isinstance(below, dict) or not below or random.random() < 0.3:
            break
        node = below
    node[name] = value

    assert all(finding.code == "invariant" for finding in check_invariants(resource, "Patient"))
    assert isinstance(findings({**resource, "resourceType": path.stem}), list)
