"""What holds for every test."""

import sys
from collections.abc import Iterator

import eth_account  # noqa: F401 - the oracle of many tests; it raises the limit below on import
import pytest

from tests.support.postgresql import Server, in_place_of_memory, is_on_both, servers

sys.setrecursionlimit(1_000)  # as in a process of Salus


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if is_on_both(metafunc.definition.path):
        metafunc.parametrize("kind_of_database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of this process alone."""
    with servers() as started:
        yield started


@pytest.fixture(autouse=True)  # so that it comes before whatever opens a database
def kind_of_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test of a file in `tests.support.postgresql.ON_BOTH` finds where it opens memory."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    with in_place_of_memory(request.getfixturevalue("server")):
        yield
