"""What holds for every test."""

import sys
from collections.abc import Iterator

import eth_account  # noqa: F401 - the oracle of many tests; it raises the limit below on import
import pytest

from tests.support.postgresql import Server, in_place_of_memory, servers

sys.setrecursionlimit(1_000)  # as in a process of Salus


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        action="store_true",
        help="whoever opens a database in memory gets one of a PostgreSQL server",
    )


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
