"""What happened to the links: a chain of signed events, and the state they lead to. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey, recover

PARTS: Final = 1_000_000
"""A probability in an event is a number of millionths."""
START: Final = Digest(bytes(32))
LONGEST_REASON: Final = 200
Pair = tuple[str, str]


class Kind(Enum):
    LINKED = "linked"
    UNLINKED = "unlinked"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """`left` and `right` are record handles; `previous` is the digest of the event before."""

    number: int
    kind: str
    left: str
    right: str
    reason: str
    parts: int
    by: Address
    at: datetime
    previous: Digest

    def digest(self) -> Digest:
        return Digest(H(TAG("salus/link-event/1"), canonical_bytes(self)))

    def pair(self) -> Pair:
        return pair(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Signed:
    event: LinkEvent
    signature: bytes


def pair(left: str, right: str) -> Pair:
    """Two records in the order of their handles: a link has no direction."""
    return (left, right) if left < right else (right, left)


def sign(event: LinkEvent, by: SigningKey) -> Signed:
    return Signed(event, by.sign(event.digest()))


def first_fault(log: Iterable[Signed]) -> int | None:
    """The number of the first event that is out of order, changed or not signed as it says."""
    previous = START
    for number, signed in enumerate(log, start=1):
        event, digest = signed.event, signed.event.digest()
        follows = (event.number, event.previous) == (number, previous)
        if not follows or recover(digest, signed.signature) != event.by:
            return number
        previous = digest
    return None


@dataclass(frozen=True, slots=True)
class Links:
    """The last event of each pair, and from those the links that hold."""

    last: Mapping[Pair, LinkEvent]

    @classmethod
    def of(cls, log: Iterable[LinkEvent]) -> "Links":
        return cls({event.pair(): event for event in log})

    def kind(self, left: str, right: str) -> Kind | None:
        event = self.last.get(pair(left, right))
        return Kind(event.kind) if event else None

    def group(self, record: str) -> frozenset[str]:
        """The records that are linked with one, directly or through others, itself included."""
        near: dict[str, list[str]] = {}
        for (left, right), event in self.last.items():
            if event.kind == Kind.LINKED.value:
                near.setdefault(left, []).append(right)
                near.setdefault(right, []).append(left)
        found, waiting = {record}, [record]
        while waiting:
            for each in near.get(waiting.pop(), ()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return frozenset(found)

    def apart(self, left: str, right: str) -> list[Pair]:
        """Pairs across the groups of two records whom somebody confirmed to be two people."""
        return [
            pair(one, other)
            for one in sorted(self.group(left))
            for other in sorted(self.group(right))
            if self.kind(one, other) is Kind.APART
        ]
