"""Facts on the ledger that a grant may depend on: which there are, and what names one."""

from dataclasses import dataclass

from salus.kernel.encoding import from_hex
from salus.kernel.ids import Address, Digest, GrantId, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.consent import ledger
from salus.rights.consent.errors import UnknownCondition
from salus.rights.identity.ledger import send, signed, view

SHORT = {
    "referral": "Referrals",
    "organization": "OrganizationActive",
    "guardians": "GuardiansAgreed",
}
"""What people call the conditions that Salus brings."""
_GUARDIANS = "GuardiansAgreed"
_HOLDS = "holds(bytes32)"


@dataclass(frozen=True, slots=True)
class Condition:
    """A contract that is asked, and what it is asked about."""

    contract: Address
    key: Digest


def conditions(node: Node) -> dict[str, Address]:
    """The contracts of this network that are conditions, by their names."""
    return {
        name: contract.address
        for name, contract in node.contracts.items()
        if _HOLDS in contract.interface.functions
    }


def approve_conditions(node: Node, *, by: SigningKey) -> None:
    """Let grants name every condition of a new network; by a governor."""
    found = conditions(node).values()
    send(node, *(ledger.approve_condition(node, each, by=by) for each in found))


def condition_of(node: Node, text: str, *, record: RecordId, grant: GrantId) -> Condition:
    """`NAME:KEY`, such as `referral:0x4f…`, `organization:0x12…` or `guardians`.

    The key is hex; an address is filled to 32 bytes. That of `guardians` is the grant itself.
    Raises UnknownCondition.
    """
    name, _, key = text.partition(":")
    contract = conditions(node).get(SHORT.get(name, name))
    if contract is None:
        raise UnknownCondition(condition=name[:64])
    if contract == conditions(node).get(_GUARDIANS) and not key:
        return Condition(contract, Digest(view(node, _GUARDIANS, "keyOf", record, grant)))
    try:
        raw = from_hex(key if key.startswith("0x") else f"0x{key}")
    except ValueError:
        raise UnknownCondition(condition=text[:99]) from None
    if len(raw) not in {20, 32}:
        raise UnknownCondition(condition=text[:99])
    return Condition(contract, Digest(raw.rjust(32, b"\0")))


def agree(node: Node, record: RecordId, grant: GrantId, *, by: SigningKey) -> Call:
    """A guardian agrees that a grant is in force."""
    return signed(node, _GUARDIANS, "agree", record, grant, by=by)


def withdraw(node: Node, record: RecordId, grant: GrantId, *, by: SigningKey) -> Call:
    """A guardian agrees no longer."""
    return signed(node, _GUARDIANS, "withdraw", record, grant, by=by)
