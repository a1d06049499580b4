"""Faults of validators under load: what was acknowledged is there, and all blocks are the same.

Two homes write all the time, each through its own validator, and one of these is the victim.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from salus.kernel.clock import SystemClock, seconds
from salus.kernel.ids import Address
from salus.surfaces.network.asking import standing
from salus.surfaces.network.holding import holder, pids
from tests.support.loading import BATCH, Sender, asked, blocks_of, lay_store, loaded, lost
from tests.support.networked import Net, network, until

CHAIN = 7_254_883
NAMES = ("clinic", "hospital", "institute", "insurer")
VICTIM, OTHER = "clinic", "hospital"
PARTS = ("geth", "bridge", "cometbft")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with network(tmp_path_factory.mktemp("faults") / "net", NAMES, chain=CHAIN) as made:
        yield made


@pytest.fixture(scope="module")
def contract(net: Net) -> Address:
    return lay_store(net, OTHER)


def heads(net: Net, *names: str) -> list[int]:
    return [standing(each).number for each in net.folders(*names)]


def more(senders: list[Sender], batches: int = 4) -> None:
    """Wait until every sender had so many batches more acknowledged."""
    goals = [len(each.acknowledged) + batches * BATCH for each in senders]
    until(
        lambda: all(len(s.acknowledged) >= goal for s, goal in zip(senders, goals, strict=True)),
        "writes go on",
    )


def grown(net: Net, name: str, blocks: int = 2) -> None:
    """Wait until a validator has some blocks more."""
    (before,) = heads(net, name)
    until(lambda: heads(net, name)[0] >= before + blocks, "blocks go on")


def kill_all_of(net: Net, *names: str) -> None:
    """Everything of these validators at once, those who would start it again first."""
    folders = net.folders(*names)
    supervisors = [holder(each) for each in folders]
    parts = [pid for each in folders for pid in pids(each).values()]
    for pid in (*supervisors, *parts):
        assert pid is not None
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
    until(lambda: all(holder(each) is None for each in folders), "their supervisors are gone")


def all_ready(net: Net) -> bool:
    return all(standing(each).ready for each in net.folders())


def check(net: Net, senders: list[Sender]) -> None:
    """Nothing that was acknowledged is lost, and each validator has the same blocks."""
    until(lambda: all_ready(net), "all are ready")
    until(lambda: len(set(heads(net))) == 1, "all have as many blocks")
    (height,) = set(heads(net))
    known = [blocks_of(net.url(name), height) for name in NAMES]

    assert all(len(each.mined) == len(each.acknowledged) > 0 for each in senders)
    assert [[]] * len(NAMES) == [lost(net, name, senders) for name in NAMES]
    assert [known[0]] * len(NAMES) == known


@pytest.mark.parametrize("part", PARTS)
def test_one_program_of_a_validator_is_killed(
    net: Net, contract: Address, tmp_path: Path, part: str
) -> None:
    with loaded(net, contract, tmp_path / f"part-{part}", VICTIM, OTHER) as senders:
        more(senders)
        net.kill(VICTIM, part)
        grown(net, OTHER)
        until(lambda: all_ready(net), "it was started again")
        more(senders)
    check(net, senders)


def test_a_whole_validator_is_killed_and_the_others_go_on(
    net: Net, contract: Address, tmp_path: Path
) -> None:
    with loaded(net, contract, tmp_path / "whole", VICTIM, OTHER) as senders:
        more(senders)
        kill_all_of(net, VICTIM)
        grown(net, OTHER, blocks=3)
        more(senders[1:])
        net.start(VICTIM)
        more(senders)
    check(net, senders)


def test_all_are_killed_at_once_with_a_full_pool(
    net: Net, contract: Address, tmp_path: Path
) -> None:
    with loaded(net, contract, tmp_path / "every", VICTIM, OTHER) as senders:
        more(senders)
        kill_all_of(net, "institute", "insurer")  # two alone decide nothing, so the pool fills
        more(senders, batches=20)
        kill_all_of(net, VICTIM, OTHER)
        net.start()
        more(senders)
    check(net, senders)


def test_with_two_down_nothing_is_decided_and_then_it_goes_on(
    net: Net, contract: Address, tmp_path: Path
) -> None:
    with loaded(net, contract, tmp_path / "halt", OTHER, "insurer") as senders:
        more(senders)
        kill_all_of(net, VICTIM, "institute")
        until(lambda: heads(net, OTHER) == heads(net, "insurer"), "what was decided is executed")
        before = heads(net, OTHER, "insurer")
        more(senders, batches=6)

        assert before == heads(net, OTHER, "insurer")
        net.start(VICTIM, "institute")
        grown(net, OTHER)
    check(net, senders)


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

    assert abs(int(newest["timestamp"], 16) - seconds(SystemClock().now())) < 60
