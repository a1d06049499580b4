"""The course of an erasure, and what proves it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from salus.kernel.ids import Address, Digest, RecordId
from salus.rights.custody.erasure.messages import HeldPart


class Stage(Enum):
    """How far an erasure is; every step may be done twice."""

    REQUESTED = "requested"
    CLOSING = "closing"  # the ledger is told, and from its block on everybody refuses
    SHREDDING = "shredding"  # keys, wraps, salts and bodies are deleted
    PROVED = "proved"  # every keeper has signed, and the receipts are anchored


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as its source knows it.

    `sections` is empty for the whole record. `waits_for` are the addresses of keepers that have
    not signed yet. `is_final` says that nobody can restore a key any more, whoever still waits.
    """

    number: int
    record: RecordId
    sections: tuple[int, ...]
    stage: Stage
    asked_at: datetime
    units: int
    receipts: int
    waits_for: tuple[Address, ...]
    is_final: bool

    def is_late(self, now: datetime, limit: timedelta) -> bool:
        """Whether it should be proved by now."""
        return self.stage is not Stage.PROVED and self.asked_at + limit <= now


class Told(Enum):
    """As whom somebody is told that an erasure is late."""

    SUBJECT = "subject"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Notice:
    """That somebody was told of a late erasure."""

    told: Address
    role: Told
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """An erasure that is late, and who was told of it."""

    erasure: Erasure
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A keeper's word that a part is gone, and where it lies in an anchored batch."""

    holder: Address
    part: HeldPart
    time: int
    signature: bytes
    batch: int
    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What is left of an erased record: the promises of all who kept a part of its keys."""

    record: RecordId
    chain: int
    anchors: Address
    registry: Address
    receipts: tuple[Receipt, ...]


def is_final(lost: int, *, n: int, k: int, gateway: bool) -> bool:
    """Fewer than k shares are left, or the gateway's half is gone."""
    return gateway or n - lost < k


def digests(blob: bytes) -> list[Digest]:
    """32 bytes each, as a row keeps several."""
    return [Digest(blob[at : at + 32]) for at in range(0, len(blob), 32)]
