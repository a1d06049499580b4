"""What a patient does: take control of a record, allow, end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds, stamp
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, Digest, GrantId, RecordId, UnitId, new_grant_id, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block
from salus.platform.work import Node, Work, enqueue
from salus.rights.consent import ledger
from salus.rights.consent.authority.keys import controlling
from salus.rights.consent.conditions import condition_of
from salus.rights.consent.errors import BadWindow, UnknownGrant, UnknownPurpose, WalletMissing
from salus.rights.consent.gathering import on_ledger
from salus.rights.consent.ledger import NONE, Ties
from salus.rights.consent.model import (
    LONGEST,
    NO_DOCUMENT,
    Clause,
    Effect,
    GrantState,
    Period,
    Purpose,
    Terms,
    new_salt,
)
from salus.rights.consent.owning.errors import OwnerTied
from salus.rights.consent.owning.tying import tie_to_owner
from salus.rights.consent.rules import rule_for
from salus.rights.consent.tables import Controller, GrantRow, GrantTerms, TriggerName
from salus.rights.consent.triggers import Armed, arm, trigger_id
from salus.rights.identity.ledger import VALID, Views, send

TELL_DENIALS = "consent.tell-denials"
"""The job that tells the gateway what denials say; whoever keeps keys does it."""
WORDING = {
    Effect.PERMIT: (
        "I allow {readers} to read {count} sections of my record for the purpose {purpose} until"
        " {until}. I can end this at any time; what was read stays read."
    ),
    Effect.DENY: (
        "I refuse that {readers} reads {count} sections of my record for {purpose} purpose until"
        " {until}, whatever else I have allowed."
    ),
}

_STATES = select(GrantTerms, GrantRow.state).outerjoin(GrantRow, GrantTerms.grant == GrantRow.grant)
_MINE = _STATES.where(GrantTerms.record == bindparam("of"))  # put together once: each /home asks


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant with its opened terms, and its state as far as this node has seen.

    `asked_at`: when the ledger was asked for it, in seconds; 0 where that was elsewhere.
    """

    id: GrantId
    terms: Terms
    salt: Digest
    state: GrantState
    asked_at: int = 0

    def can_come(self, at: int) -> bool:
        """Whether the ledger may still take what it did not have at a second."""
        return self.state is GrantState.NONE and at <= self.asked_at + VALID


@dataclass(frozen=True, slots=True)
class More:
    """What few grants say. `since` is now unless it is said; `max_reads` 0 does not count;
    `condition` is as in `conditions.condition_of`; `replaces` end once this one is live; `ids` are
    the resources of a snapshot, `Type/id`; `armed` is what reporters may do to it.
    """

    labels: tuple[str, ...] = ()
    since: datetime | None = None
    max_reads: int = 0
    condition: str = ""
    replaces: tuple[GrantId, ...] = ()
    ids: tuple[str, ...] = ()
    armed: tuple[Armed, ...] = ()


PLAINLY = More()


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
    more: More = PLAINLY,
) -> Granted:
    """Allow readers to read units for a purpose until a moment.

    Live at once when the controller or a delegate signs and the units are under no rule; else it
    waits for those who must approve, and then for the report that starts it, if there is one.

    A grant to the owner of what it opens ends with the ownership, unless that is the patient.

    Raises BadWindow, UnknownPurpose, UnknownCondition, SeveralRules, UnclearTrigger, SameTrigger,
    SeveralTokens and OwnerTied.
    """
    window = window_for(node, purpose, until, since=more.since)
    clause = Clause(
        tuple(sorted(readers)), tuple(sorted(units)), (purpose,), labels=more.labels, ids=more.ids
    )
    asked = _asked(record, Effect.PERMIT, clause, window, max_reads=more.max_reads)
    ties = Ties(rule=rule_for(node, record, units), replaces=more.replaces)
    if tie := tie_to_owner(node, record, units, readers):
        if more.condition:
            raise OwnerTied(owner=", ".join(map(to_hex, readers)))
        ties = replace(ties, condition=tie.contract, condition_key=tie.key)
    return _propose(node, asked, more.condition, ties, by, armed=more.armed)


