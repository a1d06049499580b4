"""Acting for somebody at the portal: in which session, over which records, and what was signed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import Address, RecordId, record_from_text, record_text
from salus.platform.work import Node, Work
from salus.rights.consent.authority import ledger, reading
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.authority.model import Powers, names_of
from salus.rights.consent.authority.reading import Delegate
from salus.rights.consent.authority.tables import ActedRow, ActingRow
from salus.rights.identity.ledger import Views

LONGEST = timedelta(hours=12)
"""As long as a session lasts at most; what was begun in an older one is forgotten."""
SHOWN = 20  # acts that a list shows


class Act(StrEnum):
    """What a delegate signs in the place of a patient."""

    SHARED = "shared"
    ENDED = "ended"
    ENDED_ALL = "ended-all"
    REFUSED = "refused"
    LIFTED = "lifted"
    AGREED = "agreed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Acted:
    """One act, by the key of the delegate."""

    delegate: Address
    act: Act
    at: datetime


# A SESSION


def begin(work: Work, opened: str, *, account: str, record: RecordId) -> None:
    """Note that a session is one of acting, for the patient of a record."""
    now = work.node.clock.now()
    old = delete(ActingRow).where(ActingRow.began_at < seconds(now - LONGEST))
    work.session.execute(old)
    row = ActingRow(
        session=opened, account=account, record=record_text(record), began_at=seconds(now)
    )
    work.session.merge(row)


def stop(work: Work, opened: str) -> None:
    work.session.execute(delete(ActingRow).where(ActingRow.session == opened))


def begun(session: Session, opened: str, account: str) -> RecordId | None:
    """For whose record a session acts; None where it is a session like others."""
    record = session.scalar(_BEGUN, {"session": opened, "account": account})
    return None if record is None else record_from_text(record)


_BEGUN = select(ActingRow.record).where(
    ActingRow.session == bindparam("session"), ActingRow.account == bindparam("account")
)
"""Put together once: every page asks."""


# POWERS


def held(
    node: Node, session: Session, delegate: Address, record: RecordId
) -> Mapping[RecordId, frozenset[str]]:
    """The powers of a delegate over a record, and over the other ones of the same patient.

    The ledger decides, so it is asked; nothing where it says that he does not act for this one.
    """
    holding = [each for each in reading.acts_for(session, delegate) if _holds(node, each)]
    if record not in {each.record for each in holding}:
        return {}
    owner = account_of(session, record)
    return {
        each.record: frozenset(names_of(each.delegation.powers))
        for each in holding
        if each.record == record or (owner and account_of(session, each.record) == owner)
    }


def _holds(node: Node, each: Delegate) -> bool:
    given, ask = each.delegation, Views(node)
    return given.is_within(node.clock.now()) and ledger.may_act(
        ask, each.record, each.address, given.powers, at=node.ledger.final()
    )


def is_more_than_told(powers: Powers) -> bool:
    """Whether there is anything to do with powers but to be told of things."""
    return bool(powers & ~Powers.NOTIFY)


# WHAT WAS SIGNED


def note(work: Work, record: RecordId, delegate: Address, act: Act) -> str:
    """Keep that a delegate is about to sign; to be written before the ledger is asked."""
    row = ActedRow(
        id=secrets.token_hex(16),
        record=record_text(record),
        delegate=delegate,
        act=act,
        at=seconds(work.node.clock.now()),
    )
    work.session.add(row)
    return row.id


def unnote(work: Work, id_: str) -> None:
    """The ledger refused it: nothing has happened."""
    work.session.execute(delete(ActedRow).where(ActedRow.id == id_))


def acted(session: Session, record: RecordId) -> list[Acted]:
    """What delegates signed for the patient of a record, newest first."""
    mine = select(ActedRow).where(ActedRow.record == record_text(record))
    rows = session.scalars(mine.order_by(ActedRow.at.desc(), ActedRow.id).limit(SHOWN))
    return [Acted(Address(row.delegate), Act(row.act), moment(row.at)) for row in rows]
