"""What governors say for a network: policies that are in use, conditions that may be named."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.encoding import from_hex
from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent import ledger
from salus.rights.consent.conditions import SHORT, conditions
from salus.rights.consent.errors import UnknownCondition
from salus.rights.consent.model import PolicyKind
from salus.rights.consent.tables import ConditionRow, PublishedRow
from salus.rights.identity.ledger import send


@dataclass(frozen=True, slots=True)
class Published:
    """A policy by the SHA-256 of its file; `published_at` in seconds."""

    policy: Digest
    kind: PolicyKind
    published_at: int


@dataclass(frozen=True, slots=True)
class KnownCondition:
    """A condition; `name` is empty for a contract that this release does not bring.

    `approved_at` in seconds, 0 where no governor approved it.
    """

    contract: Address
    name: str
    approved_at: int


def publish_policy(node: Node, content: bytes, kind: PolicyKind, *, by: SigningKey) -> Digest:
    """Publish a text by its hash, for ever: the text itself goes where everybody finds it.

    Nothing of a policy is personal, so its hash has no salt and anybody can compare it. Raises
    NotGovernor and AlreadyExists.
    """
    policy = Digest(sha256(content).digest())
    send(node, ledger.publish_policy(node, policy, kind, by=by))
    node.follow()
    return policy


def approve_condition(node: Node, condition: Address, *, by: SigningKey) -> None:
    """Let grants name a contract as their condition, for ever.

    Raises NotGovernor, AlreadyExists, and ConditionNotApproved where there is no contract.
    """
    send(node, ledger.approve_condition(node, condition, by=by))
    node.follow()


def condition_named(node: Node, text: str) -> Address:
    """A condition by its name on this network, in short, or as an address.

    Raises UnknownCondition.
    """
    known = conditions(node).get(SHORT.get(text, text))
    if known is not None:
        return known
    try:
        return Address(from_hex(text.lower(), 20))
    except ValueError:
        raise UnknownCondition(condition=text[:64]) from None


def policies(session: Session) -> list[Published]:
    """Those that were published, the oldest first."""
    rows = session.scalars(
        select(PublishedRow).order_by(PublishedRow.published_at, PublishedRow.policy)
    )
    return [Published(Digest(row.policy), PolicyKind(row.kind), row.published_at) for row in rows]


def known_conditions(node: Node, session: Session) -> list[KnownCondition]:
    """Those that are approved and those that this release brings, by name."""
    names = {contract: name for name, contract in conditions(node).items()}
    approved = {
        Address(row.condition): row.approved_at for row in session.scalars(select(ConditionRow))
    }
    found = [
        KnownCondition(each, names.get(each, ""), approved.get(each, 0))
        for each in {*names, *approved}
    ]
    return sorted(found, key=lambda each: (each.name, each.contract))
