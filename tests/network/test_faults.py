"""Faults of validators under load: what was acknowledged is there, and all blocks are the same.

Two homes write all the time, each through its own validator, and one of these is the victim.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from salus.kernel.ids import Address
from salus.surfaces.network.holding import holder, pids
from tests.support.breaking import all_ready, check, grown, heads, more
from tests.support.loading import lay_store, loaded
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
