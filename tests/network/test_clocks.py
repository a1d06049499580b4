"""A validator whose clock is ten minutes off, while two homes write all the time."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salus.kernel.clock import SystemClock, seconds
from salus.kernel.ids import Address
from salus.surfaces.network.holding import holder
from tests.support.breaking import check, grown, more
from tests.support.loading import asked, lay_store, loaded
from tests.support.networked import Net, network, until

CHAIN = 7_254_886
NAMES = ("clinic", "hospital", "institute", "insurer")
VICTIM, OTHER = "clinic", "hospital"

OFF = """
import sys
from datetime import timedelta
from salus.kernel.clock import SystemClock
from salus.surfaces.validator import running

class Off(SystemClock):
    def now(self):
        return super().now() + timedelta(minutes={minutes})

assemble, execution = running.assemble, running.Execution
running.assemble = lambda bridge, clock: assemble(bridge, Off())
running.Execution = lambda **told: execution(**told | dict(clock=SystemClock()))
from salus.surfaces.cli import main
main()
"""
"""A bridge with another clock. What it signs for its client keeps the true one: a machine whose
clock is wrong has one wrong clock, which fits itself."""

SUPERVISOR = """
import sys
from salus.surfaces.network import supervisor
supervisor.SALUS = (sys.executable, "-c", {bridge!r})
from salus.surfaces.cli import main
main()
"""


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with network(tmp_path_factory.mktemp("clocks") / "net", NAMES, chain=CHAIN) as made:
        yield made


@pytest.fixture(scope="module")
def contract(net: Net) -> Address:
    return lay_store(net, OTHER)


@contextmanager
def wrong_clock(net: Net, name: str, minutes: int) -> Iterator[None]:
    """A validator whose bridge has another clock, until the end of the block."""
    net.stop(name)
    program = SUPERVISOR.format(bridge=OFF.format(minutes=minutes))
    command = [sys.executable, "-c", program, "network", "run", name, "--network", str(net.path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as supervisor:
        try:
            (folder,) = net.folders(name)
            until(lambda: holder(folder) is not None, "its supervisor runs")
            net.start(name)
            yield
        finally:
            net.stop(name)
            supervisor.wait(30)
    net.start(name)


@pytest.mark.parametrize("minutes", [10, -10], ids=["fast", "slow"])
def test_a_clock_ten_minutes_off_does_not_stop_the_others(
    net: Net, contract: Address, tmp_path: Path, minutes: int
) -> None:
    """Fast it proposes what others call future; slow it calls all others future."""
    with loaded(net, contract, tmp_path / "clock", VICTIM, OTHER) as senders:
        more(senders)
        with wrong_clock(net, VICTIM, minutes):
            grown(net, OTHER, blocks=6)
            more(senders)
    check(net, senders)
    (newest,) = asked(net.url(OTHER), "eth_getBlockByNumber", [["latest", False]])

    assert abs(int(newest["timestamp"], 16) - seconds(SystemClock().now())) < 300
