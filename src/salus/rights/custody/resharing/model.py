"""Splitting a share again, and adding up what others split. Pure.

Source of the rules: `docs/explanation/custody.md`. Nobody learns the key: a giver knows its own
share only, a taker gets random parts of several.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Self

from salus.kernel import shamir
from salus.kernel.encoding import TAG, H, u8
from salus.kernel.ids import Address, Digest
from salus.rights.custody.model import Dealing, Share
from salus.rights.records.sections import EMERGENCY_SUMMARY


@dataclass(frozen=True, slots=True)
class SubShare:
    """A part of a share for one taker: giver and taker 1..n, salt of 16 bytes, a scalar."""

    SIZE: ClassVar = 51  # bytes of a message

    giver: int
    taker: int
    salt: bytes
    z: int = field(repr=False)

    def message(self) -> bytes:
        head = b"\x01" + u8(self.giver) + u8(self.taker)
        return head + self.salt + self.z.to_bytes(32, "little")

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Raises ValueError on anything `message` would not write."""
        if len(message) != cls.SIZE or message[0] != 1:
            raise ValueError("not a part of a share")
        z = int.from_bytes(message[19:], "little")
        if z >= shamir.ORDER:
            raise ValueError("not below the order")
        return cls(message[1], message[2], message[3:19], z)

    def commitment(self, bound: bytes, generation: int) -> Digest:
        z = self.z.to_bytes(32, "little")
        place = u8(generation) + u8(self.giver) + u8(self.taker)
        return Digest(H(TAG("salus/subshare/1"), bound, place, self.salt, z))


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many of how many holders open a key."""

    k: int
    n: int


def threshold(section: int, *, n: int, k: int, k_emergency: int) -> Threshold:
    """What a set asks for of a unit: fewer of the one that is read in an emergency."""
    return Threshold(k_emergency if section == EMERGENCY_SUMMARY else k, n)


def split_again(share: Share, givers: Sequence[int], to: Threshold) -> tuple[SubShare, ...]:
    """What one giver's share counts among those of all givers, divided for the takers."""
    counts = shamir.weight(share.index, givers) * share.y % shamir.ORDER
    return tuple(
        SubShare(share.index, taker, secrets.token_bytes(16), z)
        for taker, z in shamir.split(counts, to.k, to.n)
    )


def add_up(parts: Sequence[SubShare]) -> Share:
    """The share of a taker, from one part of each giver."""
    total = sum(part.z for part in parts) % shamir.ORDER
    return Share(parts[0].taker, secrets.token_bytes(16), total)


def next_dealing(
    dealing: Dealing,
    set_id: Digest,
    to: Threshold,
    commits: Sequence[Digest],
    *,
    by: Address,
    at: datetime,
) -> Dealing:
    """The same key in the hands of other holders, who published `commits`."""
    return replace(
        dealing,
        generation=dealing.generation + 1,
        k=to.k,
        n=to.n,
        set=set_id,
        share_commits=tuple(commits),
        dealer=by,
        dealt_at=at,
    )


def info_reshare(dealing: Dealing, giver: int, taker: int, holder: Address) -> bytes:
    """What a part for a taker is bound to; `dealing` is the one that is split."""
    place = u8(dealing.generation + 1) + u8(giver) + u8(taker)
    return TAG("salus/hpke/reshare/1") + dealing.bind() + place + holder
