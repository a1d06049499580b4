"""Bad input: what is said of it, where it says the fault is, and that nothing is stored."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from salus.platform.node import open_node
from salus.services.fhir.pipeline import SMALL
from salus.surfaces.demo.patients import patient
from tests.journeys.stage import (
    PERSON,
    answer,
    bundle,
    chart,
    copy,
    made_up,
    observation,
    process,
    record_of,
    run,
    written,
)

FILES = Path(__file__).parent / "files"


def stored(home: Path) -> dict[str, int | tuple[str, ...]]:
    """How much is in every database of a home, and what is in its vault."""
    found: dict[str, int | tuple[str, ...]] = {}
    for place in sorted(home.rglob("*.db")):
        with closing(sqlite3.connect(place)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                count = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
                found[f"{place.relative_to(home)}:{name}"] = count[0]
    vault = (each for each in (home / "vault").rglob("*") if each.is_file())
    found["vault"] = tuple(sorted(each.name for each in vault if each.suffix != ".lock"))
    return found


SAID = {
    "not_json.json": ("line 5, column 3", "is not JSON"),
    "not_json_at_all.csv": ("line 1, column 1", "is not JSON"),
    "duplicate_keys.json": ("line 5, column 3", "The key status stands twice"),
    "lone_surrogate.json": ("line 6, column 23", "half of a character"),
    "nan.json": ("line 7, column 18", "NaN is not a JSON number"),
    "unknown_property.json": ("resource: Observation.statuss", "does not exist in FHIR R4"),
    "missing_status.json": ("resource: Observation.status", "must be there"),
    "many_where_one.json": ("resource: Observation.subject", "An object must stand here"),
    "two_values.json": ("resource: Observation.value[x]", "Only one type of this element"),
    "no_such_day.json": ("resource: Patient.birthDate", "not a day of the calendar"),
    "no_such_code.json": ("resource: Observation.status", "not one of those that FHIR R4 allows"),
    "reference_of_wrong_type.json": (
        "resource: Observation.subject.reference",
        "not a reference to a resource of a type that is allowed here",
    ),
    "urn_of_wrong_type.json": (
        "Bundle.entry[1].resource: Observation.encounter",
        "refers to a resource of type Patient",
    ),
    "narrative_with_script.json": ("resource: Patient.text", "element script is not allowed"),
    "narrative_with_dtd.json": (
        "resource: Patient.text",
        "document type declaration is not allowed",
    ),
    "reference_to_nowhere.json": (
        "Bundle.entry[1].resource: Observation.performer[0]",
        "refers to something that is neither in this import nor in this home",
    ),
    "bundle_of_messages.json": ("Bundle.type", "A Bundle of type message cannot be imported"),
    "no_resource_type.json": ("resource", "is not a FHIR resource"),
    "no_id.json": ("resource", "has neither an id nor a fullUrl"),
    "line_two_is_not_json.ndjson": ("line 2, column 37", "is not JSON"),
    "line_three_is_not_fhir.ndjson": ("line 3: Observation.status", "must be there"),
    "same_line_twice.ndjson": ("line 2", "the same resource stands twice"),
}
"""By the name of a file, where its fault is said to be and what is said of it."""


def refused(home: Path, place: Path) -> tuple[str, str]:
    """Import a file that must be refused without a trace: where and why."""
    before = stored(home)
    said = run(home, "import", place, "--json")
    (entry,) = said.json()["refused"]
    told = run(home, "import", place)

    assert said.status == told.status == 1
    assert set(entry) == {"file", "where", "error", "hint"}
    assert entry["file"] == str(place)
    assert all(entry.values())
    assert said.json()["records"] == []
    assert str(place) in told.err
    assert entry["error"] in told.err
    assert entry["hint"] in told.err
    assert entry["where"] in told.err
    assert before == stored(home)
    return entry["where"], entry["error"]


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_bad_file_is_refused_with_its_place_and_leaves_nothing(founded: Path, name: str) -> None:
    where, fault = refused(founded, FILES / name)

    assert where == SAID[name][0]
    assert SAID[name][1] in fault


def test_every_bad_file_has_its_expectation() -> None:
    assert {each.name for each in FILES.iterdir()} == set(SAID)


"""FILES TOO LARGE OR TOO DEEP TO LIE HERE"""


def deep(levels: int) -> bytes:
    """An extension in an extension, and so on; the resource itself is the first level."""
    inside = (levels - 1) // 2
    return (
        b'{"resourceType": "Patient", "id": "p1", '
        + b'"extension": [{"url": "urn:a", ' * inside
        + b'"valueString": "x"'
        + b"}]" * inside
        + b"}"
    )


def large(size: int) -> bytes:
    note = json.dumps({**observation("o1", "@")}).encode()
    return note.replace(b'"@"', b'"' + b"x" * (size - len(note) + 1) + b'"')


def test_nesting_is_refused_at_the_level_after_the_last(founded: Path, tmp_path: Path) -> None:
    where, fault = refused(founded, written(tmp_path, "depth_65.json", deep(65)))

    assert where.startswith("line 1, column ")
    assert "nested deeper than 64 levels" in fault


@pytest.mark.parametrize("name", ["of_17_mib.json", "of_17_mib.ndjson"])
def test_a_resource_of_17_mib_is_refused(founded: Path, tmp_path: Path, name: str) -> None:
    content = large(17 * 2**20)
    first = json.dumps(PERSON).encode() + b"\n" if name.endswith("ndjson") else b""
    where, fault = refused(founded, written(tmp_path, name, first + content))

    assert where == ("line 2" if first else "resource")
    assert fault == f"The resource has {17 * 2**20} bytes; the limit is {16 * 2**20}."


def test_a_resource_of_17_mib_in_a_bundle_is_named(founded: Path, tmp_path: Path) -> None:
    entry = b'}, {"resource": ' + large(17 * 2**20)
    content = bundle(PERSON).replace(b"}]}", entry + b"}]}")
    where, _ = refused(founded, written(tmp_path, "bundle.json", content))

    assert where == "Bundle.entry[1]"


def test_a_file_that_is_not_there_is_named(founded: Path, tmp_path: Path) -> None:
    said = run(founded, "import", tmp_path / "absent.json")

    assert said.status == 1
    assert f"There is no file {tmp_path / 'absent.json'}." in said.err


"""SEVERAL FILES AT ONCE"""


def test_good_files_beside_a_bad_one_are_taken(home: Path, tmp_path: Path) -> None:
    good = written(tmp_path, "good.json", chart())
    said = run(home, "import", FILES / "nan.json", good, "--json")

    assert said.status == 1
    assert [each["version"] for each in said.json()["records"]] == [1]
    assert [each["file"] for each in said.json()["refused"]] == [str(FILES / "nan.json")]


def test_a_bad_file_among_many_is_named_from_whichever_core(home: Path, tmp_path: Path) -> None:
    people = made_up(tmp_path, count=2, resources=1600)
    bad = written(tmp_path, "bad.json", people.patients[1].read_bytes()[:-40])
    said = run(home, "import", *people.directory, people.patients[0], bad, "--json")

    assert sum(each.stat().st_size for each in tmp_path.glob("*.json")) > SMALL
    assert said.status == 1
    assert len(said.json()["records"]) == 1
    assert [each["file"] for each in said.json()["refused"]] == [str(bad)]


def test_what_refers_to_a_refused_file_is_refused_too(founded: Path, tmp_path: Path) -> None:
    place = {"resourceType": "Organization", "id": "g1", "name": "Hall"}
    link = {"reference": "urn:uuid:5d2f3c1e-0b5a-4f6e-9d57-1f6f0f6f0a01"}
    broken = bundle({**place, "nmae": "Hall"}, url=link["reference"])
    directory = written(tmp_path, "places.json", broken)
    person = written(tmp_path, "person.json", bundle({**PERSON, "managingOrganization": link}))
    before = stored(founded)
    said = run(founded, "import", directory, person, "--json")

    assert said.status == 1
    assert [each["where"] for each in said.json()["refused"]] == [
        "Bundle.entry[0].resource: Organization.nmae",
        "Bundle.entry[0].resource: Patient.managingOrganization",
    ]
    assert before == stored(founded)


"""WORDS ON THE COMMAND LINE"""


@pytest.fixture(scope="module")
def kept(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with one record that these tests do not change."""
    folder = tmp_path_factory.mktemp("kept")
    home = copy(founded, folder / "home")
    return home, record_of(home, written(folder, "chart.json", chart()))


