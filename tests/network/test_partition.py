"""Validators in network namespaces of their own, between which the cables are pulled.

It needs root and `ip`; where these are not there it says aloud that it was not run.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from salus.kernel.clock import SystemClock
from salus.kernel.ids import Address
from salus.platform.ledger import RpcLedger, settled
from salus.platform.node import relayers
from salus.surfaces.network.asking import Standing, standing
from salus.surfaces.network.engine import engine
from salus.surfaces.network.founding import found
from salus.surfaces.network.model import Founder, Founders
from salus.surfaces.network.supervisor import SALUS
from tests.support.loading import BATCH, blocks_of, lay_store, store
from tests.support.networked import Net, until

CHAIN = 7_254_884
NAMES = ("clinic", "hospital", "institute", "insurer")
ALONE = "clinic"
FIRST_PORT = 26_600
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, sched.h
T = TypeVar("T")


def can_part() -> bool:
    """Whether this process may make network namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "salus-try"], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", "salus-try"], check=False, capture_output=True)
    return made.returncode == 0


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass(slots=True)
class Cables:
    """Each validator in its own namespace; all on one of two switches."""

    tag: str = field(default_factory=lambda: f"sal{os.getpid() % 10_000}")

    def space(self, name: str) -> str:
        return f"{self.tag}-{name}"

    def plug(self, name: str) -> str:
        return f"{self.tag}{NAMES.index(name)}"

    def lay(self) -> None:
        for switch in ("a", "b"):
            ip("link", "add", f"{self.tag}{switch}", "type", "bridge")
            ip("link", "set", f"{self.tag}{switch}", "up")
        for name in NAMES:
            space, plug = self.space(name), self.plug(name)
            ip("netns", "add", space)
            ip("link", "add", plug, "type", "veth", "peer", "name", "inside", "netns", space)
            ip("link", "set", plug, "master", f"{self.tag}a", "up")
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "addr", "add", f"{host(name)}/24", "dev", "inside")
            ip("-n", space, "link", "set", "inside", "up")

    def part(self, *names: str) -> None:
        """These hear one another only, and nobody else hears them."""
        for name in names:
            ip("link", "set", self.plug(name), "master", f"{self.tag}b")

    def heal(self) -> None:
        for name in NAMES:
            ip("link", "set", self.plug(name), "master", f"{self.tag}a")

    def remove(self) -> None:
        for name in NAMES:
            subprocess.run(["ip", "netns", "del", self.space(name)], check=False)
        for switch in ("a", "b"):
            subprocess.run(["ip", "link", "del", f"{self.tag}{switch}"], check=False)

    def inside(self, name: str, work: Callable[[], T]) -> T:
        """What a thread finds that lives in the namespace of a validator."""
        with ThreadPoolExecutor(1, initializer=self._enter, initargs=(name,)) as pool:
            return pool.submit(work).result()

    def _enter(self, name: str) -> None:
        """Only this thread, and those that it starts."""
        with Path("/run/netns", self.space(name)).open() as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _NEW_NETWORK):
                raise OSError(ctypes.get_errno(), "setns")


def host(name: str) -> str:
    return f"10.77.31.{NAMES.index(name) + 11}"


@dataclass(frozen=True, slots=True)
class Parted:
    """A network whose validators have namespaces, and one writer in each of some of them."""

    net: Net
    cables: Cables

    def standing(self, name: str) -> Standing:
        (folder,) = self.net.folders(name)
        return self.cables.inside(name, lambda: standing(folder))

    def all(self, names: Sequence[str] = NAMES) -> list[Standing]:
        return [self.standing(name) for name in names]

    def writer(self, name: str, place: Path) -> RpcLedger:
        key, network = relayers(self.net.folders(name)[0].home)[1], self.net.network
        return self.cables.inside(
            name,
            lambda: RpcLedger(
                self.net.url(name),
                relayer=key,
                chain_id=network.chain,
                genesis=network.genesis,
                outbox=place / f"{name}.db",
            ),
        )

    def write(self, name: str, ledger: RpcLedger, contract: Address, first: int) -> list[bytes]:
        calls = [store(contract, first + at) for at in range(BATCH)]
        return self.cables.inside(name, lambda: ledger.submit(calls))

    def blocks(self, name: str, upto: int) -> list[str]:
        return self.cables.inside(name, lambda: blocks_of(self.net.url(name), upto))


