"""What holds for every test."""

import os
import sys
import tempfile
from collections.abc import Iterator

import eth_account  # noqa: F401 - the oracle of many tests; it raises the limit below on import
import pytest

from tests.support.postgresql import Server, in_place_of_memory, servers
from tools.memory import memory

ROOM = 4 * 2**30  # bytes; what passed is removed at once, so tests need a part of it
sys.setrecursionlimit(1_000)  # as in a process of Salus


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        action="store_true",
        help="whoever opens a database in memory gets one of a PostgreSQL server",
    )


def pytest_configure() -> None:
    """Homes of tests lie in memory where there is room: a commit mostly waits for the disk.

    A process that is killed loses nothing that it wrote, in memory as little as on a disk. TMPDIR
    says otherwise.
    """
    place = memory(least=ROOM)
    if place is not None and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = str(place)
        tempfile.tempdir = None  # pytest has asked before


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of this process alone."""
    with servers() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _kind_of_database(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.config.getoption("--postgresql"):
        yield
        return
    with in_place_of_memory(request.getfixturevalue("server")):
        yield
