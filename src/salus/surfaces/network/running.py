"""Start and stop the supervisors of a network's validators."""

import os
import signal
import time
from collections.abc import Callable, Sequence

from salus.kernel.clock import monotonic
from salus.kernel.encoding import to_hex
from salus.platform.files import private_folder, writing
from salus.platform.observe import to_file
from salus.surfaces.network.asking import first_hash, standing
from salus.surfaces.network.checking import check_files
from salus.surfaces.network.configuration import configure
from salus.surfaces.network.engine import Engine
from salus.surfaces.network.errors import (
    DidNotStop,
    NetworkMissing,
    NotReady,
    NotRunning,
    PortTaken,
    WrongGenesis,
)
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.founding import begin
from salus.surfaces.network.holding import holder
from salus.surfaces.network.model import PORTS, Network, Peer
from salus.surfaces.network.ports import taken_one
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.supervisor import SALUS, Supervisor

_LOOKING = 0.25


def run(folder: Folder, *, engine: Engine, settings: NetworkSettings) -> None:
    """Be the supervisor of one validator until asked to end.

    Raises HomeBusy, ForeignChain, WrongGenesis, PortTaken, HomeDamaged.
    """
    network = folder.read()
    peer = own(folder, network)
    check_files(folder, network)
    with writing(folder.engine), to_file(private_folder(folder.logs) / "supervisor.log"):
        _check_ports(peer)
        begin(engine, folder.client, folder.genesis)
        configure(folder, network, peer)
        Supervisor.of(
            folder,
            network,
            peer,
            engine=engine,
            start_seconds=settings.start_seconds,
            log_bytes=settings.log_bytes,
        ).run(lambda: _check_genesis(network, peer))


def own(folder: Folder, network: Network) -> Peer:
    """Raises NetworkMissing."""
    peer = network.peer(folder.name)
    if peer is None:
        raise NetworkMissing(name=folder.name, folder=str(folder.home.parent))
    return peer


def _check_ports(peer: Peer) -> None:
    for host in dict.fromkeys(("127.0.0.1", peer.host)):
        ports = range(peer.first_port, peer.first_port + PORTS)
        if (port := taken_one(host, ports)) is not None:
            raise PortTaken(place=f"{host}:{port}", name=peer.name)


def _check_genesis(network: Network, peer: Peer) -> None:
    if first_hash(peer) != to_hex(network.genesis):
        raise WrongGenesis(name=peer.name)


def start(
    folders: Sequence[Folder], *, settings: NetworkSettings, step: Callable[[int], None]
) -> None:
    """A supervisor for each that has none, and wait until all are ready. Raises NotReady."""
    begun = {folder.name: _spawn(folder) for folder in folders if holder(folder) is None}
    end = monotonic() + settings.start_seconds
    for folder in folders:
        while not standing(folder).ready:
            if monotonic() > end or _has_ended(begun.get(folder.name)):
                raise NotReady(name=folder.name, seconds=settings.start_seconds)
            time.sleep(_LOOKING)
        step(1)


def _spawn(folder: Folder) -> int:
    """A process in a session of its own, which stays when the terminal and this one go."""
    out = str(private_folder(folder.logs) / "supervisor.out")
    appends = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        SALUS[0],
        [*SALUS, "network", "run", folder.name, "--network", str(folder.home.parent)],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out, appends, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _has_ended(child: int | None) -> bool:
    try:
        return child is not None and os.waitpid(child, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True


def stop(folders: Sequence[Folder], *, settings: NetworkSettings) -> None:
    """Ask all to end and wait. Raises NotRunning when none runs, and DidNotStop."""
    held = {folder.name: pid for folder in folders if (pid := holder(folder)) is not None}
    if not held:
        raise NotRunning(name=", ".join(folder.name for folder in folders))
    for pid in held.values():
        os.kill(pid, signal.SIGTERM)
    end = monotonic() + settings.stop_seconds
    for folder in folders:
        while holder(folder) is not None:
            if monotonic() > end:
                raise DidNotStop(name=folder.name, seconds=settings.stop_seconds)
            time.sleep(_LOOKING)