@contextmanager
def supervised(net: Net, cables: Cables) -> Iterator[None]:
    with ExitStack() as stack:
        for name in NAMES:
            space = ["ip", "netns", "exec", cables.space(name)]
            command = [*space, *SALUS, "network", "run", name, "--network", str(net.path)]
            running = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            stack.callback(running.terminate)
        yield


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parted]:
    if not can_part():
        sys.__stderr__.write("\nNOT RUN: partitions need root and `ip netns`\n")  # type: ignore[union-attr]
        pytest.skip("partitions need root and `ip netns`")
    path, cables = tmp_path_factory.mktemp("parted") / "net", Cables()
    founders = Founders(
        CHAIN, tuple(Founder(name, host(name), FIRST_PORT, 10) for name in NAMES), ()
    )
    net = Net(path, found(path, founders, engine=engine(), clock=SystemClock()))
    try:
        cables.lay()
        with supervised(net, cables):
            made = Parted(net, cables)
            until(lambda: all(each.ready for each in made.all()), "all are ready")
            yield made
    finally:
        cables.remove()


@pytest.fixture(scope="module")
def contract(parted: Parted) -> Address:
    return parted.cables.inside("hospital", lambda: lay_store(parted.net, "hospital"))


def check(parted: Parted, written: dict[str, tuple[RpcLedger, list[bytes]]]) -> None:
    """After it is healed: all that was acknowledged is there, and all blocks are the same."""
    for name, (ledger, hashes) in written.items():
        final = partial(settled, ledger, hashes, wait_seconds=120)
        found = parted.cables.inside(name, final)
        assert all(receipt.ok for receipt in found)
    until(lambda: len({each.head for each in parted.all()}) == 1, "all have the same head")
    height = parted.standing("hospital").number
    known = [parted.blocks(name, height) for name in NAMES]

    assert [known[0]] * len(NAMES) == known


def test_who_is_cut_off_decides_nothing_and_loses_nothing(
    parted: Parted, contract: Address, tmp_path: Path
) -> None:
    ledgers = {name: parted.writer(name, tmp_path) for name in (ALONE, "hospital")}
    parted.cables.part(ALONE)
    before = parted.standing(ALONE)
    written = {
        name: (each, parted.write(name, each, contract, at * 10**6))
        for at, (name, each) in enumerate(ledgers.items(), 1)
    }
    until(lambda: parted.standing("hospital").number > before.number, "three go on")
    apart = parted.standing(ALONE)
    parted.cables.heal()

    assert (before.number, before.head) == (apart.number, apart.head)
    check(parted, written)
    for each in ledgers.values():
        each.close()


def test_two_halves_decide_nothing_until_they_meet(
    parted: Parted, contract: Address, tmp_path: Path
) -> None:
    ledgers = {name: parted.writer(name, tmp_path) for name in ("hospital", "insurer")}
    parted.cables.part("institute", "insurer")
    until(lambda: len({each.head for each in parted.all()}) == 1, "what was decided is there")
    before = parted.all()
    written = {
        name: (each, parted.write(name, each, contract, at * 10**7))
        for at, (name, each) in enumerate(ledgers.items(), 1)
    }
    more = {name: parted.write(name, each, contract, 5 * 10**8) for name, each in ledgers.items()}
    after = parted.all()
    parted.cables.heal()

    assert [each.head for each in before] == [each.head for each in after]
    check(parted, {name: (each, kept + more[name]) for name, (each, kept) in written.items()})
    for each in ledgers.values():
        each.close()
