"""How long it takes until a record is gone from everybody's files, and what of that is the disk."""

import os
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._scene import Scene, scene
from benchmarks.report import Row, row, scaled
from salus.kernel.ids import RecordId, record_text
from salus.rights.custody.erasure.jobs import eraser_of
from salus.rights.custody.erasure.model import Stage
from salus.rights.custody.erasure.service import pursue, request
from salus.rights.records import service as records
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import finish, known_in, take
from salus.surfaces.demo.patients import directory, patient

RESOURCES = 1_000
OTHERS = 2  # records of the same size that stay


def run() -> list[Row]:
    with scene() as stage:
        _take(stage, directory())
        erased, *_ = [
            _take(stage, patient(seed, resources=scaled(RESOURCES, quick=200)))[0]
            for seed in range(1 + OTHERS)
        ]
        finish(stage.desk)
        floor = _floor(stage, erased)
        begun = time.perf_counter()
        eraser = eraser_of(stage.node, stage.home, erased)
        found = pursue(eraser, request(eraser, erased))
        took = time.perf_counter() - begun
    assert found.stage is Stage.PROVED
    return [
        row(
            f"erase a record of {scaled(RESOURCES, quick=200)} resources, to its proof",
            took,
            "s",
            reference=floor,
            at_most=5,
        )
    ]


def _take(stage: Scene, raw: bytes) -> list[RecordId]:
    resources = Document(Path("p.json"), raw).resources()
    with stage.node.reading() as session:
        intake = prepare(resources, known_in(session, stage.desk), lambda _: False)
    return take(stage.desk, intake)


def _floor(stage: Scene, record: RecordId) -> float:
    """The bare deletes of SQLite and of files on copies, and the waits for the disk, in seconds.

    Each table loses the rows of the record in one transaction, each file is written anew and its
    log folded in; nobody is asked, nothing is signed, the ledger is told nothing.
    """
    with TemporaryDirectory(dir=stage.home.parent) as folder:
        copies = _copies(stage, Path(folder))
        with stage.node.reading() as session:
            count = len(records.all_units(session, record))
        bodies = [Path(folder) / f"body-{number}" for number in range(count)]
        for place in bodies:
            place.write_bytes(os.urandom(4_096))
        begun = time.perf_counter()
        for place in copies:
            _delete(place, record_text(record))
        for place in bodies:
            place.unlink()
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(descriptor)
        os.close(descriptor)
        return time.perf_counter() - begun


def _copies(stage: Scene, folder: Path) -> list[Path]:
    """The databases of the node and of every keeper."""
    stores = sorted((stage.home / "keepers").glob("*/store.db"))
    found = []
    for number, place in enumerate([stage.home / "node" / "node.db", *stores]):
        to = folder / f"{number}.db"
        with sqlite3.connect(place) as source:
            source.execute("VACUUM INTO ?", (str(to),))
        source.close()
        found.append(to)
    return found


def _delete(place: Path, record: str) -> None:
    connection = sqlite3.connect(place, isolation_level=None)
    for pragma in ("secure_delete=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if any(each[1] == "record" for each in connection.execute(f"PRAGMA table_info({name})"))
        and not name.startswith("audit_")
    ]
    connection.execute("BEGIN IMMEDIATE")
    for name in tables:
        connection.execute(f"DELETE FROM {name} WHERE record = ?", (record,))
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