def deny(
    node: Node,
    *,
    record: RecordId,
    units: Sequence[UnitId],
    readers: Sequence[Address],
    purposes: Sequence[str],
    until: datetime,
    by: SigningKey,
    labels: tuple[str, ...] = (),
    rule: Digest = NONE,
) -> Granted:
    """Refuse reads whatever else allows them, until a moment; what is empty means every one.

    A denial on a rule is there once its approvers agreed, and only they can lift it. The gateway
    is told its terms afterwards; until then it refuses the whole record.

    Raises BadWindow and UnknownPurpose.
    """
    for purpose in purposes:
        if purpose not in Purpose.__members__:
            raise UnknownPurpose(purpose=purpose[:32])
    clause = Clause(
        tuple(sorted(readers)), tuple(sorted(units)), tuple(dict.fromkeys(purposes)), labels=labels
    )
    asked = _asked(record, Effect.DENY, clause, _window(node, None, until))
    return _propose(node, asked, "", Ties(rule=rule), by)


def window_for(
    node: Node, purpose: str, until: datetime, *, since: datetime | None = None
) -> Period:
    """The window of a grant for a purpose; to be asked before anything is made for that grant.

    Raises BadWindow and UnknownPurpose.
    """
    if purpose not in Purpose.__members__ or purpose == Purpose.BTG.name:
        raise UnknownPurpose(purpose=purpose[:32])
    return _window(node, since, until)


def _window(node: Node, since: datetime | None, until: datetime) -> Period:
    """From now on unless `since` says otherwise. Raises BadWindow."""
    now = node.clock.now().replace(microsecond=0)
    first = since or now
    if not (now < until <= now + LONGEST and first < until):
        raise BadWindow
    return Period(first, until)


def _asked(
    record: RecordId, effect: Effect, clause: Clause, window: Period, *, max_reads: int = 0
) -> Granted:
    """Fresh terms that nobody has said yet."""
    salt = new_salt()
    terms = Terms(
        record=record,
        effect=effect,
        clause=clause,
        exceptions=(),
        not_before=window.first,
        not_after=window.end,
        max_reads=max_reads,
        obligations=(),
        wording=_wording(salt, effect, clause, window.end),
        document=NO_DOCUMENT,
    )
    return Granted(new_grant_id(), terms, salt, GrantState.NONE)


def _propose(
    node: Node,
    asked: Granted,
    condition: str,
    ties: Ties,
    by: SigningKey,
    *,
    armed: tuple[Armed, ...] = (),
) -> Granted:
    """The terms are kept before the ledger is asked, in a transaction of their own: a grant on the
    ledger without its terms would open nothing.
    """
    record = asked.terms.record
    if condition:
        found = condition_of(node, condition, record=record, grant=asked.id)
        ties = replace(ties, condition=found.contract, condition_key=found.key)
    ties = replace(ties, triggers=arm(asked.salt, armed))
    call = ledger.propose(node, asked.id, asked.terms, asked.salt, by=by, ties=ties)
    forget_dead(node, record)
    keep_terms(node, asked, armed)
    send(node, call)
    node.follow()
    with node.reading() as session:
        return granted_of(session, asked.id)


def keep_terms(node: Node, asked: Granted, armed: tuple[Armed, ...] = ()) -> None:
    """To be called after the proposal is signed: its deadline is at most `VALID` after this."""
    record = record_text(asked.terms.record)
    with node.sessions() as session, session.begin():
        session.add(
            GrantTerms(
                grant=asked.id,
                record=record,
                salt=asked.salt,
                terms=canonical_bytes(asked.terms),
                asked_at=seconds(node.clock.now()),
            )
        )
        session.add_all(
            TriggerName(
                grant=asked.id,
                trigger=trigger_id(asked.salt, each.name),
                record=record,
                name=each.name,
            )
            for each in armed
        )
        if asked.terms.effect == Effect.DENY:
            enqueue(Work(node, session), TELL_DENIALS)


