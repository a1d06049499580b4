"""Whether one custodian, or the gateway, releases: pure, over facts read at one final block."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from salus.kernel.ids import Address, Digest, RecordId
from salus.rights.custody.messages import Ask, Basis
from salus.rights.custody.model import Dealing


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """What the ledger says of the grant that a request names."""

    record: RecordId
    commitment: Digest
    is_live: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger says at the block of the decision."""

    signer: Address | None
    controller: Address
    organization: Address | None
    reader_key_hash: Digest
    grant: GrantFacts | None
    holders: tuple[Address, ...]
    root: Digest


def refusal(ask: Ask, facts: Facts, dealings: tuple[Dealing, ...], at: datetime) -> str | None:
    """The rule that refuses, for the subject's eyes, or None when the read is permitted."""
    if not is_own_key(ask):
        return "another-reader-key"
    if len({dealing.record for dealing in dealings}) != 1:
        return "several-records"
    if ask.request.basis == Basis.SUBJECT:
        is_subject = facts.signer == facts.controller == ask.reader
        return None if is_subject else "not-the-subject"
    if ask.request.basis != Basis.GRANT or len(ask.opening) != 1:
        return "no-grant"
    return _refusal_of_grant(ask, facts, dealings, at)


def _refusal_of_grant(
    ask: Ask, facts: Facts, dealings: tuple[Dealing, ...], at: datetime
) -> str | None:
    opening, grant = ask.opening[0], facts.grant
    if facts.organization != ask.reader:
        return "not-the-reader"
    if facts.reader_key_hash != ask.request.reader_key_hash:
        return "another-reader-key"
    if grant is None or not grant.record == opening.terms.record == dealings[0].record:
        return "unknown-grant"
    if opening.terms.commitment(opening.salt) != grant.commitment:
        return "terms-do-not-match"
    if not grant.is_live:
        return "grant-not-live"
    faults = (
        opening.terms.fault(
            reader=ask.reader, unit=dealing.unit, purpose=ask.request.purpose, at=at
        )
        for dealing in dealings
    )
    return next((fault for fault in faults if fault), None)


def is_own_key(ask: Ask) -> bool:
    """Whether the key to seal to is the one that the request was signed for."""
    return ask.request.reader_key_hash == sha256(ask.reader_key).digest()


def rule_of(ask: Ask) -> str:
    """The rule that permits, as `looks` shows it."""
    if ask.request.basis == Basis.SUBJECT:
        return "subject"
    return f"grant {ask.request.basis_id.hex()}"


def deadline_holds(deadline: datetime, now: datetime, *, longest: timedelta) -> bool:
    return now < deadline <= now + longest
