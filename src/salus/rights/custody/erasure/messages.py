"""What keepers are asked to delete, and what they sign when it is gone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId
from salus.kernel.secp256k1 import keccak256, recover

DELETED_TYPE = keccak256(
    b"Deleted(bytes32 unit,uint32 epoch,uint8 index,bytes32 commit,uint64 time)"
)
WITHDRAW_TYPE = keccak256(b"Withdraw(uint128 record,bytes32 objects,bytes32 units)")


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part of a unit's key: index 0 of the gateway's half, 1..n of a share."""

    unit: UnitId
    epoch: int
    index: int
    commit: Digest


@dataclass(frozen=True, slots=True)
class Erase:
    """What a keeper is to delete. Nobody signs it: the ledger says that it is erased.

    `versions` are the roots of an erased record, whose versions the gateway keeps.
    """

    record: RecordId
    parts: tuple[HeldPart, ...]
    versions: tuple[Digest, ...]

    def units(self) -> list[UnitId]:
        return list(dict.fromkeys(part.unit for part in self.parts))


@dataclass(frozen=True, slots=True)
class Erased:
    """The keeper's signatures over `Deleted` of each part, in their order; `time` in seconds."""

    time: int
    signatures: tuple[bytes, ...]


def deleted_digest(domain: bytes, part: HeldPart, time: int) -> Digest:
    struct = struct_hash(
        DELETED_TYPE, part.unit, word(part.epoch), word(part.index), part.commit, word(time)
    )
    return Digest(digest(domain, struct))


def is_signed_by(holder: Address, domain: bytes, asked: Erase, answer: Erased) -> bool:
    """Whether a keeper signed for everything that it was asked to delete."""
    return len(answer.signatures) == len(asked.parts) and all(
        recover(deleted_digest(domain, part, answer.time), signature) == holder
        for part, signature in zip(asked.parts, answer.signatures, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Withdraw:
    """What a source takes back: objects that no version names, and units that came with them."""

    record: RecordId
    objects: tuple[ObjectId, ...]
    units: tuple[UnitId, ...]
    signature: bytes


def withdraw_digest(
    domain: bytes, record: RecordId, objects: Sequence[ObjectId], units: Sequence[UnitId]
) -> Digest:
    lists = keccak256(b"".join(objects)), keccak256(b"".join(units))
    return Digest(digest(domain, struct_hash(WITHDRAW_TYPE, word(record), *lists)))
