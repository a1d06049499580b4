"""Grants: what a patient allows, whom, for what purpose and how long. Pure."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, RecordId, UnitId

DAY = 86_400
LONGEST = timedelta(days=3652)  # ten years, the limit of ConsentRegistry
READ = "read"
NO_DOCUMENT = Digest(bytes(32))


class Purpose(IntEnum):
    """Bits of a grant's purposes; codes of HL7 v3 PurposeOfUse unless they say otherwise."""

    TREAT = 0
    ETREAT = 1
    HPAYMT = 2
    HOPERAT = 3
    HRESCH = 4
    CLINTRCH = 5
    PUBHLTH = 6
    PATRQT = 7
    FAMRQT = 8
    HMARKT = 9
    COMMERCIAL = 10  # urn:salus:purpose
    BTG = 11  # only in a denial


class GrantState(IntEnum):
    NONE = 0
    PROPOSED = 1
    LIVE = 2
    SUSPENDED = 3
    ENDED = 4


class PolicyKind(IntEnum):
    """What a published policy is for; numbers as in IConsentRegistry.sol."""

    WORDING = 1
    LEGAL_LIMIT = 2
    PROFILE = 3


class Effect(IntEnum):
    """What a grant does to the reads that it covers."""

    PERMIT = 0
    DENY = 1


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, and before another one."""

    first: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Clause:
    """Which reads are meant. An empty list of a denial means every one, of a permit none.

    `labels` are codes of security labels other than N. `periods`, `authors` and `ids` (`Type/id`)
    narrow the resources of the units and are empty where every resource is meant.
    """

    readers: tuple[Address, ...]
    units: tuple[UnitId, ...]
    purposes: tuple[str, ...]
    actions: tuple[str, ...] = (READ,)
    labels: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def purpose_bits(self) -> int:
        """The purposes as the ledger has them; one that nobody knows has no bit."""
        known = {Purpose[name] for name in self.purposes if name in Purpose.__members__}
        return sum(1 << purpose for purpose in known)

    def is_narrow(self) -> bool:
        """Whether it tells resources of one unit apart."""
        return bool(self.periods or self.authors or self.ids)


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands behind a grant's commitment; only the parties to it ever see it.

    `exceptions` narrow this grant only. `max_reads` is 0 where reads are not counted. `document`
    is the SHA-256 of the FHIR Consent it was compiled from, zeros when there was none.
    """

    record: RecordId
    effect: int
    clause: Clause
    exceptions: tuple[Clause, ...]
    not_before: datetime
    not_after: datetime
    max_reads: int
    obligations: tuple[str, ...]
    wording: Digest
    document: Digest

    def commitment(self, salt: Digest) -> Digest:
        """SHA-256(T"salus/grant/1" || salt 32 || FHIR-JCS of the terms)."""
        return Digest(H(TAG("salus/grant/1"), salt, canonical_bytes(self)))

    def days(self) -> tuple[int, int]:
        """The window on the ledger, in seconds, rounded outward to whole days."""
        first, last = seconds(self.not_before), seconds(self.not_after)
        return first - first % DAY, last + -last % DAY


def new_salt() -> Digest:
    return Digest(secrets.token_bytes(32))


def end_of(day: datetime) -> datetime:
    """A date alone means the end of that day, UTC."""
    return day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) + timedelta(days=1)
