"""What starts, what starts again, and what ends with what."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from salus.surfaces.network.folder import Folder
from salus.surfaces.network.holding import pids
from salus.surfaces.network.model import Founder
from salus.surfaces.network.parts import Part
from salus.surfaces.network.ports import placed
from salus.surfaces.network.tests import supervised
from salus.surfaces.network.tests.supervised import NAMES

PATIENCE = 30.0
T = TypeVar("T")


def until(reached: Callable[[], T | None]) -> T:
    """The first answer that is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := reached():
            return answer
        time.sleep(0.02)
    raise AssertionError("it never happened")


class Running:
    """A supervisor as a process, and its children."""

    def __init__(self, home: Path) -> None:
        self.folder = Folder(home)
        self.folder.logs.mkdir(parents=True)
        (place,) = placed([Founder("one", "127.0.0.1", 0, 1)], ())
        self.ports = [place.first_port + at for at in range(3)]
        command = [sys.executable, supervised.__file__, str(home), *map(str, self.ports)]
        self.process = subprocess.Popen(command)
        self.parts = self.other_than({})

    def other_than(self, before: dict[str, int], *names: str) -> dict[str, int]:
        """All parts, once those named have another process and all of them listen."""

        def reached() -> dict[str, int] | None:
            now = pids(self.folder)
            is_whole = set(now) == set(NAMES) and all(map(is_listening, self.ports))
            return now if is_whole and all(now[name] != before[name] for name in names) else None

        return until(reached)

    def log(self, part: str) -> list[str]:
        return (self.folder.logs / f"{part}.log").read_text().split()


def is_listening(port: int) -> bool:
    return Part("any", (), port, Path()).is_up()


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "one")
    yield made
    if made.process.poll() is None:
        made.process.terminate()
        made.process.wait(PATIENCE)


def test_the_client_that_ends_starts_alone(running: Running) -> None:
    before = running.parts
    os.kill(before["geth"], signal.SIGKILL)
    now = running.other_than(before, "geth")

    assert [before[name] for name in NAMES[1:]] == [now[name] for name in NAMES[1:]]


@pytest.mark.parametrize("ended", ["bridge", "cometbft"])
def test_bridge_and_cometbft_start_again_together(running: Running, ended: str) -> None:
    before = running.parts
    os.kill(before[ended], signal.SIGKILL)
    now = running.other_than(before, "bridge", "cometbft")

    assert before["geth"] == now["geth"]
    assert not is_alive(before["bridge"])
    assert not is_alive(before["cometbft"])


def test_it_stops_all_and_cleanly(running: Running) -> None:
    running.process.terminate()

    assert running.process.wait(PATIENCE) == 0
    assert not any(map(is_alive, running.parts.values()))
    assert [["up", "ended"]] * 3 == [running.log(name) for name in NAMES]
    assert not running.folder.state.exists()


def test_what_it_started_does_not_outlive_it(running: Running) -> None:
    running.process.kill()
    running.process.wait()

    assert until(lambda: not any(map(is_alive, running.parts.values())))


def test_a_log_that_is_too_long_is_kept_and_cut(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    part = Part("part", (), 0, log)
    kept = []
    for turn in range(5):
        with log.open("ab") as writer:  # as a program that goes on writing
            writer.write(f"{turn}".encode() * 200)
            writer.flush()
            part.rotate(100)
            writer.write(b"after")
            writer.flush()
        kept.append(log.read_bytes())

    assert [b"after"] * 5 == [each[-5:] for each in kept]
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "part.log",
        "part.log.1",
        "part.log.2",
        "part.log.3",
    ]
    assert b"4" * 200 in (tmp_path / "part.log.1").read_bytes()


def test_the_processes_of_a_folder_without_any_are_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.engine.mkdir()

    assert pids(folder) == {}
    folder.state.write_text("{")
    assert pids(folder) == {}
    folder.state.write_text(json.dumps({"geth": 7}))
    assert pids(folder) == {"geth": 7}
