"""Leaves of a batch, and of the log of batches. Pure."""

from salus.kernel.encoding import u64
from salus.kernel.ids import Address

RECORD_ROOT = b"\x40"
BATCH = b"\x50"


def record_leaf(root_of_record: bytes) -> bytes:
    return RECORD_ROOT + root_of_record


def log_leaf(chain: int, anchors: Address, batch: int, batch_root: bytes) -> bytes:
    return BATCH + u64(chain) + anchors + u64(batch) + batch_root
