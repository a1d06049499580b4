"""How the generator reads the package of HL7."""

import json
from pathlib import Path
from typing import Any

import pytest

from salus.rights.records.types import resource_types
from tools.definitions import FOLDER, lines
from tools.fhir_definitions.package import WrongPackage, check
from tools.fhir_definitions.types import elements_of
from tools.fhir_definitions.valuesets import Open, Terminology

ANIMALS = {
    "url": "http://a.example/animals",
    "content": "complete",
    "concept": [
        {"code": "bird", "concept": [{"code": "owl"}, {"code": "jay"}]},
        {"code": "bat", "property": [{"code": "subsumedBy", "valueCode": "mammal"}]},
        {"code": "mammal"},
    ],
}
PART = {"url": "http://a.example/part", "content": "fragment", "concept": [{"code": "a"}]}
SYSTEM = {"system": "http://a.example/animals"}


def expand(include: list[Any], exclude: list[Any] | None = None) -> dict[str, set[str]]:
    valueset = {"url": "http://v", "compose": {"include": include, "exclude": exclude or []}}
    birds = {
        "url": "http://birds",
        "compose": {"include": [SYSTEM | {"concept": [{"code": "owl"}, {"code": "jay"}]}]},
    }
    return Terminology([ANIMALS, PART], [valueset, birds]).expand("http://v|4.0.1")


def rule(operator: str, code: str) -> dict[str, Any]:
    return SYSTEM | {"filter": [{"property": "concept", "op": operator, "value": code}]}


@pytest.mark.parametrize(
    ("include", "exclude", "codes"),
    [
        ([SYSTEM], [], {"bird", "owl", "jay", "bat", "mammal"}),
        ([SYSTEM | {"concept": [{"code": "owl"}]}], [], {"owl"}),
        ([rule("is-a", "bird")], [], {"bird", "owl", "jay"}),
        ([rule("descendent-of", "bird")], [], {"owl", "jay"}),
        ([rule("descendent-of", "mammal")], [], {"bat"}),
        ([{"valueSet": ["http://birds"]}], [], {"owl", "jay"}),
        ([rule("is-a", "mammal") | {"valueSet": ["http://birds"]}], [], set()),
        ([SYSTEM], [{"valueSet": ["http://birds"]}], {"bird", "bat", "mammal"}),
    ],
)
def test_a_value_set_is_expanded(include: list[Any], exclude: list[Any], codes: set[str]) -> None:
    assert {"http://a.example/animals": codes} == expand(include, exclude)


@pytest.mark.parametrize(
    "include",
    [
        {"system": "http://a.example/part"},
        {"system": "http://a.example/absent"},
        {"valueSet": ["http://absent"]},
        SYSTEM | {"filter": [{"property": "concept", "op": "regex", "value": "b.*"}]},
    ],
)
def test_what_cannot_be_expanded_is_left_open(include: dict[str, Any]) -> None:
    with pytest.raises(Open):
        expand([include])


def test_the_open_value_sets_are_few_and_listed() -> None:
    names = json.loads((FOLDER / "open_bindings.json").read_text(encoding="utf-8"))

    assert {"currencies", "mimetypes", "ucum-units", "LL379-9"} == {
        url.rpartition("/")[2] for url in names
    }


def test_an_element_is_told_in_few_words() -> None:
    definition = {
        "type": "Lamp",
        "kind": "resource",
        "snapshot": {
            "element": [
                {"path": "Lamp", "max": "*"},
                {"path": "Lamp.id", "min": 0, "max": "1", "type": [{"code": "http://x"}]},
                {"path": "Lamp.bulb", "min": 1, "max": "*", "type": [{"code": "Element"}]},
                {"path": "Lamp.bulb.id", "min": 0, "max": "1", "type": [{"code": "http://x"}]},
                {
                    "path": "Lamp.bulb.state",
                    "min": 1,
                    "max": "1",
                    "type": [{"code": "code"}],
                    "binding": {"strength": "required", "valueSet": "http://v|4.0.1"},
                },
                {"path": "Lamp.spare", "min": 0, "max": "1", "contentReference": "#Lamp.bulb"},
                {
                    "path": "Lamp.power[x]",
                    "min": 0,
                    "max": "1",
                    "type": [{"code": "boolean"}, {"code": "Quantity"}],
                },
                {"path": "Lamp.gone", "min": 0, "max": "0", "type": [{"code": "string"}]},
            ]
        },
    }

    assert {
        "Lamp": {
            "bulb": {"type": "Lamp.bulb", "min": 1, "many": True},
            "id": {"type": "id"},
            "power[x]": {"type": ["boolean", "Quantity"]},
            "spare": {"type": "Lamp.bulb"},
        },
        "Lamp.bulb": {
            "id": {"type": "string"},
            "state": {"type": "code", "min": 1, "binding": "http://v"},
        },
    } == elements_of(definition)


def test_generated_text_is_json_with_a_member_a_line() -> None:
    text = lines({"b": 1, "a": [2, 3]})

    assert '{\n"a":[2,3],\n"b":1\n}\n' == text


def test_another_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Patient-a.json").write_text("{}")

    with pytest.raises(WrongPackage, match="npm ci"):
        check(tmp_path)
    with pytest.raises(WrongPackage, match="absent"):
        check(tmp_path / "nowhere")


def test_r4_has_146_concrete_types() -> None:
    assert 146 == len(resource_types())
