"""A read whose rule asks for several signatures at each use: from the question to the use.

What they sign is the very request that goes to the keepers, so it holds for as long as one: some
minutes. The keepers check everything themselves; here is only where the signatures meet.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import canonical_bytes, parse
from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.notices import Kind, News
from salus.platform.work import Node, Work, enqueue
from salus.rights.consent.authority.claiming import account_of as owner_of
from salus.rights.consent.errors import SeveralRules
from salus.rights.consent.ledger import account_of
from salus.rights.consent.model import GrantState
from salus.rights.consent.rules import Rule, rule_at, rules_of, sole_rule
from salus.rights.consent.tables import GrantRow
from salus.rights.custody import messages as m
from salus.rights.custody.joint.errors import (
    ApproversElsewhere,
    AskedTooOften,
    JointReadAnswered,
    JointReadOver,
    JointReadUnsigned,
)
from salus.rights.custody.joint.model import JointRead, Stand
from salus.rights.custody.joint.tables import JointAnswerRow, JointReadRow
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Asked, Opened, Reader, read_by, request_for, signed
from salus.rights.identity.notices.finding import guardians_of
from salus.rights.identity.notices.service import tell
from salus.rights.records.service import KnownUnit

END = "custody.end-joint-read"
KEPT = timedelta(hours=1)  # after its deadline, so that a page can say what became of it
MOST = 20  # of one account for one record, as long as they are kept


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a record under one rule, who would read them by which grant, and his account."""

    record: RecordId
    units: Sequence[KnownUnit]
    reader: Reader
    account: str


# THE READER ASKS


def ask(node: Node, wanted: Wanted) -> str:
    """Ask those whom the rule names, and tell them; the id of it.

    Asked again while it waits it is the same. Raises ApproversElsewhere, AskedTooOften and
    SeveralRules.
    """
    request = request_for(node, wanted.reader, wanted.record, wanted.units, wait=m.DEADLINE)
    made, now = secrets.token_hex(16), node.clock.now()
    with node.sessions() as session, session.begin():
        people = approvers_here(node, session, wanted.record, [each.id for each in wanted.units])
        if not people:
            raise ApproversElsewhere
        if known := _same(session, wanted, request, now):
            return known
        _refuse_flood(session, wanted)
        session.add(
            JointReadRow(
                id=made,
                record=record_text(wanted.record),
                reader=wanted.reader.party.address,
                account=wanted.account,
                request=canonical_bytes(request),
                until=seconds(request.deadline),
                is_used=False,
            )
        )
        work, at = Work(node, session), seconds(now)
        accounts = dict.fromkeys(people.values())
        tell(work, [News(one, Kind.APPROVAL, f"read/{made}", "/app/reads", at) for one in accounts])
        enqueue(work, END, run_at=request.deadline + KEPT, read=made)
    return made


def approvers_here(
    node: Node, session: Session, record: RecordId, units: Sequence[UnitId]
) -> Mapping[Address, str]:
    """The accounts of those who sign each read of units; nobody where they are too few here.

    Raises SeveralRules.
    """
    rule = _rule(session, record, units)
    if rule is None:
        return {}
    people, subject = dict(guardians_of(session)), account_of(node, record)
    if (owner := owner_of(session, record)) is not None:
        people[subject] = owner
    found = {each: people[each] for each in rule.approvers if each in people}
    return found if len(found) >= rule.threshold else {}


def _rule(session: Session, record: RecordId, units: Sequence[UnitId]) -> Rule | None:
    """The rule of units, where it asks for signatures at each use."""
    rule = rule_at(session, record, sole_rule(rules_of(session, record, units)))
    return rule if rule is not None and rule.each_use else None


def _same(session: Session, wanted: Wanted, request: m.Request, now: datetime) -> str | None:
    """One of the same account for the same parts by the same grant, which can be used still."""
    for row in session.scalars(_of(wanted).where(JointReadRow.until > seconds(now))):
        each = _joint(session, row, now)
        units = {item.unit for item in request.items}
        is_same = each.request.basis_id == request.basis_id and set(each.units) == units
        if is_same and each.stand(now) in {Stand.WAITING, Stand.SIGNED}:
            return each.id
    return None


def _of(wanted: Wanted) -> Select[JointReadRow]:
    return select(JointReadRow).where(
        JointReadRow.record == record_text(wanted.record), JointReadRow.account == wanted.account
    )


def _refuse_flood(session: Session, wanted: Wanted) -> None:
    count = session.scalar(select(func.count()).select_from(_of(wanted).subquery())) or 0
    if count >= MOST:
        raise AskedTooOften(limit=MOST)


# WHO MUST SIGN ANSWERS


def waiting(node: Node, session: Session) -> list[JointRead]:
    """Those that need a signature still, of any record, oldest first."""
    now = node.clock.now()
    rows = select(JointReadRow).where(JointReadRow.until > seconds(now), ~JointReadRow.is_used)
    found = (
        _joint(session, row, now) for row in session.scalars(rows.order_by(JointReadRow.until))
    )
    return [each for each in found if each.stand(now) is Stand.WAITING]


