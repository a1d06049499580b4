"""What goes in comes out: every resource of every patient, in its own bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecoder
from pathlib import Path
from typing import Any

import pytest

from salus.surfaces.demo.patients import ndjson, patient
from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    answer,
    bundle,
    bundles,
    chart,
    copy,
    lines,
    observation,
    opening,
    record_of,
    run,
    written,
)


def slices(raw: bytes) -> dict[str, bytes]:
    """The bytes of each resource of a Bundle by `Type/id`, cut out without the code under test."""
    text, found = raw.decode(), {}
    for key, start, _ in _members(text, text.index("{")):
        if key == "entry":
            for at in _elements(text, start):
                for name, begin, end in _members(text, at):
                    if name == "resource":
                        resource = json.loads(text[begin:end])
                        reference = f"{resource['resourceType']}/{resource['id']}"
                        found[reference] = text[begin:end].encode()
    return found


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Key, start and end of each value of the object at an offset."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = JSONDecoder().raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = JSONDecoder().raw_decode(text, start)
        yield key, start, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _elements(text: str, at: int) -> Iterator[int]:
    """The start of each element of the array at an offset."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        _, at = JSONDecoder().raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    while text[at].isspace():
        at += 1
    return at


@dataclass(frozen=True, slots=True)
class Imported:
    """A home with every bundle in it, and the records in the order of their files."""

    home: Path
    patients: tuple[Path, ...]
    records: list[dict[str, Any]]

    def opened(self, record: dict[str, Any], folder: Path) -> dict[str, bytes]:
        """Every resource of all sections, by the name of its file."""
        for section in record["sections"]:
            answer(self.home, "open", record["record"], *opening(section, f"{folder}/"))
        return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.fixture(scope="module")
