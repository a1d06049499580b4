"""What custodians are asked to sign when all keys of a record are changed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId
from salus.rights.custody.model import Dealing
from salus.rights.records.model import Manifest, Version


@dataclass(frozen=True, slots=True)
class Change:
    """A change of all keys of a token as `completeRekey` takes it; `deadline` in seconds.

    `section` is zero where the token is that of the record.
    """

    record: RecordId
    section: int
    epoch: int
    old_root: Digest
    new_root: Digest
    receiver: Address
    receiver_key_hash: Digest
    sealed_key_hash: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class AskRekey:
    """The change, what is on the ledger and what shall be; they differ in encrypted objects only.

    `dealings` are the ids of the new dealings in the order of their units.
    """

    change: Change
    present: Version
    coming: Version
    dealings: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A custodian's signature over `Rekey(...)`, for RecordRegistry."""

    signature: bytes


@dataclass(frozen=True, slots=True)
class Resealed:
    """An object that was encrypted anew, and the one whose place it takes."""

    earlier: ObjectId
    earlier_body: Digest
    manifest: Manifest
    signature: bytes


@dataclass(frozen=True, slots=True)
class Holding:
    """Who signed that it holds its part of a new dealing."""

    dealing: Digest
    holder: Address
    signature: bytes


@dataclass(frozen=True, slots=True)
class Renewed:
    """Everything that was made anew for a record, as its source keeps it until it is in force."""

    epoch: int
    present: Version
    coming: Version
    objects: tuple[Resealed, ...]
    holdings: tuple[Holding, ...]
    dealings: tuple[Digest, ...]
    replaced: tuple[Dealing, ...]


def sealed_key_hash(dealings: Sequence[Digest]) -> Digest:
    """What binds the new dealings, in the order of their units."""
    return Digest(H(TAG("salus/rekey/1"), *dealings))


def in_unit_order(dealings: Sequence[tuple[UnitId, Digest]]) -> tuple[Digest, ...]:
    """The ids of dealings, each with its unit, in the order in which they are bound."""
    return tuple(identity for _, identity in sorted(dealings))
