"""Emergencies: what a patient allows in one, what an opening gives, and why it was made. Pure."""

import secrets
from dataclasses import dataclass
from enum import Enum, IntEnum

from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, RecordId

OPEN_HOURS = 4
REVIEW_HOURS = 24


class EmergencyPolicy(IntEnum):
    """What a patient lets clinicians do in an emergency; numbers as in IEmergencyAccess.sol."""

    ALLOW = 0
    SUMMARY_ONLY = 1
    FORBID = 2


class Scope(IntEnum):
    """What an opening releases; numbers as in IEmergencyAccess.sol."""

    NOTHING = 0
    SUMMARY = 1
    RECORD = 2


class Verdict(IntEnum):
    """What a privacy officer finds; numbers as in IEmergencyAccess.sol."""

    JUSTIFIED = 0
    NOT_JUSTIFIED = 1
    UNCLEAR = 2


class Reason(Enum):
    """Why consent cannot be asked for. Only a salted commitment to the code is on the ledger."""

    UNCONSCIOUS = "The person cannot answer."
    CONFUSED = "The person cannot understand the question."
    LIFE_AT_RISK = "Asking would take the time that a life needs."
    ALONE_CHILD = "The person is a child, and nobody who may decide can be reached."
    OTHER_EMERGENCY = "Another emergency, told to the privacy officer."


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """One opening. `scope` is what was signed for, `releases` what it gives at the block asked.

    Times are seconds since 1970; `second` is zeros and `reviewed_at` 0 until there was one.
    """

    record: RecordId
    site: Address
    clinician: Address
    second: Address
    scope: Scope
    opened_at: int
    expires_at: int
    reviewed_at: int
    releases: Scope

    @property
    def is_known(self) -> bool:
        return self.opened_at != 0


def new_opening_id(clinician: Address) -> Digest:
    """The clinician's address, then 12 random bytes: what the contract asks of an id."""
    return Digest(clinician + secrets.token_bytes(12))


def new_salt() -> Digest:
    return Digest(secrets.token_bytes(32))


def reason_commitment(salt: Digest, reason: Reason) -> Digest:
    """SHA-256(T"salus/emergency-reason/1" || salt 32 || code)."""
    return Digest(H(TAG("salus/emergency-reason/1"), salt, reason.name.encode()))


def finding_commitment(salt: Digest, finding: str) -> Digest:
    """SHA-256(T"salus/emergency-finding/1" || salt 32 || UTF-8 of the text)."""
    return Digest(H(TAG("salus/emergency-finding/1"), salt, finding.encode()))
