"""Leaves of a batch and of the log of batches, and where a leaf lies in a tree. Pure.

The first byte separates the kinds; hash them with `kernel.merkle.leaf_hash`. Reserved for what is
not anchored yet: 44 copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.encoding import u64
from salus.kernel.ids import Address
from salus.kernel.merkle import inclusion

RECORD_ROOT, SNAPSHOT, DELETION, BATCH = b"\x40", b"\x41", b"\x45", b"\x50"
LOG_HEAD, AUDIT_HEAD = b"\x43", b"\x47"


def record_leaf(root_of_record: bytes) -> bytes:
    """One version of one record."""
    return RECORD_ROOT + root_of_record


def snapshot_leaf(object_id: bytes) -> bytes:
    """One object that belongs to no version."""
    return SNAPSHOT + object_id


def log_head_leaf(keeper: Address, size: int, log_root: bytes) -> bytes:
    """The head of a keeper's log: how many releases it has, and its RFC 6962 root."""
    return LOG_HEAD + keeper + u64(size) + log_root


def deletion_leaf(digest: bytes, signature: bytes) -> bytes:
    """A keeper's receipt that a part of a key is gone: what was signed, and the signature."""
    return DELETION + digest + signature


def audit_leaf(node: Address, size: int, log_root: bytes) -> bytes:
    """The head of one audit log: whose it is, how many lines, and its RFC 6962 root."""
    return AUDIT_HEAD + node + u64(size) + log_root


def log_leaf(chain: int, anchors: Address, batch: int, batch_root: bytes) -> bytes:
    """One batch on the anchor log, which is in the order of the batch numbers."""
    return BATCH + u64(chain) + anchors + u64(batch) + batch_root


@dataclass(frozen=True, slots=True)
class Path:
    """A leaf's place in a tree and the hashes that lead to its root."""

    index: int
    size: int
    hashes: tuple[bytes, ...]


def path_in(leaves: Sequence[bytes], index: int) -> Path:
    """`leaves`: leaf hashes. Raises ValueError outside the tree."""
    return Path(index, len(leaves), tuple(inclusion(leaves, index)))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One leaf of a resource, opened: path None is the original bytes."""

    path: str | None
    text: str
    salt: bytes
    index: int
    size: int
    proof: tuple[bytes, ...]
