"""What may be licensed, on the ledger: calls, and views at a final block."""

from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call
from salus.platform.work import Node
from salus.rights.consent.licensing.model import Gate, Policy, policy_at, section_id
from salus.rights.identity.ledger import View, signed

CONTRACT = "LicensingPolicy"


def set_policy(node: Node, record: RecordId, policy: Policy, *, by: SigningKey) -> Call:
    bits = (policy.mask, policy.duo_bits, int(policy.uses), int(policy.regions))
    return signed(node, CONTRACT, "setPolicy", record, *bits, by=by)


def set_standing(node: Node, record: RecordId, commitment: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "setStanding", record, commitment, by=by)


def close(node: Node, record: RecordId, section: int, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "close", section_id(record, section), by=by)


def reopen(node: Node, record: RecordId, section: int, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "reopen", section_id(record, section), by=by)


def section_gate(ask: View, record: RecordId, section: int, *, at: Block) -> Gate:
    """The present generation of a section, and whether its gate is open."""
    return Gate(*ask(CONTRACT, "sectionGate", section_id(record, section), at=at))


def closed_at(ask: View, record: RecordId, section: int, generation: int, *, at: Block) -> int:
    """When the licenses of a generation stopped, in seconds; 0 when they did not."""
    return int(ask(CONTRACT, "closedAt", section_id(record, section), generation, at=at))


def policy(ask: View, record: RecordId, *, at: Block) -> tuple[Policy, int]:
    """What may be licensed, and how often that was said; 0 before the first."""
    mask, duo, uses, regions, seq = ask(CONTRACT, "policy", record, at=at)
    return policy_at(mask, duo, uses, regions), seq


def standing_of(ask: View, record: RecordId, *, at: Block) -> tuple[Digest, int]:
    """The commitment to the standing terms, zeros for none, and how often it changed."""
    commitment, seq = ask(CONTRACT, "standingOf", record, at=at)
    return Digest(commitment), seq
