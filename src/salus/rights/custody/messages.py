"""What a reader asks, what custodians and the gateway answer, and what each of them signs. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256

from salus.kernel.eip712 import digest, struct_hash, word
from salus.kernel.ids import Address, Digest, ObjectId, RecordId, UnitId
from salus.kernel.secp256k1 import keccak256
from salus.rights.consent.gathering import Opening
from salus.rights.custody.model import Dealing
from salus.rights.records.model import Manifest, Version

DEADLINE = timedelta(seconds=300)
SKEW = timedelta(seconds=30)
MAX_ITEMS = 64
ALL_OBJECTS = Digest(bytes(32))
NO_OBJECTS = Digest(sha256().digest())
PRESENT_SET = Digest(bytes(32))
TICKET = "x-salus-ticket"  # the header in which the ticket for a body travels
SIGNATURE = "x-salus-signature"  # that in which the source signs for a body it brings


class Basis(IntEnum):
    """Why a reader may read."""

    GRANT = 0
    BREAK_GLASS = 1
    SUBJECT = 2
    LICENSE = 3
    COHORT_ORDER = 4


class Role(IntEnum):
    """Who answers a request."""

    CUSTODIAN = 0
    GATEWAY = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One unit in one epoch asked for.

    `objects` is the SHA-256 of the sorted object ids, zero for all; that of nothing asks for the
    key alone.
    """

    unit: UnitId
    epoch: int
    objects: Digest


@dataclass(frozen=True, slots=True)
class Request:
    """What a reader signs to have a key released."""

    basis: int
    basis_id: Digest
    items: tuple[Item, ...]
    purpose: int
    reader_key_hash: Digest
    seen_block: int
    seen_block_hash: Digest
    deadline: datetime
    nonce: Digest


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a custodian or gateway signs about one item it released."""

    request: Digest
    basis_id: Digest
    unit: UnitId
    epoch: int
    role: int
    index: int
    block_number: int
    block_hash: Digest
    block_time: int
    own_time: int
    log_size: int
    log_root: Digest

    def log_leaf(self, salt: bytes) -> bytes:
        """Leaf content: 70, salt of 16 bytes, the receipt without its log fields."""
        return b"\x70" + salt + b"".join(_receipt_words(self)[:10])


@dataclass(frozen=True, slots=True)
class Denial:
    """A denial on the ledger with what opens its commitment."""

    id: Digest
    opening: Opening


@dataclass(frozen=True, slots=True)
class Cosignature:
    """An approver's signature over the digest of a request: a key's, or an account's (ERC-1271)."""

    approver: Address
    signature: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """A signed request as it travels; `opening` is empty where no grant is named.

    `cosignatures` are of those whose signatures a rule of the unit asks for at each use. `set` is
    named by a subject who tries shares before their holders keep the record; zero for the present.
    """

    request: Request
    reader: Address
    opening: tuple[Opening, ...]
    signature: bytes
    reader_key: bytes
    cosignatures: tuple[Cosignature, ...]
    set: Digest = PRESENT_SET


@dataclass(frozen=True, slots=True)
class ReleasedShare:
    dealing: Dealing
    index: int
    sealed: bytes
    receipt: Receipt
    signature: bytes


@dataclass(frozen=True, slots=True)
class Shares:
    """A custodian's answer: one entry for each item of which it holds a share."""

    released: tuple[ReleasedShare, ...]


@dataclass(frozen=True, slots=True)
class WrappedObject:
    manifest: Manifest
    signature: bytes
    wrap: bytes
    ticket: bytes

    def object_id(self) -> ObjectId:
        return self.manifest.id()


@dataclass(frozen=True, slots=True)
class ReleasedHalf:
    """`origins`: the dealing that the objects name, where this one came of it by resharing.

    `dealt` is the signature of the source under the dealing.
    """

    dealing: Dealing
    dealt: bytes
    origins: tuple[Dealing, ...]
    sealed: bytes
    objects: tuple[WrappedObject, ...]
    receipt: Receipt
    signature: bytes


@dataclass(frozen=True, slots=True)
class Gate:
    """The gateway's answer: halves, wraps, and the version that the ledger names.

    `bought`: the earlier version that a license was sold with, where it does not follow its record.
    """

    version: Version
    released: tuple[ReleasedHalf, ...]
    bought: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    """Which part of a key a holder gets; index 0 is the gateway's half."""

    dealing: Dealing
    signature: bytes
    index: int


