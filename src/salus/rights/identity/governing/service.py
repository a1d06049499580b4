"""What governors do: propose, approve, take a word back; and what a newcomer does."""

import secrets
from pathlib import Path

from salus.kernel.clock import seconds
from salus.kernel.hpke import key_hash
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.identity.errors import (
    AlreadyAdmitted,
    BadThreshold,
    NotGovernor,
    Unknown,
)
from salus.rights.identity.governing import reading
from salus.rights.identity.governing.errors import (
    AlreadyHere,
    GovernorUnnamed,
    NotAdmitted,
    NotAName,
)
from salus.rights.identity.governing.model import (
    Action,
    Proposal,
    check_approval,
    check_withdrawal,
)
from salus.rights.identity.keyring import LONGEST_NAME, of_home
from salus.rights.identity.ledger import Views, key_hash_of, send, signed, view
from salus.rights.identity.model import ActionKind, Party, Roles
from salus.rights.identity.service import new_party, sealing_key

_BOOK = "Organizations"
_OF_MEMBERS = frozenset(ActionKind) - {
    ActionKind.ADMIT,
    ActionKind.SET_THRESHOLD,
    ActionKind.PAUSE_OPENING,
    ActionKind.ADOPT_MODULE,
    ActionKind.DROP_GOVERNOR,
}


def propose(node: Node, action: Action, *, by: SigningKey) -> Proposal:
    """Propose a decision and approve it; it is carried out where one word is enough.

    Raises NotGovernor, AlreadyAdmitted, Unknown, BadThreshold, and what the ledger refuses.
    """
    _check_governor(node, by)
    _check_action(node, action)
    proposal = Digest(secrets.token_bytes(32))
    send(node, signed(node, _BOOK, "propose", proposal, tuple(action), by=by))
    return _known(node, proposal)


def approve(node: Node, proposal: Proposal, *, by: SigningKey) -> Proposal:
    """Agree to a proposal; the word that meets the threshold carries it out.

    Raises NotGovernor, ProposalExpired, AlreadyApproved, and what refuses the decision itself.
    """
    _check_governor(node, by)
    check_approval(proposal, by.address, seconds(node.clock.now()))
    send(node, signed(node, _BOOK, "approve", proposal.id, by=by))
    return _known(node, proposal.id)


def withdraw(node: Node, proposal: Proposal, *, by: SigningKey) -> Proposal:
    """Take one's own word back. Raises NotGovernor, ProposalExpired and NotApproved."""
    _check_governor(node, by)
    check_withdrawal(proposal, by.address, seconds(node.clock.now()))
    send(node, signed(node, _BOOK, "withdraw", proposal.id, by=by))
    return _known(node, proposal.id)


def governor_of(node: Node, home: Path, name: str) -> Party:
    """The party that signs: the one that is named, or the only governor that lives here.

    Raises UnknownParty and GovernorUnnamed.
    """
    ring = of_home(home)
    if name:
        return ring.party(name)
    with node.reading() as session:
        deciding = set(reading.governors(session))
    found = [party for party in map(ring.party, ring.residents()) if party.address in deciding]
    if len(found) != 1:
        raise GovernorUnnamed(known=", ".join(each.name for each in found) or "-")
    return found[0]


def _check_governor(node: Node, by: SigningKey) -> None:
    """An admin key of a governor may be another than its address: then the ledger looks."""
    with node.reading() as session:
        members = {each.address for each in reading.organizations(session)}
        deciding = reading.governors(session)
    if by.address in members and by.address not in deciding:
        raise NotGovernor(org=by.address)


def _check_action(node: Node, action: Action) -> None:
    with node.reading() as session:
        members = {each.address for each in reading.organizations(session)}
        governors = len(reading.governors(session))
    if action.kind is ActionKind.ADMIT and action.org in members:
        raise AlreadyAdmitted(org=action.org)
    if action.kind in _OF_MEMBERS and action.org not in members:
        raise Unknown(org=action.org)
    if action.kind is ActionKind.LINK and action.other not in members:
        raise Unknown(org=action.other)
    if action.kind is ActionKind.SET_THRESHOLD and not 1 <= action.value <= governors:
        raise BadThreshold(threshold=action.value, governors=governors)


def _known(node: Node, proposal: Digest) -> Proposal:
    node.follow()
    with node.reading() as session:
        return reading.find_proposal(session, proposal.hex())


def newcomer(home: Path, name: str, roles: Roles) -> Party:
    """Make the keys of a party in a home; what it may do is for the governors to say.

    Raises NotAName and AlreadyHere.
    """
    ring = of_home(home)
    if not (name.isascii() and name.isalnum() and name.islower() and len(name) <= LONGEST_NAME):
        raise NotAName(name=name[:LONGEST_NAME])
    if name in {*ring.residents(), *(each.name for each in ring.members())}:
        raise AlreadyHere(name=name)
    made = new_party(name, roles)
    ring.save(made)
    return made


def join(node: Node, party: Party) -> bool:
    """Say, as a new member, to which key things are sealed; whether that was news.

    Raises NotAdmitted.
    """
    at = node.ledger.final()
    if not view(node, _BOOK, "isActive", party.address, at=at):
        raise NotAdmitted(name=party.name)
    if key_hash_of(Views(node), party.address, at) == key_hash(party.sealing.public()):
        return False
    send(node, sealing_key(node, party))
    node.follow()
    return True
