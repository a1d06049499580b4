"""A home is founded once; every test works on a copy of its own."""

from pathlib import Path

import pytest

from tests.journeys.stage import copy, run


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "home"
    assert run(home, "init").status == 0
    return home


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    return copy(founded, tmp_path / "home")
