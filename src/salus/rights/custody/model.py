"""Keys of units: how they are split, bound to their place, and joined again. Pure.

Source of every rule: `docs/explanation/custody.md`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import ClassVar, Self

from salus.kernel import shamir
from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H, u8, u32, u64
from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.kernel.wrap import kek, kek_check


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
        return id_of(canonical_bytes(self))

    def commit_of(self, index: int) -> Digest:
        """The commitment to a custodian's share 1..n, or with 0 to the gateway's half."""
        return self.share_commits[index - 1] if index else self.gate_commit

    def bind(self) -> bytes:
        return bind(self.chain, self.registry, self.unit, self.epoch)


def is_well_formed(dealing: Dealing) -> bool:
    """Whether its numbers fit where they are bound, and each share has its commitment."""
    numbers = dealing.chain < 2**64 and dealing.epoch < 2**32 and dealing.generation < 2**8
    return numbers and 1 <= dealing.k <= dealing.n == len(dealing.share_commits) < 2**8


def id_of(dealing: bytes) -> Digest:
    """The id of a dealing from its canonical bytes."""
    return Digest(H(TAG("salus/dealing/1"), dealing))


def bind(chain: int, registry: Address, unit: UnitId, epoch: int) -> bytes:
    """64 bytes that tie a key to one network, unit and epoch."""
    return u64(chain) + registry + unit + u32(epoch)


_OF_HOLDERS = {"generation", "k", "n", "set", "share_commits", "dealer", "dealt_at"}


def same_key(first: Dealing, other: Dealing) -> bool:
    """Whether two dealings divide one key; only who holds its shares may differ."""
    names = (each.name for each in fields(Dealing) if each.name not in _OF_HOLDERS)
    return all(getattr(first, name) == getattr(other, name) for name in names)


BUMPS = 256  # epochs of a unit between two changes of all keys of its record


def epochs(key_epoch: int, bumps: int) -> range:
    """The epochs of a unit whose keys are in force: those since all keys were changed last."""
    return range(BUMPS * key_epoch, BUMPS * key_epoch + bumps + 1)


@dataclass(frozen=True, slots=True)
class Share:
    """One custodian's part: index 1..n, salt of 16 bytes, a scalar below the ed25519 order."""

    SIZE: ClassVar = 50  # bytes of a message

    index: int
    salt: bytes
    y: int = field(repr=False)

    def message(self) -> bytes:
        return b"\x01" + u8(self.index) + self.salt + self.y.to_bytes(32, "little")

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Raises ValueError on anything `message` would not write."""
        if len(message) != cls.SIZE or message[0] != 1:
            raise ValueError("not a share")
        y = int.from_bytes(message[18:], "little")
        if y >= shamir.ORDER:
            raise ValueError("not below the order")
        return cls(message[1], message[2:18], y)

    def commitment(self, bound: bytes, generation: int) -> Digest:
        y = self.y.to_bytes(32, "little")
        return Digest(H(TAG("salus/share/1"), bound, u8(generation), u8(self.index), self.salt, y))


@dataclass(frozen=True, slots=True)
class GateHalf:
    """The half that only the gateway holds: salt of 16 bytes, 32 random bytes."""

    SIZE: ClassVar = 49  # bytes of a message

    salt: bytes
    x: bytes = field(repr=False)

    def message(self) -> bytes:
        return b"\x01" + self.salt + self.x

    @classmethod
    def parse(cls, message: bytes) -> Self:
        if len(message) != cls.SIZE or message[0] != 1:
            raise ValueError("not a gate half")
        return cls(message[1:17], message[17:])

    def commitment(self, bound: bytes) -> Digest:
        return Digest(H(TAG("salus/gate/1"), bound, self.salt, self.x))


@dataclass(frozen=True, slots=True)
class UnitSecret:
    """Everything the dealer knows for a moment."""

    shares: tuple[Share, ...]
    half: GateHalf
    kek: bytes = field(repr=False)
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


# The info strings: what an HPKE message is bound to.


def info_deal_parcel(parts: Sequence[tuple[Dealing, int]], holder: Address) -> bytes:
    """`parts`: the dealing and index of each, in the order in which they are sealed."""
    places = (dealing.bind() + u8(dealing.generation) + u8(index) for dealing, index in parts)
    return TAG("salus/hpke/deal-parcel/1") + holder + H(TAG("salus/parcel/1"), *places)


def info_release_share(dealing: Dealing, index: int, request: Digest) -> bytes:
    place = u8(dealing.generation) + u8(index)
    return TAG("salus/hpke/release-share/1") + dealing.bind() + place + request


def info_release_gate(dealing: Dealing, request: Digest) -> bytes:
    return TAG("salus/hpke/release-gate/1") + dealing.bind() + request
