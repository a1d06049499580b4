"""Found a network of four validators, and on it a consortium of eleven homes."""

from collections.abc import Sequence
from pathlib import Path

from salus.kernel.clock import SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import RpcLedger
from salus.platform.ledger.served import Served
from salus.platform.node import RELAYER
from salus.platform.settings import read as settings
from salus.platform.storage import read_secret, write_secret
from salus.rights.custody.consortium.homes import found_on
from salus.rights.custody.consortium.model import Organizations
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import Charter
from salus.surfaces.consortium.organizations import at_free_ports, organizations_in
from salus.surfaces.network.engine import engine
from salus.surfaces.network.folder import DEPLOYER
from salus.surfaces.network.founding import found
from salus.surfaces.network.model import Founder, Founders, Network, Peer
from salus.surfaces.network.settings import NetworkSettings
from salus.surfaces.network.story_scene import VALIDATORS

USUAL = Path(__file__).with_name("story.json")
CHAIN = 7_254_882
POWER = 10
ASKED = 3
"""Nodes that a party without its own asks: two of them must say the same."""


def found_network(folder: Path, organizations: Organizations) -> Network:
    """Homes of the validators, and accounts that may send for those who have no validator.

    Raises NetworkExists and EngineMissing.
    """
    others = [each.name for each in organizations.organizations if each.name not in VALIDATORS]
    keys = {name: SigningKey.generate() for name in others}
    founders = Founders(
        CHAIN,
        tuple(Founder(name, "127.0.0.1", 0, POWER) for name in VALIDATORS),
        tuple(key.address for key in keys.values()),
    )
    programs = engine(settings(NetworkSettings).engine)
    network = found(folder, founders, engine=programs, clock=SystemClock())
    for name, key in keys.items():
        write_secret(folder / name / RELAYER, key.secret())
    return network


def found_consortium(folder: Path, network: Network, organizations: Organizations) -> Charter:
    """Contracts and members on the network, which runs, and a home for each of them."""
    key = SigningKey.from_bytes(read_secret(folder / DEPLOYER))
    names = [each.name for each in organizations.organizations]
    ledger = RpcLedger(
        node_url(network.peers[0]), relayer=key, chain_id=network.chain, genesis=network.genesis
    )
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


def usual() -> Organizations:
    """Two hospitals, an institute, an insurer, a lender, five custodians, a gateway."""
    return at_free_ports(organizations_in(USUAL))
