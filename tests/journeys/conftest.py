"""A home is founded once in each process of the tests; every test works on a copy of its own."""

from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from tests.journeys.market import Market, built, noon_after, ripe
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
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The clock of every command of a test, at the next noon."""
    moved = ManualClock(noon_after(SystemClock().now()))
    monkeypatch.setattr("salus.platform.node.SystemClock", lambda: moved)
    return moved


@pytest.fixture
def market(market_home: tuple[Path, str], tmp_path: Path, clock: ManualClock) -> Market:
    """A copy of it with a clock."""
    home, record = market_home
    return Market(copy(home, tmp_path / "home"), clock, record, tmp_path)


@pytest.fixture(scope="session")
def ripe_home(market_home: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A home whose record has earned for long enough to be worth something to a lender."""
    folder = tmp_path_factory.mktemp("ripe")
    home, record = market_home
    found = Market(
        copy(home, folder / "home"), ManualClock(noon_after(SystemClock().now())), record, folder
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("salus.platform.node.SystemClock", lambda: found.clock)
        ripe(found)
    return found


@pytest.fixture
def pledgeable(ripe_home: Market, tmp_path: Path, clock: ManualClock) -> Market:
    """A copy of it; its record can be pledged."""
    clock.moment = ripe_home.clock.moment
    return Market(copy(ripe_home.home, tmp_path / "home"), clock, ripe_home.record, tmp_path)
