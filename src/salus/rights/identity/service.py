"""Bringing a consortium to life, and its members' keys."""

import secrets
from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

from salus.kernel.clock import seconds
from salus.kernel.hpke import ReaderKey, key_hash
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.identity.ledger import add_key, send, signed
from salus.rights.identity.model import ActionKind, KeyUse, NewKey, Party, Roles, as_key

FOREVER = 2**63
NO_HASH = Digest(bytes(32))


def admit(
    node: Node,
    parties: Sequence[Party],
    *,
    governors: Sequence[Party],
    attributes: Mapping[Address, bytes] = MappingProxyType({}),
) -> None:
    """Admit parties: each is proposed by one governor and approved by the others.

    `attributes`: what they attest of some of them, 32 bytes each.
    """
    actions = (
        (
            ActionKind.ADMIT,
            party.address,
            int(party.roles),
            attributes.get(party.address, bytes(32)),
            NOBODY,
        )
        for party in parties
    )
    send(node, *chain.from_iterable(_decision(node, each, governors) for each in actions))
    send(node, *(sealing_key(node, party) for party in parties))


def link(node: Node, org: Address, other: Address, *, governors: Sequence[Party]) -> None:
    """Say that two organizations belong together, such as a hospital and its privacy office."""
    send(node, *_decision(node, (ActionKind.LINK, org, 0, bytes(32), other), governors))


def name_platform(node: Node, org: Address, *, governors: Sequence[Party]) -> None:
    """Say which organization runs the platform; it issues the settlement token."""
    send(node, *_decision(node, (ActionKind.SET_PLATFORM, org, 0, bytes(32), NOBODY), governors))


def set_validator(
    node: Node, org: Address, key: Digest, power: int, *, governors: Sequence[Party]
) -> Digest:
    """Say how much a key of an organization votes on blocks, nothing with a power of zero.

    The first proposes and the others approve; the proposal, which waits for more if it needs more.
    """
    calls = _decision(node, (ActionKind.SET_VALIDATOR, org, power, key, NOBODY), governors)
    send(node, *calls)
    return proposal_of(calls[0])


def proposal_of(call: Call) -> Digest:
    """The proposal that a call of `propose` or `approve` names, its first argument."""
    return Digest(call.input[4:36])


def add_acting_key(node: Node, party: Party, key: SigningKey) -> None:
    """Let a key, such as a clinician's, act for an organization from now on."""
    now = seconds(node.clock.now())
    added = NewKey(party.address, as_key(key.address), KeyUse.ACT, NO_HASH, now, FOREVER)
    send(node, add_key(node, added, owner=key, by=party.signing))


def _decision(node: Node, action: tuple[Any, ...], governors: Sequence[Party]) -> list[Call]:
    """What the first proposes and the others approve."""
    proposal = secrets.token_bytes(32)
    first, *others = governors
    return [
        signed(node, "Organizations", "propose", proposal, action, by=first.signing),
        *(
            signed(node, "Organizations", "approve", proposal, by=governor.signing)
            for governor in others
        ),
    ]


def sealing_key(node: Node, party: Party) -> Call:
    """The call by which a member says to which key things are sealed for it."""
    hashed, now = key_hash(party.sealing.public()), seconds(node.clock.now())
    added = NewKey(party.address, hashed, KeyUse.READER, hashed, now, FOREVER)
    return add_key(node, added, owner=None, by=party.signing)


def new_party(name: str, roles: Roles) -> Party:
    return Party(name, roles, SigningKey.generate(), ReaderKey.generate())
