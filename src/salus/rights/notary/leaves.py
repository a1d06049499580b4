"""Leaves of a batch, and of the log of batches. Pure.

The first byte separates the kinds; hash them with `kernel.merkle.leaf_hash`.
"""

from salus.kernel.encoding import u64
from salus.kernel.ids import Address

RECORD, OBJECT, HEAD, COPY, DELETION, AUDIT = b"\x40", b"\x41", b"\x43", b"\x44", b"\x45", b"\x47"
BATCH = b"\x50"


def record_leaf(record_root: bytes) -> bytes:
    """One version of one record: its record root, 32 bytes."""
    return RECORD + record_root


def snapshot_leaf(object_id: bytes) -> bytes:
    """An object that belongs to no version, such as a snapshot for one grant."""
    return OBJECT + object_id


def head_leaf(custodian: Address, size: int, log_root: bytes) -> bytes:
    """The head of a custodian's own log."""
    return HEAD + custodian + u64(size) + log_root


def copy_leaf(record: bytes) -> bytes:
    """The copy record of a watermarked copy, 32 bytes."""
    return COPY + record


def deletion_leaf(receipt: bytes) -> bytes:
    """The digest of a deletion receipt, 32 bytes."""
    return DELETION + receipt


def audit_leaf(head: bytes) -> bytes:
    """The head of an audit log, 32 bytes."""
    return AUDIT + head


def log_leaf(chain: int, anchors: Address, batch: int, batch_root: bytes) -> bytes:
    """One batch on the anchor log; the log is in the order of the batch numbers."""
    return BATCH + u64(chain) + anchors + u64(batch) + batch_root
