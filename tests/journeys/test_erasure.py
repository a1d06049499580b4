"""A record is erased: its markers are searched for everywhere, in files, logs and backups."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from salus.kernel.clock import ManualClock
from salus.kernel.wrap import KeyDamaged, open_at_rest
from salus.platform.node import STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.rights.custody.household import open_store, store_key
from salus.rights.custody.tables import HeldSecret, key_at_rest
from salus.rights.notary.checking import check
from salus.rights.records.listing import summary
from salus.rights.records.service import all_units, find_record, state_of
from tests.journeys.stage import (
    answer,
    answers,
    chart,
    copy,
    grant,
    lines,
    made_up,
    opening,
    process,
    record_of,
    run,
    running,
    written,
)
from tests.journeys.test_privacy import found

MARKER = "Quillfeather"
UNTIL = "2055-12-31"
LATER = datetime(2056, 1, 2, tzinfo=UTC)
KEEPERS = ("c1", "c2", "c3", "c4", "c5", "gateway")


@dataclass(frozen=True, slots=True)
class Lived:
    """A home in which a marked record and another one lived, and a proof of the other."""

    home: Path
    record: str
    other: str
    proof: Path


@pytest.fixture(scope="module")
def before(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("lived")
    home = copy(founded, folder / "home")
    files = made_up(folder, count=1, marker=MARKER)
    (marked,) = answer(home, "import", *files.all())["records"]
    record, other = marked["record"], record_of(home, written(folder, "p1.json", chart()))
    grant(home, record, "laboratory")
    answer(home, "open", record, *opening("laboratory", folder / "out", reader="clinic"))
    run(home, "open", record, *opening("laboratory", folder / "out", reader="research"))
    proof = folder / "proof.json"
    answer(home, "prove", other, "Observation/o1", "--path", "/status", "-o", proof)
    return Lived(home, record, other, proof)


@pytest.fixture
def lived(before: Lived, tmp_path: Path) -> Lived:
    home = copy(before.home, tmp_path / "home")
    return Lived(home, before.record, before.other, before.proof)


def secrets_of(lived: Lived) -> dict[str, bytes]:
    """What would tie the record to its patient, or open a hash on the ledger."""
    with open_node(lived.home) as node, node.reading() as session:
        record = find_record(session, lived.record)
        units = all_units(session, record)
        patient = summary(session, record).patient
        state = state_of(session, patient)
    salts = {f"salt of section {unit.place.section}": unit.salt for unit in units}
    name = patient.rpartition("/")[2].encode()
    return {"patient": name, "salt": state.salt, "pseudonym": state.pseudonym, **salts}


def holding(home: Path, secrets: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which file holds which secret: raw or in digits."""
    return [
        (str(place.relative_to(home)), name)
        for place in sorted(home.rglob("*"))
        if place.is_file()
        for content in [place.read_bytes()]
        for name, secret in secrets.items()
        if secret in content or secret.hex().encode() in content
    ]


def test_after_an_erasure_no_file_holds_the_patient_or_a_salt(lived: Lived) -> None:
    secrets = secrets_of(lived)
    there = holding(lived.home, secrets)
    done = answer(lived.home, "erase", lived.record, "--yes")

    assert len({name for _, name in there}) == len(secrets)
    assert (done["stage"], done["waits_for"], done["is_final"]) == ("proved", [], True)
    assert done["receipts"] == done["units"] * len(KEEPERS)
    assert holding(lived.home, secrets) == []
    assert found(lived.home) == []
    assert [each["record"] for each in answer(lived.home, "records")] == [lived.other]


def test_others_lose_nothing_by_it(lived: Lived, tmp_path: Path) -> None:
    answer(lived.home, "erase", lived.record, "--yes")
    answer(lived.home, "custody", "rotate", "--now")
    answer(lived.home, "open", lived.other, *opening("laboratory", tmp_path / "other.ndjson"))
    fresh = tmp_path / "fresh.json"
    answer(lived.home, "prove", lived.other, "Observation/o1", "--path", "/status", "-o", fresh)

    assert len(lines(tmp_path / "other.ndjson")) == 1
    assert check(lived.proof.read_bytes(), None).valid
    assert check(fresh.read_bytes(), None).valid
    assert answer(lived.home, "index", "rebuild")["differences"] == []


def test_the_receipts_of_all_keepers_are_written_down(lived: Lived, tmp_path: Path) -> None:
    place = tmp_path / "receipts.json"
    done = answer(lived.home, "erase", lived.record, "--yes", "--receipts", place)
    proof = json.loads(place.read_bytes())

    assert len(proof["receipts"]) == done["receipts"]
    assert len({each["holder"] for each in proof["receipts"]}) == len(KEEPERS)


