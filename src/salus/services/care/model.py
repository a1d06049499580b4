"""Referrals: their states, what they say, and how both are committed to. Pure."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from unicodedata import category

from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Address, Digest, RecordId

LONGEST_REASON = 2_000  # characters
LONGEST_WAIT = timedelta(days=366)  # for an acceptance, the limit of Referrals


class ReferralState(IntEnum):
    """Numbers as in IReferrals.sol."""

    NONE = 0
    SENT = 1
    ACCEPTED = 2
    RETURNED = 3
    HANDED_DOWN = 4
    CLOSED = 5
    CANCELLED = 6


class Role(IntEnum):
    """Who has a key of its own in a referral."""

    SENDER = 0
    ACCEPTOR = 1
    PATIENT = 2


REQUEST_STATUS = {
    ReferralState.CLOSED: "completed",
    ReferralState.CANCELLED: "revoked",
}
"""Of the ServiceRequest, where it is not `active`."""
TASK_STATUS = {
    ReferralState.NONE: "requested",
    ReferralState.SENT: "requested",
    ReferralState.ACCEPTED: "accepted",
    ReferralState.RETURNED: "rejected",
    ReferralState.HANDED_DOWN: "completed",
    ReferralState.CLOSED: "completed",
    ReferralState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands behind a referral's commitment; only the parties to it ever see it.

    `referrer` and `specialist` are the organizations that the fresh keys on the ledger stand for.
    `request` and `task` are a ServiceRequest and a Task in FHIR R4 JSON, as they were sent.
    """

    record: RecordId
    referrer: Address
    specialist: Address
    sections: tuple[str, ...]
    request: str
    task: str

    def commitment(self, salt: Digest) -> Digest:
        """SHA-256(T"salus/referral/1" || salt 32 || FHIR-JCS of the letter)."""
        return Digest(H(TAG("salus/referral/1"), salt, canonical_bytes(self)))


@dataclass(frozen=True, slots=True)
class Paper:
    """What a specialist adds: the reason of a return, or a Composition in FHIR R4 JSON."""

    referral: Digest
    content: str

    def commitment(self, salt: Digest) -> Digest:
        """SHA-256(T"salus/referral-paper/1" || salt 32 || FHIR-JCS of the paper)."""
        return Digest(H(TAG("salus/referral-paper/1"), salt, canonical_bytes(self)))


@dataclass(frozen=True, slots=True)
class Course:
    """Where a referral is: its state, since when, until when it may be accepted, and its grace."""

    state: ReferralState
    since: datetime
    deadline: datetime
    grace: timedelta

    def holds(self, at: datetime) -> bool:
        """Whether grants that depend on it are live: the twin of `Referrals.holds`."""
        if self.state is ReferralState.CLOSED:
            return at < self.since + self.grace
        return self.state in {ReferralState.ACCEPTED, ReferralState.HANDED_DOWN}

    def is_expired(self, at: datetime) -> bool:
        """Nobody accepted it in time; only ending it is left."""
        return self.state is ReferralState.SENT and at >= self.deadline

    def is_overdue(self, at: datetime, limit: timedelta) -> bool:
        """Accepted, and for too long nothing came back."""
        return self.state is ReferralState.ACCEPTED and at >= self.since + limit


def is_reason(text: str) -> bool:
    """Whether it can stand in a FHIR string: control characters and half characters cannot."""
    kinds = {category(char) for char in text if char not in "\t\r\n"}
    return bool(text.strip()) and len(text) <= LONGEST_REASON and not kinds & {"Cc", "Cs"}


def new_salt() -> Digest:
    return Digest(secrets.token_bytes(32))


def new_referral_id() -> Digest:
    return Digest(secrets.token_bytes(32))
