"""Let the governors decide who votes on blocks, from the homes that are at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from salus.kernel.encoding import from_hex
from salus.kernel.ids import Address, Digest
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import view
from salus.rights.identity.model import Party
from salus.rights.identity.service import set_validator
from salus.surfaces.network.errors import NoGovernor
from salus.surfaces.network.model import Peer


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal, and whether it has run or waits for more governors."""

    proposal: Digest
    done: bool


def decide(peer: Peer, power: int, *, organization: str, homes: Sequence[Path]) -> Decision:
    """The governors in these homes say how much a validator votes.

    `organization`: a name that the first home knows, or an address. Raises NoGovernor, UnknownParty
    and what the ledger refuses.
    """
    with open_node(homes[0]) as node:
        governors = [_governor(node, home) for home in homes]
        org = _organization(homes[0], organization)
        proposal = set_validator(node, org, Digest(peer.key), power, governors=governors)
        return Decision(proposal, powers(node).get(peer.key) == power)


def powers(node: Node) -> dict[bytes, int]:
    """What was decided last about each key."""
    found = view(node, "Organizations", "validators")
    return {bytes(key): power for key, _, power in found}


def _governor(node: Node, home: Path) -> Party:
    """The resident of a home who governs."""
    keyring = of_home(home)
    for name in keyring.residents():
        party = keyring.party(name)
        if view(node, "Organizations", "isGovernor", party.address):
            return party
    raise NoGovernor(home=str(home))


def _organization(home: Path, named: str) -> Address:
    if named.startswith("0x"):
        return Address(from_hex(named, 20))
    return of_home(home).member(named).address
