"""Keys of units, how they are split and bound, and what a release says. Pure.

Source of every rule: `docs/explanation/custody.md`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from typing import Self

from salus.kernel import shamir
from salus.kernel.documents import canonical_bytes
from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.encoding import TAG, H, u8, u32, u64
from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.kernel.secp256k1 import keccak256
from salus.kernel.wrap import kek, kek_check

DEADLINE = timedelta(seconds=300)
SKEW = timedelta(seconds=30)
MAX_ITEMS = 64
ALL_OBJECTS = Digest(bytes(32))


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
class Dealing:
    """How the key of one unit was split; the source signs its id."""

    chain: int
    registry: Address
    unit: UnitId
    salt: bytes
    record: RecordId
    section: int
    kind: int
    ordinal: int
    epoch: int
    generation: int
    k: int
    n: int
    set: Digest
    share_commits: tuple[Digest, ...]
    gate_commit: Digest
    kek_check: Digest
    dealer: Address
    dealt_at: datetime

    def id(self) -> Digest:
        return Digest(H(TAG("salus/dealing/1"), canonical_bytes(self)))

    def bind(self) -> bytes:
        return bind(self.chain, self.registry, self.unit, self.epoch)


def bind(chain: int, registry: Address, unit: UnitId, epoch: int) -> bytes:
    """64 bytes that tie a key to one network, unit and epoch."""
    return u64(chain) + registry + unit + u32(epoch)


@dataclass(frozen=True, slots=True)
class Share:
    """One custodian's part: index 1..n, salt of 16 bytes, a scalar below the ed25519 order."""

    index: int
    salt: bytes
    y: int

    def message(self) -> bytes:
        return b"\x01" + u8(self.index) + self.salt + self.y.to_bytes(32, "little")

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Raises ValueError on anything `message` would not write."""
        if len(message) != 50 or message[0] != 1:
            raise ValueError("not a share")
        y = int.from_bytes(message[18:], "little")
        if y >= shamir.ORDER:
            raise ValueError("not below the order")
        return cls(message[1], message[2:18], y)

    def commitment(self, bound: bytes, generation: int) -> Digest:
        y = self.y.to_bytes(32, "little")
        return Digest(
            H(TAG("salus/share/1"), bound, u8(generation), u8(self.index), self.salt, y)
        )


@dataclass(frozen=True, slots=True)
class GateHalf:
    """The half that only the gateway holds: salt of 16 bytes, 32 random bytes."""

    salt: bytes
    x: bytes

    def message(self) -> bytes:
        return b"\x01" + self.salt + self.x

    @classmethod
    def parse(cls, message: bytes) -> Self:
        if len(message) != 49 or message[0] != 1:
            raise ValueError("not a gate half")
        return cls(message[1:17], message[17:])

    def commitment(self, bound: bytes) -> Digest:
        return Digest(H(TAG("salus/gate/1"), bound, self.salt, self.x))


@dataclass(frozen=True, slots=True)
class UnitSecret:
    """Everything the dealer knows for a moment."""

    shares: tuple[Share, ...]
    half: GateHalf
    kek: bytes
    check: Digest


def split(bound: bytes, k: int, n: int) -> UnitSecret:
    x_cust = secrets.randbelow(shamir.ORDER)
    half = GateHalf(secrets.token_bytes(16), secrets.token_bytes(32))
    shares = tuple(
        Share(index, secrets.token_bytes(16), y) for index, y in shamir.split(x_cust, k, n)
    )
    check = Digest(kek_check(x_cust, half.x, bound))
    return UnitSecret(shares, half, kek(x_cust, half.x, bound), check)


def join(dealing: Dealing, shares: Sequence[Share], half: GateHalf) -> bytes | None:
    """The KEK of 32 bytes, or None when the parts do not give `kek_check`."""
    x_cust = shamir.combine([(share.index, share.y) for share in shares[: dealing.k]])
    if kek_check(x_cust, half.x, dealing.bind()) != dealing.kek_check:
        return None
    return kek(x_cust, half.x, dealing.bind())


def share_is_good(dealing: Dealing, share: Share) -> bool:
    return (
        1 <= share.index <= dealing.n
        and share.commitment(dealing.bind(), dealing.generation)
        == dealing.share_commits[share.index - 1]
    )


"""The info strings: what an HPKE message is bound to."""


def info_deal_share(dealing: Dealing, index: int, custodian: Address) -> bytes:
    place = u8(dealing.generation) + u8(index)
    return TAG("salus/hpke/deal-share/1") + dealing.bind() + place + custodian


def info_deal_gate(dealing: Dealing, gateway: Address) -> bytes:
    return TAG("salus/hpke/deal-gate/1") + dealing.bind() + gateway


def info_release_share(dealing: Dealing, index: int, request: Digest) -> bytes:
    place = u8(dealing.generation) + u8(index)
    return TAG("salus/hpke/release-share/1") + dealing.bind() + place + request


def info_release_gate(dealing: Dealing, request: Digest) -> bytes:
    return TAG("salus/hpke/release-gate/1") + dealing.bind() + request


@dataclass(frozen=True, slots=True)
class Item:
    """One unit asked for; `objects` is the SHA-256 of the sorted object ids, zero for all."""

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


"""EIP-712 of the messages that organizations and readers sign, hashed by hand."""

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


def custody_domain(chain: int, registry: Address) -> bytes:
    return domain_separator("Salus Custody", chain, registry)


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


def objects_hash(object_ids: Sequence[bytes]) -> Digest:
    return Digest(sha256(b"".join(sorted(object_ids))).digest())
