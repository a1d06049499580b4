"""What keepers are asked about the log of their releases, and what they sign of it. Pure."""

from dataclasses import dataclass

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import keccak256, recover

HEAD_TYPE = keccak256(b"LogHead(address keeper,uint64 size,bytes32 root,uint64 time)")
GROWN_TYPE = keccak256(b"Grown(uint128 record,uint64 first,uint64 second,uint64 deadline)")


@dataclass(frozen=True, slots=True)
class AskLog:
    """The head of a log now, and that it extends the one of `since` releases; 0 for none."""

    since: int


@dataclass(frozen=True, slots=True)
class LogHead:
    """How many releases a keeper has logged, the root over them (RFC 6962), when in seconds.

    `proof` leads from the head of `since` releases to this one; it is empty where they are the
    same, and where `since` is 0 or more than there are.
    """

    keeper: Address
    size: int
    root: Digest
    time: int
    since: int
    proof: tuple[Digest, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class AskGrown:
    """That the log of `second` releases extends the one of `first`; `deadline` in seconds.

    Signed by who controls the record, or by the privacy office of its source.
    """

    record: RecordId
    first: int
    second: int
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Grown:
    """The proof that a log only grew (RFC 6962 section 2.1.2)."""

    proof: tuple[Digest, ...]


def head_digest(domain: bytes, head: LogHead) -> Digest:
    words = (word(head.keeper), word(head.size), head.root, word(head.time))
    return Digest(digest(domain, struct_hash(HEAD_TYPE, *words)))


def grown_digest(domain: bytes, record: RecordId, first: int, second: int, deadline: int) -> Digest:
    words = (word(record), word(first), word(second), word(deadline))
    return Digest(digest(domain, struct_hash(GROWN_TYPE, *words)))


def is_signed_by(keeper: Address, domain: bytes, head: LogHead) -> bool:
    return head.keeper == keeper and recover(head_digest(domain, head), head.signature) == keeper