@dataclass(frozen=True, slots=True)
class StoreObject:
    manifest: Manifest
    signature: bytes
    wrap: bytes


@dataclass(frozen=True, slots=True)
class Hold:
    """What the source hands to one holder; objects and versions go to the gateway only.

    sealed: the parts of all deals, in their order, in one HPKE message; empty when there is none
    """

    deals: tuple[Deal, ...]
    sealed: bytes
    objects: tuple[StoreObject, ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The holder's signatures over `Held(dealing, index, commit)`, in the order of the deals."""

    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class OpenTerms:
    """The terms of denials, on their way to the gateway that refuses what they cover."""

    denials: tuple[Denial, ...]


@dataclass(frozen=True, slots=True)
class AskLooks:
    record: RecordId
    deadline: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """One decision about one section of a record."""

    at: int
    section: int
    reader: Address
    purpose: int
    outcome: str
    rule: str
    request: Digest


@dataclass(frozen=True, slots=True)
class Looks:
    looks: tuple[Look, ...]


# EIP-712 of the messages that organizations and readers sign, hashed by hand.

_ITEM = b"Item(bytes32 unitId,uint32 epoch,bytes32 objects)"
ITEM_TYPE = keccak256(_ITEM)
REQUEST_TYPE = keccak256(
    b"Request(uint8 basis,bytes32 basisId,Item[] items,uint16 purpose,bytes32 readerKeyHash,"
    b"uint64 seenBlock,bytes32 seenBlockHash,uint64 deadline,bytes32 nonce)" + _ITEM
)
RECEIPT_TYPE = keccak256(
    b"Receipt(bytes32 requestDigest,bytes32 basisId,bytes32 unitId,uint32 epoch,uint8 role,"
    b"uint8 index,uint64 blockNumber,bytes32 blockHash,uint64 blockTime,uint64 ownTime,"
    b"uint64 logSize,bytes32 logRoot)"
)
HELD_TYPE = keccak256(b"Held(bytes32 dealing,uint8 index,bytes32 commit)")
DEALING_TYPE = keccak256(b"Dealing(bytes32 id)")
LOOKS_TYPE = keccak256(b"Looks(uint128 record,uint64 deadline)")
BODY_TYPE = keccak256(b"Body(bytes32 root,uint64 size)")


def request_digest(domain: bytes, request: Request) -> Digest:
    items = keccak256(
        b"".join(
            struct_hash(ITEM_TYPE, item.unit, word(item.epoch), item.objects)
            for item in request.items
        )
    )
    struct = struct_hash(
        REQUEST_TYPE,
        word(request.basis),
        request.basis_id,
        items,
        word(request.purpose),
        request.reader_key_hash,
        word(request.seen_block),
        request.seen_block_hash,
        word(int(request.deadline.timestamp())),
        request.nonce,
    )
    return Digest(digest(domain, struct))


def receipt_digest(domain: bytes, receipt: Receipt) -> bytes:
    return digest(domain, struct_hash(RECEIPT_TYPE, *_receipt_words(receipt)))


def _receipt_words(receipt: Receipt) -> list[bytes]:
    return [
        receipt.request,
        receipt.basis_id,
        receipt.unit,
        word(receipt.epoch),
        word(receipt.role),
        word(receipt.index),
        word(receipt.block_number),
        receipt.block_hash,
        word(receipt.block_time),
        word(receipt.own_time),
        word(receipt.log_size),
        receipt.log_root,
    ]


def held_digest(domain: bytes, dealing: Digest, index: int, commit: Digest) -> bytes:
    return digest(domain, struct_hash(HELD_TYPE, dealing, word(index), commit))


def dealing_digest(domain: bytes, dealing: Digest) -> bytes:
    return digest(domain, struct_hash(DEALING_TYPE, dealing))


def looks_digest(domain: bytes, record: RecordId, deadline: int) -> bytes:
    return digest(domain, struct_hash(LOOKS_TYPE, word(record), word(deadline)))


def body_digest(domain: bytes, root: Digest, size: int) -> bytes:
    return digest(domain, struct_hash(BODY_TYPE, root, word(size)))


def reader_key_hash(public: bytes) -> Digest:
    return Digest(sha256(public).digest())
