"""Running the real commands on a home: in this process for speed, in others where it must be."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from typer.testing import CliRunner

from salus.surfaces.cli import root
from salus.surfaces.demo.patients import directory, patient

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "fhir-synthea"
PROGRAM = "from salus.surfaces.cli import main; main()"
_NONE: Mapping[str, str] = MappingProxyType({})
_DIRECTORIES = ("hospital", "practitioner")


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def run(home: Path, *arguments: str | Path, language: str = "en") -> Said:
    """One command in this process, on a home."""
    shown = ["--home", str(home), "--language", language]
    ended = CliRunner().invoke(root(), [*map(str, arguments), *shown])
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Said(ended.exit_code, ended.stdout, ended.stderr)


def answer(home: Path, *arguments: str | Path) -> Any:
    """What a command that succeeds says to a program."""
    said = run(home, *arguments, "--json")
    assert said.status == 0, said.out + said.err
    return said.json()


def process(
    home: Path | None,
    *arguments: str | Path,
    cwd: Path | None = None,
    program: str = PROGRAM,
) -> Said:
    """One command in a process of its own; without a home its environment names none."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(home),
        timeout=120,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def environment(home: Path | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SALUS_")}
    named = {"SALUS_LANGUAGE": "en"} | ({"SALUS_HOME": str(home)} if home else {})
    return kept | named


@contextmanager
def running(
    home: Path, *arguments: str, settings: Mapping[str, str] = _NONE
) -> Iterator[subprocess.Popen[str]]:
    """A command that stays, ended at the end; it may not answer yet. `settings` by variables."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(home) | dict(settings),
    ) as started:
        try:
            yield started
        finally:
            started.terminate()
            started.wait(timeout=30)


def answers(started: subprocess.Popen[str]) -> None:
    """Wait until a command that stays says that it answers."""
    assert started.stdout is not None
    assert " at http://" in started.stdout.readline()


def copy(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to))


@dataclass(frozen=True, slots=True)
class Bundles:
    """The files of the patients, and those of the hospitals and people they name."""

    directory: tuple[Path, ...]
    patients: tuple[Path, ...]

    def all(self) -> tuple[Path, ...]:
        return (*self.directory, *self.patients)


def bundles(folder: Path) -> Bundles:
    """The samples of Synthea where they are; else patients that are made up, in a folder."""
    found = sorted(SAMPLES.glob("*.json"))
    if not found:
        return made_up(folder)
    shared = tuple(each for each in found if each.name.startswith(_DIRECTORIES))
    return Bundles(shared, tuple(each for each in found if each not in shared))


def made_up(
    folder: Path, *, count: int = 3, resources: int = 200, marker: str | None = None
) -> Bundles:
    """Patients that are made up; a marker stands in every resource about them."""
    places = written(folder, "places.json", directory())
    people = [
        written(folder, f"patient-{seed}.json", patient(seed, resources=resources, marker=marker))
        for seed in range(count)
    ]
    return Bundles((places,), tuple(people))


def written(folder: Path, name: str, content: bytes) -> Path:
    place = folder / name
    place.write_bytes(content)
    return place


"""SMALL FILES"""

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
LABELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def observation(name: str, value: str, *, label: str | None = None) -> dict[str, Any]:
    """A laboratory value of the patient `p1`."""
    labeled = {"meta": {"security": [{"system": LABELS, "code": label}]}} if label else {}
    return {
        "resourceType": "Observation",
        "id": name,
        **labeled,
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": "Patient/p1"},
        "valueString": value,
    }


PERSON = {"resourceType": "Patient", "id": "p1", "gender": "female"}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
    "patient": {"reference": "Patient/p1"},
}


def bundle(*resources: dict[str, Any], url: str | None = None) -> bytes:
    """A Bundle; `url` is the address of each entry."""
    named = {"fullUrl": url} if url else {}
    entries = [{**named, "resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def chart(value: str = "12.0 g/dL") -> bytes:
    """A small record: a person, an allergy, a laboratory value."""
    return bundle(PERSON, ALLERGY, observation("o1", value))


def record_of(home: Path, *files: Path) -> str:
    """Import files that come to one record, and name it."""
    (found,) = answer(home, "import", *files)["records"]
    return str(found["record"])


def lines(place: Path) -> Sequence[bytes]:
    return place.read_bytes().splitlines()


UNTIL = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def grant(home: Path, record: str, sections: str, *more: str, to: str = "clinic") -> str:
    """Share sections for a month, and name the grant."""
    asked = ("--sections", sections, "--to", to, "--until", UNTIL, "--purpose", "TREAT")
    given = answer(home, "grant", record, *asked, *more)
    assert given["state"] == "live"
    return str(given["grant"])


def opening(
    section: str, output: Path | str, *, reader: str | None = None
) -> tuple[str | Path, ...]:
    """The options of `salus open`; without a reader it is the patient."""
    who = ("--as", reader) if reader else ()
    return ("--section", section, *who, "-o", output)
