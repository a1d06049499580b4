"""Found a consortium on a network that runs: its contracts, and a home for each member."""

from collections.abc import Callable, Sequence
from pathlib import Path

from salus.kernel.clock import SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import RpcLedger
from salus.platform.ledger.served import Served
from salus.platform.node import add_relayers, relayers
from salus.platform.settings import read as settings
from salus.platform.storage import read_secret
from salus.rights.custody.consortium.checking import check
from salus.rights.custody.consortium.homes import found_on
from salus.rights.custody.consortium.model import Organizations
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import Charter
from salus.surfaces.network.errors import AlreadySettled
from salus.surfaces.network.folder import DEPLOYER, folders
from salus.surfaces.network.funding import fund
from salus.surfaces.network.model import Network, Peer
from salus.surfaces.network.running import own
from salus.surfaces.network.settings import NetworkSettings

ASKED = 3
"""Nodes that a party without its own asks: two of them must say the same."""


def settle(folder: Path, organizations: Organizations, *, step: Callable[[int], None]) -> Charter:
    """What `salus network init` made becomes a consortium; those without a validator get homes.

    Raises NetworkMissing, AlreadySettled, BadOrganizations, NotFunded.
    """
    first = folders(folder)[0]
    network, key = first.read(), _deployer(folder)
    giver = relayers(first.home)[0]  # not the deployer, whose first contract has a known place
    check(organizations, settings(CustodySettings))
    _refuse_settled(network, key)
    patience = settings(NetworkSettings).start_seconds
    for each in organizations.organizations:
        if network.peer(each.name) is None:
            relayer = add_relayers(folder / each.name, 1)[0]
            fund(network, own(first, network), giver, relayer.address, patience=patience)
        step(1)
    charter = _found(folder, network, organizations)
    step(1)
    return charter


def _deployer(folder: Path) -> SigningKey:
    return SigningKey.from_bytes(read_secret(folder / DEPLOYER))


def _refuse_settled(network: Network, key: SigningKey) -> None:
    """Contracts stand at addresses that follow from the count of what their sender sent."""
    ledger = _ledger(network, key)
    try:
        if ledger.next_address(0) != network.organizations:
            raise AlreadySettled
    finally:
        ledger.close()


def _ledger(network: Network, key: SigningKey) -> RpcLedger:
    url = node_url(network.peers[0])
    return RpcLedger(url, relayer=key, chain_id=network.chain, genesis=network.genesis)


def _found(folder: Path, network: Network, organizations: Organizations) -> Charter:
    """Contracts and members on the network, which runs, and a home for each of them."""
    names = [each.name for each in organizations.organizations]
    ledger = _ledger(network, _deployer(folder))
    try:
        return found_on(
            ledger,
            folder,
            organizations,
            {name: served_for(network, name) for name in names},
            clock=SystemClock(),
            settings=settings(CustodySettings),
        )
    finally:
        ledger.close()


def served_for(network: Network, name: str) -> Served:
    """A validator believes its own node; whoever has none asks several and compares."""
    own = network.peer(name)
    if own is not None:
        return Served((node_url(own),), True, network.chain, network.genesis)
    asked: Sequence[Peer] = network.peers[:ASKED]
    return Served(tuple(map(node_url, asked)), False, network.chain, network.genesis)


def node_url(peer: Peer) -> str:
    return f"http://127.0.0.1:{peer.ports.rpc}"
