"""Admission by governors, keys, and the intents by which everybody acts."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from salus.kernel.hpke import key_hash
from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.rights.identity.errors import (
    AlreadyAdmitted,
    BadSignature,
    Expired,
    KeyUnproven,
    NonceUsed,
    NotAdmin,
    NotGovernor,
    UnknownParty,
    UnknownProposal,
)
from salus.rights.identity.keyring import Keyring
from salus.rights.identity.ledger import (
    VALID,
    Views,
    add_key,
    intent,
    key_hash_of,
    organization_of,
    send,
    signed,
    view,
)
from salus.rights.identity.model import ActionKind, KeyUse, NewKey, Party, Roles, as_key
from salus.rights.identity.service import FOREVER, admit, new_party
from tests.support.scene import Scene, scene


def acting(stage: Scene, signer: Address, role: Roles | None = None) -> Address | None:
    block = stage.node.ledger.final()
    return organization_of(Views(stage.node), signer, KeyUse.ACT, role or Roles(0), block)


def admitted(stage: Scene, roles: Roles = Roles.READER) -> Party:
    party = new_party("newcomer", roles)
    admit(stage.node, [party], governors=stage.consortium.governors()[:2])
    return party


def admission(stage: Scene, party: Party, *, by: SigningKey, proposal: bytes) -> Call:
    action = (ActionKind.ADMIT, party.address, int(party.roles), bytes(32), bytes(20))
    return signed(stage.node, "Organizations", "propose", proposal, action, by=by)


def added_key(
    stage: Scene,
    party: Party,
    key: SigningKey,
    *,
    by: SigningKey,
    owner: SigningKey | None = None,
) -> Call:
    begin = int(stage.now().timestamp())
    none = Digest(bytes(32))
    added = NewKey(party.address, as_key(key.address), KeyUse.ACT, none, begin, FOREVER)
    return add_key(stage.node, added, owner=owner or key, by=by)


def test_a_party_is_a_member_with_its_roles_when_two_governors_agree() -> None:
    stage = scene()
    party = admitted(stage, Roles.READER | Roles.HOSPITAL)

    assert party.address == acting(stage, party.address, Roles.READER)
    assert acting(stage, party.address, Roles.SOURCE) is None


def test_the_key_to_be_sealed_to_is_registered_by_its_hash() -> None:
    stage = scene()
    party = admitted(stage)
    found = key_hash_of(Views(stage.node), party.address, stage.node.ledger.final())

    assert key_hash(party.sealing.public()) == found


def test_one_governor_alone_admits_nobody() -> None:
    stage, party = scene(), new_party("alone", Roles.READER)
    governor = stage.consortium.hospital.signing
    send(stage.node, admission(stage, party, by=governor, proposal=secrets.token_bytes(32)))

    assert acting(stage, party.address) is None


def test_who_does_not_govern_can_neither_propose_nor_approve() -> None:
    stage, party, proposal = scene(), new_party("nobody", Roles.READER), secrets.token_bytes(32)
    outsider = stage.consortium.custodians[0].signing
    governor = stage.consortium.hospital.signing
    with pytest.raises(NotGovernor):
        send(stage.node, admission(stage, party, by=outsider, proposal=proposal))
    send(stage.node, admission(stage, party, by=governor, proposal=proposal))
    with pytest.raises(NotGovernor):
        send(stage.node, signed(stage.node, "Organizations", "approve", proposal, by=outsider))

    assert acting(stage, party.address) is None


def test_an_unknown_proposal_has_its_name() -> None:
    stage, proposal = scene(), secrets.token_bytes(32)
    by = stage.consortium.hospital.signing
    with pytest.raises(UnknownProposal, match=proposal.hex()):
        send(stage.node, signed(stage.node, "Organizations", "approve", proposal, by=by))


def test_nobody_is_admitted_twice() -> None:
    stage = scene()
    party = admitted(stage)
    with pytest.raises(AlreadyAdmitted):
        admit(stage.node, [party], governors=stage.consortium.governors()[:2])


def test_an_organization_adds_keys_and_nobody_else_does() -> None:
    stage, key = scene(), SigningKey.generate()
    party = admitted(stage)
    with pytest.raises(NotAdmin):
        send(stage.node, added_key(stage, party, key, by=stage.clinic.signing))
    before = acting(stage, key.address)
    send(stage.node, added_key(stage, party, key, by=party.signing))

    assert before is None
    assert party.address == acting(stage, key.address)


def test_no_organization_takes_a_key_that_did_not_agree() -> None:
    stage, key = scene(), SigningKey.generate()
    party = admitted(stage)
    with pytest.raises(KeyUnproven):
        send(stage.node, added_key(stage, party, key, by=party.signing, owner=party.signing))
    contract, none = stage.node.contracts["Organizations"], Digest(bytes(32))
    begin = int(stage.now().timestamp())
    wanted = NewKey(party.address, as_key(key.address), KeyUse.ACT, none, begin, FOREVER)
    elsewhere = wanted._replace(org=stage.clinic.address)
    agreed = intent(stage.node, contract, "addKey", elsewhere, by=key, primary="AcceptKey")
    own = intent(stage.node, contract, "addKey", wanted, by=party.signing)
    with pytest.raises(BadSignature):
        send(stage.node, contract.call("addKey", *wanted, agreed.as_abi(), own.as_abi()))

    assert acting(stage, key.address) is None


def test_a_retired_key_is_nothing_to_seal_to() -> None:
    stage = scene()
    party = admitted(stage)
    sealed_to = key_hash(party.sealing.public())
    now = int(stage.now().timestamp())
    retired = (party.address, sealed_to, KeyUse.READER, now)
    send(stage.node, signed(stage.node, "Organizations", "retireKey", *retired, by=party.signing))

    assert bytes(32) == key_hash_of(Views(stage.node), party.address, stage.node.ledger.final())


def test_a_stranger_acts_for_nobody() -> None:
    assert acting(scene(), SigningKey.generate().address) is None


"""INTENTS"""


def stale(stage: Scene, call_in: timedelta) -> Call:
    call = added_key(
        stage, stage.clinic, SigningKey.generate(), by=stage.consortium.readers[0].signing
    )
    stage.clock.move(call_in)
    return call


def test_an_intent_is_good_once() -> None:
    stage = scene()
    call = stale(stage, timedelta(0))
    send(stage.node, call)
    with pytest.raises(NonceUsed):
        send(stage.node, call)


def test_an_intent_ends_with_its_deadline() -> None:
    stage = scene()
    send(stage.node, stale(stage, timedelta(seconds=VALID)))
    with pytest.raises(Expired):
        send(stage.node, stale(stage, timedelta(seconds=VALID + 1)))


def test_an_intent_orders_what_was_signed_and_nothing_else() -> None:
    stage, key = scene(), SigningKey.generate()
    contract = stage.node.contracts["Organizations"]
    begin = int(stage.now().timestamp())
    arguments = (stage.clinic.address, as_key(key.address), KeyUse.ACT, bytes(32), begin, FOREVER)
    own = intent(stage.node, contract, "addKey", arguments, by=stage.clinic.signing)
    agreed = intent(stage.node, contract, "addKey", arguments, by=key, primary="AcceptKey").as_abi()
    other = (*arguments[:2], KeyUse.ADMIN, *arguments[3:])
    for changed in (
        contract.call("addKey", *other, agreed, own.as_abi()),
        contract.call("addKey", *arguments, agreed, replace(own, nonce=own.nonce ^ 1).as_abi()),
        contract.call(
            "addKey", *arguments, agreed, replace(own, deadline=own.deadline + 1).as_abi()
        ),
        contract.call("addKey", *arguments, agreed, replace(own, signer=key.address).as_abi()),
    ):
        with pytest.raises(BadSignature):
            send(stage.node, changed)

    assert acting(stage, key.address) is None


def test_views_are_asked_once_for_each_block() -> None:
    stage = scene()
    ask, first = Views(stage.node), stage.node.ledger.final()
    party = new_party("later", Roles.READER)
    before = ask("Organizations", "isActive", party.address, at=first)
    admit(stage.node, [party], governors=stage.consortium.governors()[:2])
    after = ask("Organizations", "isActive", party.address, at=stage.node.ledger.final())

    assert (False, True) == (before, after)
    assert view(stage.node, "Organizations", "isActive", party.address)


"""THE KEYRING"""


def test_a_party_comes_back_from_its_file_with_its_keys(tmp_path: Path) -> None:
    ring, party = Keyring(tmp_path / "parties"), new_party("clinic", Roles.READER)
    ring.save(party)
    ring.save(party)
    found = ring.party("clinic")
    (member,) = ring.members()

    assert (party.signing.secret(), party.sealing.secret()) == (
        found.signing.secret(),
        found.sealing.secret(),
    )
    assert (party.address, party.sealing.public()) == (member.address, member.sealing)
    assert "clinic" == ring.name_of(party.address)


def test_public_facts_hold_no_secret_and_files_of_secrets_are_private(tmp_path: Path) -> None:
    ring, party = Keyring(tmp_path / "parties"), new_party("clinic", Roles.READER)
    ring.save(party)
    public = (ring.path / "members.json").read_text()

    assert party.signing.secret().hex() not in public
    assert party.sealing.secret().hex() not in public
    assert 0o600 == (ring.path / "clinic.key.json").stat().st_mode & 0o777


@pytest.mark.parametrize("name", ["", "nobody", "../clinic", "clinic/", "x" * 300])
def test_an_unknown_name_finds_no_party(tmp_path: Path, name: str) -> None:
    ring = Keyring(tmp_path / "parties")
    ring.save(new_party("clinic", Roles.READER))
    with pytest.raises(UnknownParty):
        ring.party(name)
    with pytest.raises(UnknownParty):
        ring.member(name)
