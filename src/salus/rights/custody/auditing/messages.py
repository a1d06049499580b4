"""What keepers are asked about their audit, and what they sign about it. Pure."""

from dataclasses import dataclass

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import keccak256, recover
from salus.rights.consent.audit.model import Line

AUDIT_TYPE = keccak256(b"Audit(uint128 record,uint64 after,uint64 since,uint64 deadline)")
HEAD_TYPE = keccak256(b"AuditHead(address node,uint64 size,bytes32 root,uint64 time)")
MOST = 256  # lines in one answer


@dataclass(frozen=True, slots=True)
class AskAudit:
    """The lines of a record behind a number; `since` is the size of a head known before, or 0.

    Signed by who controls the record, or by the privacy office of its source.
    """

    record: RecordId
    after: int
    since: int
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class AskHead:
    """The head of a log, and that it extends the one of `since` lines."""

    since: int


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The head of one log: whose, how many lines, root (RFC 6962), when in seconds.

    `proof` (RFC 6962 section 2.1.2) leads from the head of `since` lines to this one; it is empty
    where they are the same, and where `since` is 0 or more than there are.
    """

    node: Address
    size: int
    root: Digest
    time: int
    since: int
    proof: tuple[Digest, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A line, and the hashes that lead from it to the root of the head."""

    line: Line
    path: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """At most `MOST` lines of one record, oldest first; there may be more behind the last."""

    head: SignedHead
    lines: tuple[Shown, ...]


def audit_digest(domain: bytes, asked: AskAudit) -> Digest:
    words = (word(asked.record), word(asked.after), word(asked.since), word(asked.deadline))
    return Digest(digest(domain, struct_hash(AUDIT_TYPE, *words)))


def head_digest(domain: bytes, head: SignedHead) -> Digest:
    words = (head.node.rjust(32, b"\0"), word(head.size), head.root, word(head.time))
    return Digest(digest(domain, struct_hash(HEAD_TYPE, *words)))


def is_signed_by(holder: Address, domain: bytes, head: SignedHead) -> bool:
    return head.node == holder and recover(head_digest(domain, head), head.signature) == holder
