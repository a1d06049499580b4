"""Networks of the real engine on this machine: founded, started, asked, and stopped."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from signal import SIGKILL
from typing import TypeVar

from salus.kernel.clock import SystemClock
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import Home
from salus.platform.ledger import Contracts, Ledger, RpcLedger
from salus.platform.ledger.deployment import write
from salus.platform.node import DEPLOYMENT, STORAGE_KEY
from salus.platform.settings import read as settings_of
from salus.platform.storage import read_secret, write_secret
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.surfaces.network.engine import engine
from salus.surfaces.network.errors import NotRunning
from salus.surfaces.network.folder import DEPLOYER, Folder, folders
from salus.surfaces.network.founding import found
from salus.surfaces.network.holding import pids
from salus.surfaces.network.model import PORTS, Founder, Founders, Network
from salus.surfaces.network.ports import are_free
from salus.surfaces.network.running import own, start, stop
from salus.surfaces.network.settings import NetworkSettings

PATIENCE = 120.0  # seconds
T = TypeVar("T")


def until(reached: Callable[[], T | None], what: str) -> T:
    """The first answer that is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := reached():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what}")


@dataclass(frozen=True, slots=True)
class Net:
    """A folder with validators."""

    path: Path
    network: Network

    def folders(self, *names: str) -> list[Folder]:
        return folders(self.path, names)

    def start(self, *names: str) -> None:
        start(self.folders(*names), settings=_settings(), step=lambda _: None)

    def stop(self, *names: str) -> None:
        stop(self.folders(*names), settings=_settings())

    def kill(self, name: str, *parts: str) -> dict[str, int]:
        """Kill programs of a validator, and say which processes they all were."""
        (folder,) = self.folders(name)
        before = pids(folder)
        for part in parts:
            os.kill(before[part], SIGKILL)
        return before

    def url(self, name: str) -> str:
        (folder,) = self.folders(name)
        return f"http://127.0.0.1:{own(folder, folder.read()).ports.rpc}"

    def ledger(self, name: str, key: SigningKey) -> RpcLedger:
        network = self.network
        return RpcLedger(
            self.url(name), relayer=key, chain_id=network.chain, genesis=network.genesis
        )

    def deployer(self) -> SigningKey:
        return SigningKey.from_bytes(read_secret(self.path / DEPLOYER))


def _settings() -> NetworkSettings:
    return settings_of(NetworkSettings)


def _ports() -> Iterator[int]:
    """The first ones of free rows, apart from those that tests beside these begin at."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    lowest = 20_000 + number * 1_000
    rows = (range(first, first + PORTS) for first in range(lowest, lowest + 1_000, PORTS))
    return (row.start for row in rows if are_free("127.0.0.1", row))


@contextmanager
def network(
    path: Path, names: Sequence[str], *, chain: int, relayers: Sequence[Address] = ()
) -> Iterator[Net]:
    """Founded and started; nothing stays behind."""
    founders = Founders(
        chain,
        tuple(
            Founder(name, "127.0.0.1", port, 10)
            for name, port in zip(names, _ports(), strict=False)
        ),
        tuple(relayers),
    )
    net = Net(path, found(path, founders, engine=engine(), clock=SystemClock()))
    try:
        net.start()
        yield net
    finally:
        with suppress(NotRunning):
            net.stop()


def settle(folder: Folder, party: Party, ledger: Ledger, contracts: Contracts) -> Path:
    """Make the folder of a validator the home of a party too."""
    write(folder.home / DEPLOYMENT, ledger, contracts)
    write_secret(folder.home / STORAGE_KEY, token_bytes(32))
    of_home(folder.home).save(party)
    Home.mark(folder.home, chain=ledger.chain_id, genesis=ledger.genesis)
    return folder.home