def years(count: int) -> str:
    return (datetime.now(UTC) + timedelta(days=365.25 * count)).date().isoformat()


GRANT = {"--sections": "laboratory", "--to": "clinic", "--until": years(1), "--purpose": "TREAT"}


@pytest.mark.parametrize(
    ("changed", "kind", "named"),
    [
        ({"--sections": "dreams"}, "records/unknown-section", "dreams; it has: allergies, "),
        ({"--sections": ""}, "records/unknown-section", "it has: "),
        ({"--sections": "imaging-and-reports"}, "records/unknown-section", "imaging-and-reports"),
        ({"--until": "2020-01-01"}, "consent/bad-window", "ends after now and within ten years"),
        ({"--until": years(11)}, "consent/bad-window", "ends after now and within ten years"),
        ({"--until": "soon"}, "consent/bad-window", "ends after now and within ten years"),
        ({"--until": "2027-02-30"}, "consent/bad-window", "ends after now and within ten years"),
        ({"--to": "stranger"}, "identity/unknown-party", "no party named stranger"),
        ({"--to": "0x" + 20 * "ab"}, "identity/unknown-party", "no party named 0xabab"),
        ({"--to": "c1"}, "identity/not-reader", "c1 is not registered as a reader"),
        ({"--purpose": "FUN"}, "consent/unknown-purpose", "no purpose FUN"),
        ({"--purpose": "BTG"}, "consent/unknown-purpose", "no purpose BTG"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_grant_that_cannot_be_is_refused_and_leaves_nothing(
    kept: tuple[Path, str], changed: dict[str, str], kind: str, named: str
) -> None:
    home, record = kept
    before = stored(home)
    options = (word for pair in (GRANT | changed).items() for word in pair)
    said = run(home, "grant", record, *options, "--json")
    error = said.json()["error"]

    assert said.status == 1
    assert error["type"] == f"/problems/{kind}"
    assert named in error["message"]
    assert error["hint"]
    assert before == stored(home)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (("open", "@", "--section", "dreams"), "records/unknown-section"),
        (("open", "@", "--section", "laboratory", "--as", "stranger"), "identity/unknown-party"),
        (("open", "00ff", "--section", "laboratory"), "records/unknown-record"),
        (("prove", "@", "Observation/o9"), "records/unknown-resource"),
        (("prove", "@", "Observation/o1", "--path", "/nothing"), "custody/nothing-there"),
        (("looks", "00ff"), "records/unknown-record"),
        (("revoke", "0x00ff"), "consent/unknown-grant"),
    ],
    ids=" ".join,
)
def test_a_name_of_nothing_is_refused_and_leaves_nothing(
    kept: tuple[Path, str], tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    home, record = kept
    words = [record if word == "@" else word for word in command]
    output = ("-o", tmp_path / "out") if command[0] in {"open", "prove"} else ()
    said = run(home, *words, *output, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"] == f"/problems/{kind}"
    assert said.json()["error"]["hint"]
    assert list(tmp_path.iterdir()) == []


"""THE HOME"""


def test_a_folder_without_a_home_is_named(tmp_path: Path) -> None:
    said = run(tmp_path / "nowhere", "records")

    assert said.status == 1
    assert f"There is no home in {tmp_path / 'nowhere'}." in said.err
    assert "salus init" in said.err


def test_a_home_is_not_founded_twice(founded: Path) -> None:
    before = stored(founded)
    said = run(founded, "init")

    assert said.status == 1
    assert f"There is already a home in {founded}." in said.err
    assert before == stored(founded)


def test_a_home_of_another_version_is_left_alone(home: Path, tmp_path: Path) -> None:
    mark = home / "home.json"
    mark.write_text(json.dumps(json.loads(mark.read_bytes()) | {"version": 2}))
    before = stored(home)
    said = run(home, "import", written(tmp_path, "chart.json", chart()))

    assert said.status == 1
    assert f"The folder {home} holds a home of another version: 2 instead of 1." in said.err
    assert "What to do: " in said.err
    assert before == stored(home)


def test_a_second_writer_is_refused_with_the_process_that_writes(
    home: Path, tmp_path: Path
) -> None:
    place = written(tmp_path, "chart.json", chart())
    with open_node(home):
        before = stored(home)
        said = process(home, "import", place)
        after = stored(home)

    assert said.status == 1
    assert f"The ledger file is in use by process {os.getpid()}." in said.err
    assert "What to do: " in said.err
    assert before == after
    assert process(home, "import", place).status == 0


_SMALL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
from salus.surfaces.cli import main
main()
"""
"""A file may not grow past a limit: the kernel answers as it does where a quota ends."""


def test_a_full_disk_is_said_and_nothing_is_kept(home: Path, tmp_path: Path) -> None:
    place = written(tmp_path, "chart.json", patient(1, resources=400))
    before = stored(home)
    program = _SMALL_DISK.format(size=100 * 2**10)  # less than a body, enough for what is there
    said = process(home, "import", place, "--json", program=program)
    (entry,) = said.json()["refused"]
    after = stored(home)

    assert said.status == 1
    assert entry["file"] == str(place)
    assert "nothing was stored" in entry["error"]
    assert entry["hint"].startswith("Free space")
    assert after == before
    assert len(answer(home, "import", place)["records"]) == 1


def test_a_disk_that_fills_up_later_leaves_no_record_half_there(home: Path, tmp_path: Path) -> None:
    place = written(tmp_path, "chart.json", patient(1, resources=300))
    program = _SMALL_DISK.format(size=180 * 2**10)  # enough for the bodies, not for the database
    said = process(home, "import", place, "--json", program=program)
    listed = answer(home, "records")
    again = answer(home, "import", place)["records"]

    assert said.status == 1
    assert [each["error"] for each in said.json()["refused"]] == [
        "The disk is full; nothing was stored."
    ]
    assert listed == []
    assert [each["version"] for each in again] == [1]
