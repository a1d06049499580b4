"""Every resource that HL7 publishes with R4 goes through the validator.

`known_invalid_examples.json` lists those that break the standard or our limits, by their cause.
"""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest

from salus.rights.records.validation import validate
from tools.fhir_definitions.package import PACKAGE

KNOWN: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("known_invalid_examples.json").read_text(encoding="utf-8")
)
PARTS = 8


def name_of_fault(path: Path) -> str | None:
    """The key of the broken invariant, or the code of the first finding; None when valid."""
    found = validate(orjson.loads(path.read_bytes()))
    if not found:
        return None
    first = found[0]
    return first.message.partition(":")[0] if first.code == "invariant" else first.code


@pytest.mark.parametrize("part", range(PARTS))
def test_an_example_of_hl7_is_valid_or_known_not_to_be(part: int) -> None:
    expected = {name: group["fault"] for group in KNOWN for name in group["files"]}
    mine = sorted(PACKAGE.glob("*-*.json"))[part::PARTS]

    actual = {path.name: name_of_fault(path) for path in mine}

    assert {path.name: expected.get(path.name) for path in mine} == actual


def test_the_known_invalid_examples_are_in_the_package() -> None:
    names = list(chain.from_iterable(group["files"] for group in KNOWN))

    assert len(set(names)) == len(names)
    assert set(names) <= {path.name for path in PACKAGE.glob("*-*.json")}


def test_the_package_is_complete() -> None:
    assert len(list(PACKAGE.glob("*-*.json"))) == 5306
