"""kill -9 while keys move to other custodians, and while all keys are changed.

Wherever the process dies, the record opens, and the same command again brings it to its end.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from salus.kernel.clock import SystemClock
from salus.platform.node import open_node
from salus.platform.settings import read as settings
from salus.rights.custody import founding
from salus.rights.custody.settings import CustodySettings
from tests.faults.points import Points, install
from tests.journeys.stage import answer, chart, lines, opening, record_of, run, written

TO = "c1,c2,c6,c7,c8"
DEATHS = 8  # spread over the write steps of each act; a step comes again for every keeper
Act = Callable[[Path, str], None]


def reshare(home: Path, record: str) -> None:
    assert answer(home, "custody", "reshare", record, "--to", TO)["waits_for"] == []


def renew(home: Path, record: str) -> None:
    assert answer(home, "custody", "renew", record, "--all")["waits_for"] == []


def bump_and_import(home: Path, record: str) -> None:
    answer(home, "custody", "renew", record, "--section", "laboratory")
    answer(home, "import", written(home.parent, f"{home.name}.json", chart("13.5 g/dL")))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a record, and three custodians who keep nothing yet."""
    folder = tmp_path_factory.mktemp("keys")
    home = folder / "home"
    founding.found(home, clock=SystemClock(), settings=settings(CustodySettings))
    record = record_of(home, written(folder, "chart.json", chart()))
    for name in ("c6", "c7", "c8"):
        answer(home, "custody", "admit", name)
    return home, record


def lived(home: Path, act: Act, record: str, deadly: int | None) -> tuple[bool, int]:
    """Run an act in a forked process that dies at a write step, or not at all.

    Returns whether it came to its end, and how many steps it had.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        points, status = Points(deadly), 1
        install(points)
        try:
            act(home, record)
            os.write(writing, str(points.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        count = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, "it failed by itself"
    return bool(count), int(count or 0)


def opened(home: Path, record: str, output: Path) -> bytes:
    said = run(home, "open", record, *opening("laboratory", output))
    assert said.status == 0, said.out + said.err
    return lines(output)[0]


@pytest.mark.parametrize("act", [reshare, renew, bump_and_import], ids=lambda act: act.__name__)
def test_keys_are_never_lost_on_their_way(
    act: Act, start: tuple[Path, str], tmp_path: Path
) -> None:
    founded, record = start
    whole = tmp_path / "whole"
    shutil.copytree(founded, whole)
    finished, steps = lived(whole, act, record, None)
    before = opened(founded, record, tmp_path / "before")
    assert finished

    for deadly in range(1, steps + 1, max(1, steps // DEATHS)):
        home = tmp_path / f"killed-{deadly}"
        shutil.copytree(founded, home)
        lived(home, act, record, deadly)
        print(f"{act.__name__}: killed at {deadly} of {steps}")  # noqa: T201 - shown when it fails
        assert opened(home, record, tmp_path / "between")
        act(home, record)
        after = opened(home, record, tmp_path / "after")
        tried = answer(home, "custody", "drill", record)
        with open_node(home) as node:
            assert node.rebuild_index() == ()
        shutil.rmtree(home)

        assert (tried["failed"], tried["wrong"], tried["missing"]) == (0, [], [])
        assert after == before or act is bump_and_import