def imported(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("imported")
    home, files = copy(founded, folder / "home"), bundles(folder)
    said = answer(home, "import", *files.all())
    assert said["refused"] == []
    return Imported(home, files.patients, said["records"])


def test_every_resource_of_every_patient_comes_back_in_its_own_bytes(
    imported: Imported, tmp_path: Path
) -> None:
    assert len(imported.records) == len(imported.patients) >= 3

    for number, (place, record) in enumerate(zip(imported.patients, imported.records, strict=True)):
        opened = imported.opened(record, tmp_path / str(number))
        expected = {
            f"{name.replace('/', '-')}.json": raw
            for name, raw in slices(place.read_bytes()).items()
        }

        assert len(expected) > 100
        assert expected == {name: opened.get(name) for name in expected}


def test_ndjson_differs_from_the_bundle_in_line_breaks_only(
    imported: Imported, tmp_path: Path
) -> None:
    output, record = tmp_path / "out.ndjson", imported.records[0]
    answer(imported.home, "open", record["record"], *opening("laboratory", output))
    written_lines, expected = lines(output), slices(imported.patients[0].read_bytes())

    assert len(written_lines) == record["sections"]["laboratory"] > 0
    for line in written_lines:
        resource = json.loads(line)
        raw = expected[f"{resource['resourceType']}/{resource['id']}"]
        assert line == raw.replace(b"\r", b"").replace(b"\n", b"")


def test_the_counts_that_import_tells_are_those_that_records_lists(imported: Imported) -> None:
    listed = {each["record"]: each for each in answer(imported.home, "records")}

    assert set(listed) == {each["record"] for each in imported.records}
    for each in imported.records:
        assert each["version"] == 1
        assert each["sections"] == listed[each["record"]]["sections"]


def test_a_second_import_of_the_same_changes_nothing(imported: Imported) -> None:
    head = answer(imported.home, "records")
    again = answer(imported.home, "import", *imported.patients)["records"]

    assert again == imported.records
    assert answer(imported.home, "records") == head


"""VERSIONS"""


def test_changed_resources_make_a_second_version_and_nothing_else_moves(
    home: Path, tmp_path: Path
) -> None:
    first, second = patient(0, resources=120), patient(0, resources=120, changed=True)
    record = record_of(home, written(tmp_path, "first.json", first))
    (changed,) = answer(home, "import", written(tmp_path, "second.json", second))["records"]
    folder = tmp_path / "all"
    for section in changed["sections"]:
        answer(home, "open", record, *opening(section, f"{folder}/"))
    opened = {each.name.removesuffix(".json"): each.read_bytes() for each in folder.iterdir()}

    assert changed["record"] == record
    assert changed["version"] == 2
    assert slices(first) != slices(second)
    for name, raw in slices(second).items():
        assert opened[name.replace("/", "-")] == raw


def test_a_resource_that_is_deleted_is_gone_from_the_next_version(
    home: Path, tmp_path: Path
) -> None:
    content = bundle(PERSON, observation("o1", "12.0"), observation("o2", "13.0"))
    record = record_of(home, written(tmp_path, "chart.json", content))
    entries = [
        {"resource": PERSON, "request": {"method": "PUT", "url": "Patient/p1"}},
        {"request": {"method": "DELETE", "url": "Observation/o1"}},
    ]
    removal = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    place = written(tmp_path, "removal.json", json.dumps(removal).encode())
    (changed,) = answer(home, "import", place)["records"]
    output = tmp_path / "out.ndjson"
    answer(home, "open", record, *opening("laboratory", output))

    assert changed["version"] == 2
    assert [json.loads(line)["id"] for line in lines(output)] == ["o2"]


"""OTHER FORMS OF FILES"""


def test_ndjson_comes_back_line_by_line(home: Path, tmp_path: Path) -> None:
    content = ndjson(3, resources=80)
    (record,) = answer(home, "import", written(tmp_path, "one.ndjson", content))["records"]
    found: set[bytes] = set()
    for section in record["sections"]:
        output = tmp_path / f"{section}.out"
        answer(home, "open", record["record"], *opening(section, output))
        found |= set(lines(output))

    assert set(content.splitlines()) <= found


def test_one_file_for_each_type_in_any_order_is_one_record(home: Path, tmp_path: Path) -> None:
    by_type: dict[str, list[bytes]] = {}
    for line in ndjson(3, resources=80).splitlines():
        by_type.setdefault(json.loads(line)["resourceType"], []).append(line)
    files = [
        written(tmp_path, f"{kind}.ndjson", b"\r\n".join(each) + b"\r\n")
        for kind, each in sorted(by_type.items())
    ]
    said = answer(home, "import", *files)

    assert said["refused"] == []
    assert len({each["record"] for each in said["records"]}) == 1
    assert len(answer(home, "records")) == 1


def test_single_resources_become_parts_of_the_record_they_name(home: Path, tmp_path: Path) -> None:
    person = written(tmp_path, "person.json", json.dumps(PERSON, indent=4).encode() + b"\n")
    allergy = written(tmp_path, "allergy.json", json.dumps(ALLERGY, indent=4).encode())
    answer(home, "import", person)
    (record,) = answer(home, "import", allergy)["records"]
    folder = tmp_path / "out"
    answer(home, "open", record["record"], *opening("allergies", f"{folder}/"))

    assert record["version"] == 2
    assert (folder / "AllergyIntolerance-a1.json").read_bytes() == allergy.read_bytes()


def test_a_number_keeps_its_digits_and_a_text_its_escapes(home: Path, tmp_path: Path) -> None:
    value = b'{"value":  1.00e0, "unit": "\\u0067\\/dL \\ud83d\\ude00"}'
    named = json.dumps(observation("o1", "@")).encode()
    raw = named.replace(b'"valueString": "@"', b'"valueQuantity": ' + value)
    content = bundle(PERSON)[:-2] + b', {"resource":' + raw + b"}]}"
    record = record_of(home, written(tmp_path, "chart.json", content))
    output = tmp_path / "out.ndjson"
    answer(home, "open", record, *opening("laboratory", output))

    assert lines(output) == [raw]


def test_nothing_is_said_in_json_but_one_value(home: Path, tmp_path: Path) -> None:
    said = run(home, "import", written(tmp_path, "chart.json", chart()), "--json")

    assert set(said.json()) == {"records", "refused"}
    assert set(said.json()["records"][0]) == {"record", "version", "sections"}
    assert said.err == ""
