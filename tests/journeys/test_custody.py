"""Custodians, the gateway and the ledger in processes of their own; some die, one lies."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from salus.rights.custody.household import announce_peer, peers
from tests.journeys.stage import (
    Said,
    answers,
    chart,
    copy,
    grant,
    lines,
    opening,
    process,
    record_of,
    run,
    running,
    written,
)

CUSTODIANS = ("c1", "c2", "c3", "c4", "c5")


@dataclass(frozen=True, slots=True)
class Network:
    """A home whose ledger and keepers run beside the commands, and one record shared in it."""

    home: Path
    record: str
    processes: dict[str, "subprocess.Popen[str]"]

    def open(self, output: Path) -> Said:
        asked = opening("laboratory", output, reader="clinic")
        return run(self.home, "open", self.record, *asked, "--json")

    def kill(self, *names: str) -> None:
        for name in names:
            self.processes[name].kill()
            self.processes[name].wait()


@contextmanager
def network(home: Path, folder: Path) -> Iterator[Network]:
    with ExitStack() as stack:
        started = {"ledger": stack.enter_context(running(home, "ledger", "serve", "--port", "0"))}
        answers(started["ledger"])
        for name in CUSTODIANS:
            started[name] = stack.enter_context(running(home, "custodian", name))
        started["gateway"] = stack.enter_context(running(home, "gateway"))
        for name in (*CUSTODIANS, "gateway"):
            answers(started[name])
        record = record_of(home, written(folder, "chart.json", chart()))
        grant(home, record, "laboratory")
        yield Network(home, record, started)


@pytest.fixture(scope="module")
def served(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Shared by the tests of this file; those that kill processes are the last."""
    folder = tmp_path_factory.mktemp("served")
    with network(copy(founded, folder / "home"), folder) as made:
        yield made


def test_it_opens_when_everybody_answers_over_http(served: Network, tmp_path: Path) -> None:
    said = served.open(tmp_path / "out.ndjson")
    told = run(served.home, "open", served.record, *opening("laboratory", tmp_path / "own"))

    assert set(peers(served.home)) == {*CUSTODIANS, "gateway"}
    assert all(url.startswith("http://127.0.0.1:") for url in peers(served.home).values())
    assert said.status == told.status == 0
    assert (said.json()["missing"], said.json()["refused_shares"]) == ([], [])
    assert b'"id": "o1"' in lines(tmp_path / "out.ndjson")[0]
    assert "custody is then not independent" not in told.err


def test_commands_of_other_processes_work_beside_the_served_ledger(
    served: Network, tmp_path: Path
) -> None:
    place = written(tmp_path, "chart.json", chart("13.5 g/dL"))
    imported = process(served.home, "import", place, "--json")
    rebuilt = process(served.home, "index", "rebuild", "--json")
    opened = process(
        served.home,
        "open",
        served.record,
        *opening("laboratory", tmp_path / "out", reader="clinic"),
    )

    assert imported.status == 0, imported.err
    assert imported.json()["records"][0]["version"] == 2
    assert rebuilt.json() == {"differences": []}
    assert opened.status == 0, opened.err
    assert b"13.5 g/dL" in (tmp_path / "out").read_bytes()


def test_a_custodian_that_lies_is_named_and_not_needed(served: Network, tmp_path: Path) -> None:
    honest = peers(served.home)["c4"]
    with liar(honest) as url:
        announce_peer(served.home, "c4", url)
        said = served.open(tmp_path / "out.ndjson")
        told = run(served.home, "open", served.record, *opening("laboratory", tmp_path / "own"))
    announce_peer(served.home, "c4", honest)

    assert said.status == told.status == 0
    assert (said.json()["missing"], said.json()["refused_shares"]) == ([], ["c4"])
    assert "c4 gave a share that is not the one it holds." in told.err
    assert len(lines(tmp_path / "out.ndjson")) == 1


def test_two_may_be_down_but_not_three(served: Network, tmp_path: Path) -> None:
    served.kill("c2", "c5")
    two = served.open(tmp_path / "two.ndjson")
    served.kill("c3")
    three = served.open(tmp_path / "three.ndjson")
    told = run(served.home, "open", served.record, *opening("laboratory", tmp_path / "told"))
    error = three.json()["error"]

    assert two.status == 0
    assert two.json()["missing"] == ["c2", "c5"]
    assert len(lines(tmp_path / "two.ndjson")) == 1
    assert three.status == told.status == 1
    assert error["type"] == "/problems/custody/too-few-shares"
    assert error["details"]["missing"] == "c2, c3, c5"
    assert "missing: c2, c3, c5" in told.err
    assert "Start the missing custodians" in told.err
    assert [each.name for each in tmp_path.iterdir()] == ["two.ndjson"]


def test_without_the_gateway_nothing_opens_and_it_is_named(served: Network, tmp_path: Path) -> None:
    served.kill("gateway")
    said = served.open(tmp_path / "out.ndjson")

    assert said.status == 1
    assert "gateway" in said.json()["error"]["details"]["missing"]
    assert list(tmp_path.iterdir()) == []


def test_a_keeper_that_is_taken_back_answers_inside_again(served: Network, tmp_path: Path) -> None:
    for name in ("c2", "c3", "c5"):
        assert run(served.home, "custodian", name, "--inside").status == 0
    assert run(served.home, "gateway", "--inside").status == 0
    said = served.open(tmp_path / "out.ndjson")

    assert said.status == 0
    assert said.json()["missing"] == []


"""A LIAR"""


@contextmanager
def liar(honest: str) -> Iterator[str]:
    """A door that passes everything on, and changes one bit of every share that it gives."""

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"]))
            asked = Request(honest + self.path, sent, {"content-type": "application/json"})
            with urlopen(asked) as passed:
                said = json.loads(passed.read())
            for part in said.get("released", ()):
                part["sealed"] = changed(part["sealed"])
            body = json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{door.server_address[1]}"
        door.shutdown()


def changed(sealed: str) -> str:
    """Hex with its last bit changed."""
    return sealed[:-1] + f"{int(sealed[-1], 16) ^ 1:x}"