def agree(node: Node, read: str, approver: Address, *, by: SigningKey) -> Stand:
    """Sign the request of a read for an approver, and tell who asked once enough have.

    Raises JointReadOver, JointReadAnswered.
    """
    now = node.clock.now()
    with node.sessions() as session, session.begin():
        each = _open(session, read, approver, now)
        signature = by.sign(digest_of(node, each))
        _answer(session, each, approver, signature)
        stand = _found(session, read, now).stand(now)
        if stand is Stand.SIGNED:
            key, path = f"read/{read}/signed", f"/app/clinic/reads/{read}"
            news = News(each.account, Kind.REQUEST, key, path, seconds(now))
            tell(Work(node, session), [news])
    return stand


def decline(node: Node, read: str, approver: Address) -> Stand:
    """Say that an approver does not sign. Raises JointReadOver, JointReadAnswered."""
    now = node.clock.now()
    with node.sessions() as session, session.begin():
        _answer(session, _open(session, read, approver, now), approver, b"")
        return _found(session, read, now).stand(now)


def _open(session: Session, read: str, approver: Address, now: datetime) -> JointRead:
    each = _found(session, read, now)
    if each.stand(now) is Stand.OVER or approver not in each.approvers:
        raise JointReadOver
    if approver in each.answers:
        raise JointReadAnswered
    return each


def _answer(session: Session, each: JointRead, approver: Address, signature: bytes) -> None:
    record = record_text(each.record)
    session.add(JointAnswerRow(read=each.id, approver=approver, record=record, signature=signature))
    session.flush()


def digest_of(node: Node, each: JointRead) -> Digest:
    """What is signed: the reader signs the same."""
    return m.request_digest(domain_of(node), each.request)


# THE READER OPENS


def of_account(session: Session, account: str, now: datetime) -> list[JointRead]:
    """What an account asked for, the newest first, as long as it is kept."""
    mine = select(JointReadRow).where(JointReadRow.account == account)
    rows = session.scalars(mine.order_by(JointReadRow.until.desc(), JointReadRow.id))
    return [_joint(session, row, now) for row in rows]


def open_read(
    node: Node, keepers: Keepers, read: str, reader: Reader, units: Sequence[KnownUnit]
) -> Opened:
    """Open what enough have signed, once. What fails on the way may be tried again: the keepers
    count the same request once.

    Raises JointReadOver, JointReadUnsigned, and what a read raises.
    """
    now = node.clock.now()
    with node.reading() as session:
        each = _found(session, read, now)
    if (stand := each.stand(now)) is not Stand.SIGNED:
        raise JointReadOver if stand is Stand.OVER else JointReadUnsigned
    whole = signed(node, reader, each.request, cosignatures=each.cosignatures)
    opened = read_by(node, keepers, Asked(whole, reader, each.record, units))
    with node.sessions() as session, session.begin():
        first = update(JointReadRow).where(JointReadRow.id == read, ~JointReadRow.is_used)
        used = first.values(is_used=True).returning(JointReadRow.id)
        if session.scalar(used) is None:
            raise JointReadOver
    return opened


def end(node: Node, read: str) -> None:
    """The job that forgets one."""
    with node.sessions() as session, session.begin():
        session.execute(delete(JointAnswerRow).where(JointAnswerRow.read == read))
        session.execute(delete(JointReadRow).where(JointReadRow.id == read))


# WHAT IS KEPT


def _found(session: Session, read: str, now: datetime) -> JointRead:
    """Raises JointReadOver for what is kept no more."""
    row = session.get(JointReadRow, read)
    if row is None:
        raise JointReadOver
    return _joint(session, row, now)


def _joint(session: Session, row: JointReadRow, now: datetime) -> JointRead:
    request, record = parse(m.Request, row.request), record_from_text(row.record)
    units = list(dict.fromkeys(item.unit for item in request.items))
    try:
        rule = _rule(session, record, units)
    except SeveralRules:
        rule = None
    given = select(JointAnswerRow.approver, JointAnswerRow.signature).where(
        JointAnswerRow.read == row.id
    )
    return JointRead(
        row.id,
        record,
        Address(row.reader),
        row.account,
        request,
        rule.threshold if rule else 0,
        frozenset(rule.approvers) if rule else frozenset(),
        {Address(approver): signature for approver, signature in session.execute(given)},
        row.is_used or rule is None or not _is_granted(session, request, now),
    )


def _is_granted(session: Session, request: m.Request, now: datetime) -> bool:
    """Whether the grant that a request names is live, as the ledger has it."""
    row = session.get(GrantRow, bytes(request.basis_id))
    return row is not None and row.state == GrantState.LIVE and row.not_after > seconds(now)
