"""One party stops, changes its certificate, comes back watched, and the others read on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from salus.kernel.clock import SystemClock
from salus.platform.web import listen
from salus.rights.custody.consortium.homes import found_apart
from salus.rights.custody.settings import CustodySettings
from salus.surfaces.consortium.commands import staying
from salus.surfaces.consortium.organizations import USUAL, at_free_ports, organizations_in
from tests.journeys.stage import (
    PROGRAM,
    answer,
    chart,
    environment,
    grant,
    process,
    record_of,
    written,
)
from tests.journeys.test_consortium import SECTION, Consortium, start


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    """A record of the hospital that the insurer may read."""
    base = tmp_path_factory.mktemp("operated")
    charter = found_apart(
        base / "homes",
        at_free_ports(organizations_in(USUAL)),
        clock=SystemClock(),
        settings=CustodySettings(),
    )
    with ExitStack() as stack:
        made = Consortium(base / "homes", charter)
        start(stack, made, dict(staying(charter)))
        hospital = made.home("hospital")
        made.record = record_of(hospital, written(base, "patient.json", chart()))
        made.grant = grant(hospital, made.record, SECTION, to="insurer")
        made.paper = base / "grant.json"
        answer(hospital, "hand", made.grant, "-o", made.paper)
        answer(made.home("insurer"), "receive", made.paper)
        yield made


@contextmanager
def reading(lived: Consortium, folder: Path) -> Iterator[list[int]]:
    """The insurer opens the section again and again, in processes of its own."""
    ended, statuses = Event(), list[int]()

    def read() -> None:
        while not ended.is_set():
            out = folder / f"read-{len(statuses)}"
            asked = ("open", lived.record, "--section", SECTION, "-o", out, "--json")
            statuses.append(process(lived.home("insurer"), *asked).status)

    thread = Thread(target=read)
    thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        thread.join()


def stopped(lived: Consortium, name: str) -> None:
    """As an operator stops a program: it ends what it has begun."""
    lived.processes[name].terminate()
    assert lived.processes[name].wait(30) == 0


@contextmanager
def started(lived: Consortium, name: str, port: int) -> Iterator[None]:
    told = environment(lived.home(name)) | {"SALUS_OBSERVE_PORT": str(port)}
    again = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "custodian", name],
        stdout=subprocess.PIPE,
        text=True,
        env=told,
    )
    with again:
        try:
            assert again.stdout is not None
            assert " at https" in again.stdout.readline()
            yield
        finally:
            again.terminate()
            again.wait(30)


def free_port() -> int:
    with listen("127.0.0.1", 0) as found:
        return int(found.getsockname()[1])


def test_one_party_is_stopped_renewed_and_started_while_the_others_read(
    lived: Consortium, tmp_path: Path
) -> None:
    told, port = tmp_path / "c1.json", free_port()
    with reading(lived, tmp_path) as statuses:
        answer(lived.home("c1"), "certificate", "renew", "-o", told)
        for name in ("hospital", "insurer"):
            answer(lived.home(name), "certificate", "accept", told)
        between = lived.open(tmp_path / "between").json()
        stopped(lived, "c1")
        answer(lived.home("c1"), "certificate", "use")
        without = lived.open(tmp_path / "without").json()
        with started(lived, "c1", port):
            after = lived.open(tmp_path / "after").json()
            health = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False)
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text

    assert set(statuses) == {0}
    assert len(statuses) > 1
    assert (between["missing"], between["wrong_certificates"]) == ([], [])
    assert without["missing"] == ["c1"]
    assert (after["missing"], after["wrong_certificates"]) == ([], [])
    assert (tmp_path / "after").read_bytes() == (tmp_path / "between").read_bytes()
    assert health.status_code == 200
    assert health.json()["checks"]["certificate"]["status"] == "ok"
    assert 'operation="custody.release",outcome="done"' in text
    assert lived.record not in text
    assert lived.record not in json.dumps(health.json())
