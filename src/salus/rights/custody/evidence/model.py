"""Whether a receipt proves a fault: the twin of Evidence.sol. Pure.

Source of the rules: `docs/explanation/custody.md`, and `ICustodyRegistry.sol`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import keccak256
from salus.rights.custody.messages import Receipt

LONGEST_AGE = 150  # seconds: 120 that a block may be old, 30 between two clocks
NO_GRANT = Digest(bytes(32))


class Fault(IntEnum):
    """What a receipt proves; numbers as in ICustodyRegistry.sol."""

    NONE = 0
    STALE_HEAD = 1
    WRONG_BLOCK = 2
    RECORD_ERASED = 3
    UNIT_ERASED = 4
    GRANT_ENDED = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A receipt with the signature of who gave it, 65 bytes, as it is kept in a file."""

    receipt: Receipt
    signature: bytes


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the ledger says of the matters that a receipt names.

    `number` and `time` are of the block at which it is judged. `block_hash` is the hash of the
    block that the receipt names as the EVM knows it, None further back than 256 blocks. Ends are in
    seconds, 0 where nothing has ended. `record` is 0 when the receipt names no grant.
    """

    number: int
    time: int
    block_hash: bytes | None
    record: int
    record_erased_at: int
    unit_erased_at: int
    grant_ended_at: int


def faults(receipt: Receipt, grounds: Grounds) -> Iterator[Fault]:
    """Every fault that a receipt proves; the first is the one that counts."""
    if receipt.own_time - receipt.block_time > LONGEST_AGE:
        yield Fault.STALE_HEAD
    if _is_wrong_block(receipt, grounds):
        yield Fault.WRONG_BLOCK
    ends = (
        (Fault.RECORD_ERASED, grounds.record_erased_at),
        (Fault.UNIT_ERASED, grounds.unit_erased_at),
        (Fault.GRANT_ENDED, grounds.grant_ended_at),
    )
    # A chain may make several blocks in one second: one of that very second proves nothing.
    yield from (fault for fault, end in ends if grounds.record and 0 < end < receipt.block_time)


def fault_of(receipt: Receipt, grounds: Grounds) -> Fault:
    return next(faults(receipt, grounds), Fault.NONE)


def _is_wrong_block(receipt: Receipt, grounds: Grounds) -> bool:
    if receipt.block_number > grounds.number or receipt.block_time > grounds.time:
        return True
    known = grounds.block_hash
    return known not in {None, receipt.block_hash, invented_hash(receipt.block_number)}


def invented_hash(number: int) -> bytes:
    """What the embedded engine answers for the hash of a block: it keeps no blocks itself."""
    return keccak256(str(number).encode())
