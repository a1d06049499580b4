"""Controllers, grants and rules on the ledger: the calls that say and end them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from salus.kernel.ids import NOBODY, Address, Digest, GrantId, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.consent.authority.projections import PROJECTIONS as CONTROL
from salus.rights.consent.licensing.projections import PROJECTIONS as LICENSING
from salus.rights.consent.model import PolicyKind, Terms
from salus.rights.consent.projections import PROJECTIONS as GRANTS
from salus.rights.identity.ledger import signed, view

CONSENT = "ConsentRegistry"


class TriggerEffect(IntEnum):
    """What a report does to its grant."""

    START = 0
    SUSPEND = 1
    RESUME = 2
    END = 3


NONE = Digest(bytes(32))


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a key or an organization can bring about by reporting that it happened."""

    id: Digest
    reporter: Address
    effect: TriggerEffect


@dataclass(frozen=True, slots=True)
class Ties:
    """What a grant depends on besides its patient, as the ledger keeps it: nothing, unless said.

    `owner_epoch` is the epoch of the record's key that must be in force; 0 where any may.
    """

    rule: Digest = NONE
    condition: Address = NOBODY
    condition_key: Digest = NONE
    owner_epoch: int = 0
    triggers: tuple[Trigger, ...] = ()
    replaces: tuple[GrantId, ...] = ()


PLAIN = Ties()


class Proposal(NamedTuple):
    """What is proposed to ConsentRegistry, in the order of its ABI."""

    grant: GrantId
    record: RecordId
    effect: int
    commitment: Digest
    rule: Digest
    wording: Digest
    purposes: int
    owner_epoch: int
    not_before: int
    not_after: int
    condition: Address
    condition_key: Digest
    triggers: tuple[tuple[Digest, Address, int], ...]
    replaces: tuple[GrantId, ...]


def enroll(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, "Authority", "enroll", record, by.address, by=by)


def controller_of(node: Node, record: RecordId) -> Address:
    return Address(view(node, "Authority", "controllerOf", record))


def account_of(node: Node, record: RecordId) -> Address:
    """The subject account of a record, also before it is enrolled."""
    return Address(view(node, "Authority", "accountOf", record))


def propose(
    node: Node,
    grant: GrantId,
    terms: Terms,
    salt: Digest,
    *,
    by: SigningKey,
    ties: Ties = PLAIN,
) -> Call:
    first, last = terms.days()
    proposal = Proposal(
        grant,
        terms.record,
        terms.effect,
        terms.commitment(salt),
        ties.rule,
        terms.wording,
        terms.clause.purpose_bits(),
        ties.owner_epoch,
        first,
        last,
        ties.condition,
        ties.condition_key,
        tuple((each.id, each.reporter, each.effect) for each in ties.triggers),
        ties.replaces,
    )
    return signed(node, CONSENT, "propose", tuple(proposal), by=by)


def approve(node: Node, grant: GrantId, *, by: SigningKey) -> Call:
    return signed(node, CONSENT, "approve", grant, by=by)


def decline(node: Node, grant: GrantId, *, by: SigningKey) -> Call:
    return signed(node, CONSENT, "decline", grant, by=by)


def revoke(node: Node, grant: GrantId, *, by: SigningKey) -> Call:
    return signed(node, CONSENT, "revoke", grant, by=by)


def end_all(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, CONSENT, "endAll", record, by=by)


def lift(node: Node, denial: GrantId, *, by: SigningKey) -> Call:
    return signed(node, CONSENT, "lift", denial, by=by)


def report(
    node: Node, grant: GrantId, trigger: Digest, evidence: Digest, *, by: SigningKey
) -> Call:
    """`evidence` is a salted commitment to what shows that it happened."""
    return signed(node, CONSENT, "report", grant, trigger, evidence, by=by)


def set_rule(
    node: Node,
    record: RecordId,
    rule: Digest,
    threshold: int,
    approvers: Sequence[Address],
    *,
    each_use: bool,
    by: SigningKey,
) -> Call:
    terms = (threshold, len(approvers), each_use)
    return signed(node, CONSENT, "setRule", record, rule, terms, list(approvers), by=by)


def assign_rule(
    node: Node, record: RecordId, unit: UnitId, rule: Digest, *, by: SigningKey
) -> Call:
    return signed(node, CONSENT, "assign", record, unit, rule, by=by)


def approve_condition(node: Node, condition: Address, *, by: SigningKey) -> Call:
    """Let grants name a condition; by a governor."""
    return signed(node, CONSENT, "approveCondition", condition, by=by)


def publish_policy(node: Node, policy: Digest, kind: PolicyKind, *, by: SigningKey) -> Call:
    """Publish a policy by its hash; by a governor."""
    return signed(node, CONSENT, "publishPolicy", policy, int(kind), by=by)


PROJECTIONS = CONTROL | GRANTS | LICENSING