def forget_dead(node: Node, record: RecordId) -> None:
    """Forget the terms of what the ledger never had and cannot take any more.

    That is what a process asked for that died before the ledger had it.
    """
    final = node.ledger.final()
    with node.reading() as session:
        asked = grants(session, record, unseen=True)
    dead = [
        each.id
        for each in asked
        if each.asked_at and not each.can_come(final.time) and not _is_known(node, each.id, final)
    ]
    if not dead:
        return
    with node.sessions() as session, session.begin():
        for table in (GrantTerms, TriggerName):
            session.execute(delete(table).where(table.grant.in_(dead)))


def _is_known(node: Node, grant: GrantId, at: Block) -> bool:
    return on_ledger(Views(node), grant, at=at).state != GrantState.NONE


def _wording(salt: Digest, effect: Effect, clause: Clause, until: datetime) -> Digest:
    """The text that was agreed to, salted: on the ledger it must not tell who may read."""
    text = WORDING[effect].format(
        readers=", ".join(map(to_hex, clause.readers)) or "anybody",
        count=len(clause.units) or "all",
        purpose=", ".join(clause.purposes) or "any",
        until=stamp(until),
    )
    return Digest(H(TAG("salus/wording/1"), salt, text.encode()))


# WHAT BECOMES OF THEM


def approve(node: Node, grant_id: GrantId, *, by: SigningKey) -> None:
    """Agree to a proposed grant. Raises BadState, NotController, NotApprover, AlreadyApproved."""
    send(node, ledger.approve(node, grant_id, by=by))


def decline(node: Node, grant_id: GrantId, *, by: SigningKey) -> None:
    """End a proposed grant. Raises BadState and NotController."""
    send(node, ledger.decline(node, grant_id, by=by))


def revoke(node: Node, granted: Granted, *, by: SigningKey) -> None:
    """End a permit, for ever. Raises BadState when it has ended, WrongEffect for a denial."""
    send(node, ledger.revoke(node, granted.id, by=by))


def lift(node: Node, denial: GrantId, *, by: SigningKey) -> None:
    """End a denial, or agree that it ends. Raises WrongEffect, BadState, AlreadyApproved."""
    send(node, ledger.lift(node, denial, by=by))


def end_all(node: Node, record: RecordId, *, by: SigningKey) -> None:
    """End every permit of a record, also those only proposed; denials stay."""
    send(node, ledger.end_all(node, record, by=by))


# FINDING THEM


def find_grant(session: Session, text: str) -> Granted:
    """A grant by its id, or by a beginning of it that is like no other."""
    prefix = text.lower().removeprefix("0x")
    found = [
        each for each in session.scalars(select(GrantTerms)) if each.grant.hex().startswith(prefix)
    ]
    if len(found) != 1 or not prefix:
        raise UnknownGrant(grant=text[:66])
    return _granted(session, found[0])


def granted_of(session: Session, grant_id: GrantId) -> Granted:
    """A grant whose terms are here."""
    return _granted(session, session.get_one(GrantTerms, grant_id))


def grants(session: Session, record: RecordId, *, unseen: bool = False) -> list[Granted]:
    """Those of a record; `unseen`: only what the index has not seen on the ledger."""
    rows = _MINE.where(GrantRow.grant.is_(None)) if unseen else _MINE
    return [_in_state(*found) for found in session.execute(rows, {"of": record_text(record)})]


def _granted(session: Session, row: GrantTerms) -> Granted:
    known = session.get(GrantRow, row.grant)
    return _in_state(row, known.state if known else None)


def _in_state(row: GrantTerms, known: int | None) -> Granted:
    """`known`: what the index says; None for a grant that the ledger does not have."""
    state = GrantState.NONE if known is None else GrantState(known)
    terms, salt = parse(Terms, row.terms), Digest(row.salt)
    return Granted(GrantId(row.grant), terms, salt, state, row.asked_at)


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
        if each.terms.effect == Effect.PERMIT
        and reader in each.terms.clause.readers
        and wanted.intersection(each.terms.clause.units)
    ]

    def merit(each: Granted) -> tuple[bool, int, int]:
        covered = len(wanted.intersection(each.terms.clause.units))
        return _covers(each, now), covered, seconds(each.terms.not_before)

    return max(mine, key=merit, default=None)


def _covers(granted: Granted, now: datetime) -> bool:
    return granted.state is GrantState.LIVE and now < granted.terms.not_after
