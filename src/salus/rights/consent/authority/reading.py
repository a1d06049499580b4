"""What the index knows of the control of records."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, Digest, RecordId, record_from_text, record_text
from salus.rights.consent.authority.model import Circle, Delegation, Powers, Recovery
from salus.rights.consent.authority.tables import (
    CircleRow,
    ControlRow,
    DelegationRow,
    GuardianRow,
    WishRow,
)

_PRESENT = (
    select(CircleRow)
    .where(CircleRow.record == bindparam("of"), CircleRow.begins <= bindparam("at"))
    .order_by(CircleRow.begins.desc())
    .limit(1)
)
_WISHES = (
    select(WishRow)
    .where(WishRow.record == bindparam("of"), WishRow.circle == bindparam("by"))
    .order_by(WishRow.guardian)
)
"""Put together once: every first page asks."""


@dataclass(frozen=True, slots=True)
class Delegate:
    """Somebody who acts for the controller of a record."""

    record: RecordId
    address: Address
    delegation: Delegation


def control(session: Session, record: RecordId) -> ControlRow | None:
    return session.get(ControlRow, record_text(record))


def guardians(session: Session, record: RecordId, now: datetime) -> tuple[Circle, Circle | None]:
    """The present guardians, and those of a change that waits."""
    text, at = record_text(record), seconds(now)
    waiting = select(CircleRow).where(CircleRow.record == text, CircleRow.begins > at)
    row = session.scalars(waiting).one_or_none()
    return present_circle(session, text, at=at), _circle(session, row) if row else None


def present_circle(session: Session, record: str, *, at: int) -> Circle:
    """The guardians at a second; an empty circle when there are none."""
    row = session.scalars(_PRESENT, {"of": record, "at": at}).one_or_none()
    return _circle(session, row) if row else Circle()


def _circle(session: Session, row: CircleRow) -> Circle:
    members = select(GuardianRow.guardian).where(
        GuardianRow.record == row.record, GuardianRow.begins == row.begins
    )
    found = session.scalars(members.order_by(GuardianRow.guardian))
    return Circle(tuple(Address(each) for each in found), row.threshold, row.begins)


def recovery(session: Session, record: RecordId, now: datetime) -> Recovery:
    """What the present guardians signed for, and whether that runs."""
    text = record_text(record)
    circle = present_circle(session, text, at=seconds(now)).begins
    rows = session.scalars(_WISHES, {"of": text, "by": circle}).all()
    running = [row for row in rows if row.ready_at]
    return Recovery(
        tuple((Address(row.guardian), Address(row.controller)) for row in rows),
        Address(running[0].controller) if running else None,
        running[0].ready_at if running else 0,
    )


def delegates(session: Session, record: RecordId) -> list[Delegate]:
    """Everybody who was appointed and not dismissed, also those whose window is over."""
    rows = select(DelegationRow).where(DelegationRow.record == record_text(record))
    return [_delegate(row) for row in session.scalars(rows.order_by(DelegationRow.delegate))]


def acts_for(session: Session, delegate: Address) -> list[Delegate]:
    """The records for which somebody acts."""
    rows = select(DelegationRow).where(DelegationRow.delegate == delegate)
    return [_delegate(row) for row in session.scalars(rows.order_by(DelegationRow.record))]


def guards(session: Session, guardian: Address, now: datetime) -> list[RecordId]:
    """The records whose present guardians include somebody."""
    rows = select(GuardianRow.record).where(GuardianRow.guardian == guardian).distinct()
    return [
        record_from_text(text)
        for text in session.scalars(rows.order_by(GuardianRow.record))
        if guardian in present_circle(session, text, at=seconds(now)).guardians
    ]


def _delegate(row: DelegationRow) -> Delegate:
    return Delegate(
        record_from_text(row.record),
        Address(row.delegate),
        Delegation(
            Powers(row.powers),
            row.not_before,
            row.not_after,
            Address(row.condition),
            Digest(row.condition_key),
        ),
    )
