"""A home is founded once in each process of the tests; every test works on a copy of its own."""

from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from tests.journeys.market import Market, built, noon_after
from tests.journeys.stage import copy, run


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "home"
    assert run(home, "init").status == 0
    return home


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    return copy(founded, tmp_path / "home")


@pytest.fixture(scope="session")
def market_home(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a record for license and money for all; and the record."""
    return built(founded, tmp_path_factory.mktemp("market"))


@pytest.fixture
def market(
    market_home: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Market:
    """A copy of it, at the next noon; every command of the test has the clock of the market."""
    clock = ManualClock(noon_after(SystemClock().now()))
    monkeypatch.setattr("salus.platform.node.SystemClock", lambda: clock)
    home, record = market_home
    return Market(copy(home, tmp_path / "home"), clock, record, tmp_path)
