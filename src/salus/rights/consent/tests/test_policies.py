"""What governors publish and approve, and what of it is in the index."""

from hashlib import sha256

import pytest

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import policies
from salus.rights.consent.conditions import conditions
from salus.rights.consent.errors import (
    AlreadyExists,
    ConditionNotApproved,
    NotGovernor,
    UnknownCondition,
)
from salus.rights.consent.model import PolicyKind
from salus.rights.identity.ledger import view
from tests.support.scene import new_scene, scene

NOBODY_KNOWN = SigningKey.generate()


def test_a_published_policy_is_found_by_the_hash_of_its_text() -> None:
    stage = scene()
    governor, text = stage.consortium.governors()[0].signing, b"Wording of 2027"
    made = policies.publish_policy(stage.node, text, PolicyKind.WORDING, by=governor)
    kind = view(stage.node, "ConsentRegistry", "policyKind", made)
    with stage.node.reading() as session:
        (found,) = [each for each in policies.policies(session) if each.policy == made]

    assert sha256(text).digest() == made
    assert PolicyKind.WORDING == kind == found.kind
    assert found.published_at > 0


def test_a_policy_is_published_once_and_by_governors_only() -> None:
    stage = scene()
    governor, text = stage.consortium.governors()[0].signing, b"Limits of 2027"
    with pytest.raises(NotGovernor):
        policies.publish_policy(stage.node, text, PolicyKind.PROFILE, by=NOBODY_KNOWN)
    policies.publish_policy(stage.node, text, PolicyKind.LEGAL_LIMIT, by=governor)
    with pytest.raises(AlreadyExists):
        policies.publish_policy(stage.node, text, PolicyKind.PROFILE, by=governor)


def test_a_new_network_has_approved_what_this_release_brings() -> None:
    stage = scene()
    with stage.node.reading() as session:
        found = policies.known_conditions(stage.node, session)

    assert set(conditions(stage.node)) <= {each.name for each in found if each.approved_at}


def test_a_condition_that_a_governor_approved_is_listed() -> None:
    stage = new_scene()
    governor = stage.consortium.governors()[0].signing
    other = stage.node.contracts["Anchors"].address
    policies.approve_condition(stage.node, other, by=governor)
    with stage.node.reading() as session:
        (found,) = [
            each
            for each in policies.known_conditions(stage.node, session)
            if each.contract == other
        ]

    assert found.name == ""
    assert found.approved_at > 0
    assert view(stage.node, "ConsentRegistry", "isConditionApproved", other)


def test_what_is_no_contract_is_no_condition() -> None:
    stage = scene()
    governor = stage.consortium.governors()[0].signing
    with pytest.raises(ConditionNotApproved):
        policies.approve_condition(stage.node, NOBODY_KNOWN.address, by=governor)


def test_a_condition_is_named_in_short_or_by_its_address() -> None:
    node = scene().node
    address = Address(b"\x11" * 20)
    with pytest.raises(UnknownCondition):
        policies.condition_named(node, "weather")

    assert node.contracts["Referrals"].address == policies.condition_named(node, "referral")
    assert address == policies.condition_named(node, to_hex(address))


def test_the_index_is_what_the_events_say() -> None:
    stage = scene()
    governor = stage.consortium.governors()[1].signing
    policies.publish_policy(stage.node, b"A profile", PolicyKind.PROFILE, by=governor)

    assert stage.node.rebuild_index() == ()
