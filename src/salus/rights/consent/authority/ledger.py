"""Control, guardians and delegates on the ledger."""

from collections.abc import Sequence

from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call
from salus.platform.work import Node
from salus.rights.consent.authority.model import Delegation, Powers
from salus.rights.identity.ledger import View, signed

CONTRACT = "Authority"


def rotate(node: Node, record: RecordId, controller: Address, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "rotate", record, controller, by=by)


def erase(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "erase", record, by=by)


def set_guardians(
    node: Node, record: RecordId, guardians: Sequence[Address], threshold: int, *, by: SigningKey
) -> Call:
    """`guardians` in ascending order."""
    return signed(node, CONTRACT, "setGuardians", record, list(guardians), threshold, by=by)


def cancel_guardians(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "cancelGuardians", record, by=by)


def open_recovery(node: Node, record: RecordId, controller: Address, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "openRecovery", record, controller, by=by)


def cancel_recovery(node: Node, record: RecordId, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "cancelRecovery", record, by=by)


def finish_recovery(node: Node, record: RecordId) -> Call:
    """Nobody signs: the guardians did."""
    return node.contracts[CONTRACT].call("finishRecovery", record)


def appoint(
    node: Node, record: RecordId, delegate: Address, delegation: Delegation, *, by: SigningKey
) -> Call:
    return signed(node, CONTRACT, "appoint", record, delegate, delegation.as_abi(), by=by)


def dismiss(node: Node, record: RecordId, delegate: Address, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "dismiss", record, delegate, by=by)


def controller_at(ask: View, record: RecordId, *, at: Block) -> Address:
    """Who controls a record at a block, NOBODY where it was never enrolled."""
    return Address(ask(CONTRACT, "controllerOf", record, at=at))


def may_act(ask: View, record: RecordId, key: Address, power: Powers, *, at: Block) -> bool:
    """Whether a key is the controller, or a delegate with all these powers at a block."""
    return bool(ask(CONTRACT, "mayAct", record, key, int(power), at=at))


def is_recovering(ask: View, record: RecordId, *, at: Block) -> bool:
    return bool(ask(CONTRACT, "isRecovering", record, at=at))


def erased_at(ask: View, record: RecordId, *, at: Block) -> int:
    """When a record was erased, in seconds; 0 when it was not."""
    return int(ask(CONTRACT, "erasedAt", record, at=at))