def test_it_asks_first_and_does_nothing_without_a_yes(lived: Lived) -> None:
    said = [
        run(lived.home, "erase", lived.record),
        run(lived.home, "erase", lived.record, "--json"),
    ]

    assert [each.status for each in said] == [1, 1]
    assert said[1].json()["error"]["type"] == "/problems/erasure/not-confirmed"
    assert len(answer(lived.home, "records")) == 2


def test_only_the_sections_that_are_named_go(lived: Lived, tmp_path: Path) -> None:
    done = answer(lived.home, "erase", lived.record, "--section", "laboratory,genomics", "--yes")
    gone = run(lived.home, "open", lived.record, *opening("laboratory", tmp_path / "gone"))
    answer(lived.home, "open", lived.record, *opening("allergies", tmp_path / "left.ndjson"))
    files = made_up(tmp_path, count=1, marker=MARKER).patients
    answer(lived.home, "import", *files)
    answer(lived.home, "open", lived.record, *opening("laboratory", tmp_path / "new.ndjson"))

    assert done["sections"] == ["laboratory", "genomics"]
    assert (gone.status, lines(tmp_path / "left.ndjson") != []) == (1, True)
    assert len(lines(tmp_path / "new.ndjson")) > 1


"""KEEPERS APART"""


@dataclass(frozen=True, slots=True)
class Served:
    """The ledger and some keepers run beside the commands."""

    lived: Lived
    stack: ExitStack
    processes: dict[str, "subprocess.Popen[str]"]

    @property
    def home(self) -> Path:
        return self.lived.home

    def start(self, name: str) -> None:
        command = ("gateway",) if name == "gateway" else ("custodian", name)
        self.processes[name] = self.stack.enter_context(running(self.home, *command))
        answers(self.processes[name])

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()


@pytest.fixture
def served(lived: Lived) -> Iterator[Served]:
    with ExitStack() as stack:
        ledger = stack.enter_context(running(lived.home, "ledger", "serve", "--port", "0"))
        answers(ledger)
        made = Served(lived, stack, {})
        for name in ("c1", "c2", "gateway"):
            made.start(name)
        yield made


def test_a_keeper_that_is_down_deletes_its_part_when_it_is_back(served: Served) -> None:
    secrets, record = secrets_of(served.lived), served.lived.record
    served.kill("c1")
    first = run(served.home, "erase", record, "--yes")
    shown = answer(served.home, "erase", record)
    still = {place for place, _ in holding(served.home, secrets)}
    served.start("c1")
    second = answer(served.home, "erase", record)

    assert "c1" in first.err
    assert (shown["stage"], shown["waits_for"], shown["is_final"]) == ("shredding", ["c1"], True)
    assert {place.split("/")[1] for place in still} == {"c1"}
    assert (second["stage"], second["waits_for"]) == ("proved", [])
    assert holding(served.home, secrets) == []


def test_a_later_command_asks_it_again_by_itself(served: Served) -> None:
    record = served.lived.record
    served.kill("c1")
    answer(served.home, "erase", record, "--yes")
    served.start("c1")
    with open_node(served.home, clock=ManualClock(datetime.now(UTC) + timedelta(hours=2))):
        """Anything that opens the node does what is due at its end."""
    shown = answer(served.home, "erase", record)

    assert shown["stage"] == "proved"


def test_keepers_that_run_take_their_new_keys(served: Served, tmp_path: Path) -> None:
    answer(served.home, "custody", "rotate", "--now")
    answer(served.home, "open", served.lived.other, *opening("laboratory", tmp_path / "out"))
    place = written(tmp_path, "p1.json", chart("13.1 g/dL"))
    answer(served.home, "import", place)
    said = answer(served.home, "open", served.lived.other, *opening("laboratory", tmp_path / "new"))

    assert (said["version"], said["missing"], said["refused_shares"]) == (2, [], [])
    assert b"13.1 g/dL" in (tmp_path / "new").read_bytes()


"""STORAGE KEYS AND BACKUPS"""


def test_a_store_that_is_restored_after_a_rotation_opens_nothing(
    lived: Lived, tmp_path: Path
) -> None:
    backup = {name: copy(lived.home / "keepers" / name, tmp_path / name) for name in KEEPERS}
    old = {name: read_secret(store_key(lived.home, name)) for name in KEEPERS}
    answer(lived.home, "erase", lived.record, "--yes")
    answer(lived.home, "custody", "rotate", "--now")
    for name in KEEPERS:
        for place in (lived.home / "keepers" / name).glob("store.db*"):
            place.unlink()
        for place in backup[name].glob("store.db*"):
            shutil.copy(place, lived.home / "keepers" / name)
        new = read_secret(store_key(lived.home, name))
        assert opened(lived.home, name, old[name]) > 0
        assert opened(lived.home, name, new) == 0


