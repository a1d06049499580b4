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


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands behind a grant's commitment; only the parties to it ever see it."""

    record: RecordId
    readers: tuple[Address, ...]
    units: tuple[UnitId, ...]
    purposes: tuple[str, ...]
    actions: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    wording: Digest

    def commitment(self, salt: Digest) -> Digest:
        """SHA-256(T"salus/grant/1" || salt 32 || FHIR-JCS of the terms)."""
        return Digest(H(TAG("salus/grant/1"), salt, canonical_bytes(self)))

    def purpose_bits(self) -> int:
        return sum(1 << Purpose[name] for name in self.purposes)

    def days(self) -> tuple[int, int]:
        """The window on the ledger, in seconds, rounded outward to whole days."""
        first, last = seconds(self.not_before), seconds(self.not_after)
        return first - first % DAY, last + -last % DAY

    def fault(self, *, reader: Address, unit: UnitId, purpose: int, at: datetime) -> str | None:
        """Why these terms do not cover a read, or None when they do."""
        if reader not in self.readers:
            return "another-reader"
        if unit not in self.units:
            return "another-section"
        if purpose not in {Purpose.__members__.get(name) for name in self.purposes}:
            return "another-purpose"
        if READ not in self.actions:
            return "another-action"
        if not self.not_before <= at < self.not_after:
            return "outside-window"
        return None


def new_salt() -> Digest:
    return Digest(secrets.token_bytes(32))


def end_of(day: datetime) -> datetime:
    """A date alone means the end of that day, UTC."""
    return day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) + timedelta(days=1)
