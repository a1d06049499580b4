"""What a patient does: take control of a record, allow, end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds, stamp
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, Digest, GrantId, RecordId, UnitId, new_grant_id, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.consent import ledger
from salus.rights.consent.authority.keys import controlling
from salus.rights.consent.errors import BadWindow, UnknownGrant, UnknownPurpose, WalletMissing
from salus.rights.consent.model import (
    LONGEST,
    NO_DOCUMENT,
    Clause,
    Effect,
    GrantState,
    Purpose,
    Terms,
    new_salt,
)
from salus.rights.consent.tables import Controller, GrantRow, GrantTerms
from salus.rights.identity.ledger import send

WORDING = (
    "I allow {readers} to read {count} sections of my record for the purpose {purpose} until"
    " {until}. I can end this at any time; what was read stays read."
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant with its opened terms, and its state as far as this node has seen."""

    id: GrantId
    terms: Terms
    salt: Digest
    state: GrantState


def take_control(work: Work, record: RecordId) -> SigningKey:
    """The key that controls a record, a fresh one for a record that has none."""
    row = work.session.get(Controller, record_text(record))
    if row is not None:
        return SigningKey.from_bytes(row.secret)
    key = SigningKey.generate()
    work.session.add(Controller(record=record_text(record), secret=key.secret()))
    return key


def controller(session: Session, record: RecordId) -> SigningKey:
    """Raises WalletMissing."""
    key = controlling(session, record)
    if key is None:
        raise WalletMissing
    return key


def grant(
    node: Node,
    *,
    record: RecordId,
    units: Sequence[UnitId],
    readers: Sequence[Address],
    purpose: str,
    until: datetime,
    by: SigningKey,
    labels: tuple[str, ...] = (),
) -> Granted:
    """Allow readers to read units for a purpose until a moment. Raises BadWindow.

    The terms are kept before the ledger is asked, in a transaction of their own: a grant on the
    ledger without its terms would open nothing.
    """
    now = node.clock.now().replace(microsecond=0)
    if purpose not in Purpose.__members__ or purpose == Purpose.BTG.name:
        raise UnknownPurpose(purpose=purpose[:32])
    if not now < until <= now + LONGEST:
        raise BadWindow
    salt = new_salt()
    terms = Terms(
        record=record,
        effect=Effect.PERMIT,
        clause=Clause(tuple(sorted(readers)), tuple(sorted(units)), (purpose,), labels=labels),
        exceptions=(),
        not_before=now,
        not_after=until,
        max_reads=0,
        obligations=(),
        wording=_wording(salt, readers, units, purpose, until),
        document=NO_DOCUMENT,
    )
    granted = Granted(new_grant_id(), terms, salt, GrantState.LIVE)
    _keep_terms(node, granted)
    send(node, ledger.propose(node, granted.id, terms, granted.salt, by=by))
    return granted


def _keep_terms(node: Node, granted: Granted) -> None:
    with node.sessions() as session, session.begin():
        session.add(
            GrantTerms(
                grant=granted.id,
                record=record_text(granted.terms.record),
                salt=granted.salt,
                terms=canonical_bytes(granted.terms),
            )
        )


def _wording(
    salt: Digest,
    readers: Sequence[Address],
    units: Sequence[UnitId],
    purpose: str,
    until: datetime,
) -> Digest:
    """The text that was agreed to, salted: on the ledger it must not tell who may read."""
    names = ", ".join(map(to_hex, readers))
    text = WORDING.format(readers=names, count=len(units), purpose=purpose, until=stamp(until))
    return Digest(H(TAG("salus/wording/1"), salt, text.encode()))


def revoke(node: Node, granted: Granted, *, by: SigningKey) -> None:
    """End a grant, for ever. Raises BadState when it has ended already."""
    send(node, ledger.revoke(node, granted.id, by=by))


def find_grant(session: Session, text: str) -> Granted:
    """A grant by its id, or by a beginning of it that is like no other."""
    prefix = text.lower().removeprefix("0x")
    found = [
        each for each in session.scalars(select(GrantTerms)) if each.grant.hex().startswith(prefix)
    ]
    if len(found) != 1 or not prefix:
        raise UnknownGrant(grant=text[:66])
    return _granted(session, found[0])


def grants(session: Session, record: RecordId) -> list[Granted]:
    rows = session.scalars(select(GrantTerms).where(GrantTerms.record == record_text(record)))
    return [_granted(session, row) for row in rows]


def _granted(session: Session, row: GrantTerms) -> Granted:
    known = session.get(GrantRow, row.grant)
    state = GrantState(known.state) if known else GrantState.NONE
    return Granted(GrantId(row.grant), parse(Terms, row.terms), Digest(row.salt), state)


def best_for(
    session: Session,
    *,
    record: RecordId,
    units: Sequence[UnitId],
    reader: Address,
    now: datetime,
) -> Granted | None:
    """The grant a reader should name: a live one that covers most of the units, the newest such.

    Without a live one the newest that covered any of them.
    """
    wanted = set(units)
    mine = [
        each
        for each in grants(session, record)
        if reader in each.terms.clause.readers and wanted.intersection(each.terms.clause.units)
    ]

    def merit(each: Granted) -> tuple[bool, int, int]:
        covered = len(wanted.intersection(each.terms.clause.units))
        return _covers(each, now), covered, seconds(each.terms.not_before)

    return max(mine, key=merit, default=None)


def _covers(granted: Granted, now: datetime) -> bool:
    return granted.state is GrantState.LIVE and now < granted.terms.not_after
