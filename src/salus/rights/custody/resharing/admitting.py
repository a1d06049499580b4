"""A new custodian in a home in which the whole consortium lives."""

import secrets
from pathlib import Path

from salus.platform.storage import write_secret
from salus.platform.work import Node
from salus.rights.custody.household import open_store, store_key
from salus.rights.custody.resharing.errors import ApartHome, NoGovernors
from salus.rights.identity.charter import charter_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import key_hash_of, send, view
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party, sealing_key

NEEDED = 2  # governors of a home that was founded with `salus init`


def admit_custodian(node: Node, home: Path, name: str) -> Party:
    """Make a custodian with keys and a store of its own, and let the governors admit it.

    The same name again goes on where it stopped. Raises ApartHome, NoGovernors, and UnknownParty
    for a name that another party has or nobody may have.
    """
    if charter_of(home):
        raise ApartHome
    party = _kept(home, name)
    if not store_key(home, name).exists():
        write_secret(store_key(home, name), secrets.token_bytes(32))
    open_store(home, name).close()
    at, ask = node.ledger.final(), lambda *asked, at: view(node, *asked, at=at)
    if not view(node, "Organizations", "isCustodian", party.address):
        admit(node, [party], governors=_governors(node, home))
    elif key_hash_of(ask, party.address, at) == bytes(32):
        send(node, sealing_key(node, party))
    return party


def _kept(home: Path, name: str) -> Party:
    """Its keys are kept before the ledger knows them."""
    ring = of_home(home)
    if name in ring.residents():
        party = ring.party(name)
        if not party.roles & Roles.CUSTODIAN:
            raise UnknownParty(name=name[:40])
        return party
    party = new_party(name, Roles.CUSTODIAN)
    ring.save(party)
    return ring.party(name)


def _governors(node: Node, home: Path) -> list[Party]:
    """As many as decide. Raises NoGovernors where they do not live here."""
    ring = of_home(home)
    parties = [ring.party(name) for name in ring.residents()]
    found = [each for each in parties if view(node, "Organizations", "isGovernor", each.address)]
    if len(found) < NEEDED:
        raise NoGovernors
    return found[:NEEDED]
