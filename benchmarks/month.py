"""A month of use of one home in a moved clock: what it takes on the disk, in memory, at the start.

Batches of commitments are anchored all the month, and one event of ten is a grant or its end.
"""

import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row, row, scaled
from salus.kernel.ids import RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.node import open_node
from salus.platform.settings import read
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.custody import founding
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import signed
from salus.rights.records import service as records
from salus.rights.records.service import KnownUnit
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import desk_of, finish, known_in, take
from salus.surfaces.demo.clock import MovedClock
from salus.surfaces.demo.patients import patient

MONTH = timedelta(days=30)
ROUND = 100  # events that come together: ninety anchors, five grants and their ends
_GRANTS = 5
_PROGRAM = "from salus.surfaces.cli import main; main()"


def run() -> list[Row]:
    events = scaled(100_000, quick=5_000)
    with TemporaryDirectory(prefix=f"salus-bench-{secrets.token_hex(2)}-") as folder:
        home, clock = Path(folder) / "home", MovedClock(-MONTH)
        made = founding.found(home, clock=clock, settings=read(CustodySettings))
        with open_node(home, clock=clock) as node:
            record = _imported(node, home)
        empty, opened = _size(home), _started(home)
        begun = time.perf_counter()
        with open_node(home, clock=clock) as node:
            _live(node, record, made, events, lambda: clock.move(MONTH * ROUND / events))
        took = time.perf_counter() - begun
        grown, later = _size(home) - empty, _started(home)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1_024
    return [
        row("events of a month", events, ""),
        row("lived in", events / took, "1/s"),
        row("disk of it", grown / 1e6, "MB"),
        row("disk of one event", grown / events, "B"),
        row("start of a command after it", later, "s", reference=opened),
        row("memory of that command, at most", memory / 1e6, "MB"),
    ]


def _imported(node: Node, home: Path) -> RecordId:
    desk = desk_of(node, home)
    found = Document(Path("p.json"), patient(1, resources=40)).resources()
    with node.reading() as session:
        intake = prepare(found, known_in(session, desk), lambda _: False)
    (record,) = take(desk, intake)
    finish(desk)
    return record


def _live(
    node: Node,
    record: RecordId,
    made: founding.Consortium,
    events: int,
    later: Callable[[], None],
) -> None:
    with node.reading() as session:
        units = records.units_of(session, record, ["laboratory"])
        key = consent.controller(session, record)
    for _ in range(events // ROUND):
        later()
        roots = [secrets.token_bytes(32) for _ in range(ROUND - 2 * _GRANTS)]
        by = made.hospital.signing
        node.ledger.submit(
            [signed(node, "Anchors", "anchor", each, 1, by=by, actor=True) for each in roots]
        )
        for _ in range(_GRANTS):
            _granted_and_ended(node, record, units, made, key)
        node.follow()


def _granted_and_ended(
    node: Node,
    record: RecordId,
    units: list[KnownUnit],
    made: founding.Consortium,
    key: SigningKey,
) -> None:
    granted = consent.grant(
        node,
        record=record,
        units=[unit.id for unit in units],
        readers=[made.readers[0].address],
        purpose="TREAT",
        until=node.clock.now() + timedelta(days=30),
        by=key,
    )
    consent.revoke(node, granted, by=key)


def _size(home: Path) -> int:
    return sum(each.stat().st_size for each in home.rglob("*") if each.is_file())


def _started(home: Path) -> float:
    """Seconds until a command has answered in a process of its own."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", _PROGRAM, "records", "--json", "--home", str(home)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun
