"""Bringing a consortium to life, and its members' keys."""

import secrets
from collections.abc import Sequence
from itertools import chain

from salus.kernel.clock import seconds
from salus.kernel.hpke import ReaderKey, key_hash
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.identity.ledger import add_key, send, signed
from salus.rights.identity.model import ActionKind, KeyUse, NewKey, Party, Roles

FOREVER = 2**63


def admit(node: Node, parties: Sequence[Party], *, governors: Sequence[Party]) -> None:
    """Admit parties: each is proposed by one governor and approved by the others."""
    send(node, *chain.from_iterable(_admission(node, party, governors) for party in parties))
    send(node, *(_sealing_key(node, party) for party in parties))


def _admission(node: Node, party: Party, governors: Sequence[Party]) -> list[Call]:
    proposal = secrets.token_bytes(32)
    nobody = Address(bytes(20))
    action = (ActionKind.ADMIT, party.address, int(party.roles), bytes(32), nobody)
    first, *others = governors
    return [
        signed(node, "Organizations", "propose", proposal, action, by=first.signing),
        *(
            signed(node, "Organizations", "approve", proposal, by=governor.signing)
            for governor in others
        ),
    ]


def _sealing_key(node: Node, party: Party) -> Call:
    hashed, now = key_hash(party.sealing.public()), seconds(node.clock.now())
    added = NewKey(party.address, hashed, KeyUse.READER, hashed, now, FOREVER)
    return add_key(node, added, owner=None, by=party.signing)


def new_party(name: str, roles: Roles) -> Party:
    return Party(name, roles, SigningKey.generate(), ReaderKey.generate())