def opened(home: Path, name: str, key: bytes) -> int:
    """How many parts of keys a storage key opens in a store."""
    database, count = open_store(home, name), 0
    with database.read() as session:
        for row in session.scalars(select(HeldSecret)):
            place = key_at_rest(HeldSecret, row.unit, row.epoch, row.generation)
            try:
                open_at_rest(key, place, row.sealed)
            except KeyDamaged:
                continue
            count += 1
    database.close()
    return count


def test_no_old_key_and_nothing_under_it_is_left(lived: Lived) -> None:
    places = [STORAGE_KEY, *(Path("keepers") / name / "storage.key" for name in KEEPERS)]
    old = {str(place): read_secret(lived.home / place) for place in places}
    said = answer(lived.home, "custody", "rotate", "--now")
    again = answer(lived.home, "custody", "rotate")

    assert holding(lived.home, old) == []
    assert said == {name: {"rotated": True, "generation": 1} for name in ("node", *KEEPERS)}
    assert again == {name: {"rotated": False, "generation": 1} for name in ("node", *KEEPERS)}


"""LEGAL HOLDS"""


def held(lived: Lived) -> str:
    reason = ("--reason", "Radiation law, section 85", "--until", UNTIL)
    return str(answer(lived.home, "hold", lived.record, *reason)["hold"])


def test_what_a_law_orders_kept_outlives_the_erasure_under_a_key_of_its_own(
    lived: Lived, tmp_path: Path
) -> None:
    name, secrets = held(lived), secrets_of(lived)
    answer(lived.home, "erase", lived.record, "--yes")
    answer(lived.home, "custody", "rotate", "--now")
    (shown,) = answer(lived.home, "holds", lived.record)
    answer(lived.home, "holds", lived.record, "--open", name, "-o", tmp_path / "held.ndjson")

    assert (shown["hold"], shown["reason"]) == (name, "Radiation law, section 85")
    assert shown["until"] == "2056-01-01T00:00:00Z"
    assert MARKER.encode() in (tmp_path / "held.ndjson").read_bytes()
    assert len(lines(tmp_path / "held.ndjson")) == shown["resources"]
    assert found(lived.home) == []
    assert holding(lived.home, secrets) == []


def test_the_patient_sees_that_the_source_looked(lived: Lived) -> None:
    held(lived)

    assert "HOPERAT" in {each["purpose"] for each in answer(lived.home, "looks", lived.record)}


def test_at_its_end_the_key_of_a_hold_and_the_copy_are_destroyed(lived: Lived) -> None:
    held(lived)
    (key,) = (lived.home / "node" / "holds").glob("*.key")
    secret = {"key": read_secret(key)}
    with open_node(lived.home, clock=ManualClock(LATER)):
        """What is due is done at its end."""

    assert answer(lived.home, "holds", lived.record) == []
    assert list((lived.home / "node" / "holds").iterdir()) == []
    assert holding(lived.home, secret) == []


@pytest.mark.parametrize(
    ("reason", "until"), [("  ", UNTIL), ("Some law", "2020-01-01"), ("Some law", "2999-01-01")]
)
def test_a_hold_without_reason_or_end_is_refused(lived: Lived, reason: str, until: str) -> None:
    asked = ("--reason", reason, "--until", until, "--json")
    said = run(lived.home, "hold", lived.record, *asked)

    assert said.json()["error"]["type"] == "/problems/erasure/bad-hold"
    assert answer(lived.home, "holds", lived.record) == []


"""IMPORTS THAT DIED"""

_DIE = """
import os, signal
from salus.services.fhir import service
from salus.surfaces.cli import main
service._keep = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


def test_what_a_killed_import_handed_out_is_taken_back(lived: Lived, tmp_path: Path) -> None:
    place = written(tmp_path, "p2.json", chart().replace(b"p1", b"p2"))
    before = {name: opened(lived.home, name, key_now(lived, name)) for name in KEEPERS}
    died = process(lived.home, "import", place, program=_DIE)
    during = {name: opened(lived.home, name, key_now(lived, name)) for name in KEEPERS}
    with open_node(lived.home, clock=ManualClock(datetime.now(UTC) + timedelta(hours=2))):
        """What is due is done at its end."""
    after = {name: opened(lived.home, name, key_now(lived, name)) for name in KEEPERS}

    assert died.status != 0
    assert all(during[name] > before[name] for name in KEEPERS)
    assert after == before


def key_now(lived: Lived, name: str) -> bytes:
    return read_secret(store_key(lived.home, name))
