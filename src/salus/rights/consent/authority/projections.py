"""From the events of Authority to rows of the index."""

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.consent.authority.reading import present_circle
from salus.rights.consent.authority.tables import (
    CircleRow,
    ControlRow,
    DelegationRow,
    GuardianRow,
    WishRow,
)


def _record(event: DecodedEvent) -> str:
    return record_text(RecordId(event.values["record"]))


def _enrolled(session: Session, event: DecodedEvent) -> None:
    session.add(
        ControlRow(
            record=_record(event),
            controller=event.values["controller"],
            account=event.values["account"],
            epoch=0,
            erased_at=0,
        )
    )


def _handed_over(session: Session, event: DecodedEvent) -> None:
    """Delegations and wishes end with the control under which they were made."""
    row = session.get_one(ControlRow, _record(event))
    row.controller, row.epoch = event.values["controller"], event.values["epoch"]
    session.execute(delete(DelegationRow).where(DelegationRow.record == row.record))
    _void(session, event)


def _erased(session: Session, event: DecodedEvent) -> None:
    session.get_one(ControlRow, _record(event)).erased_at = event.values["at"]
    _void(session, event)


def _guardians_set(session: Session, event: DecodedEvent) -> None:
    record, begins = _record(event), event.values["from"]
    _forget_circles(session, event, begins=begins)
    session.add(CircleRow(record=record, begins=begins, threshold=event.values["threshold"]))
    session.add_all(
        GuardianRow(record=record, begins=begins, guardian=each)
        for each in event.values["guardians"]
    )


def _guardians_cancelled(session: Session, event: DecodedEvent) -> None:
    _forget_circles(session, event)


def _forget_circles(session: Session, event: DecodedEvent, *, begins: int | None = None) -> None:
    """Those that have not begun, and one that begins at the same second as the next."""
    for table in (CircleRow, GuardianRow):
        gone = or_(table.begins > event.block.time, table.begins == begins)
        session.execute(delete(table).where(table.record == _record(event), gone))


def _recovery_opened(session: Session, event: DecodedEvent) -> None:
    record, values = _record(event), event.values
    circle = present_circle(session, record, at=event.block.time).begins
    session.execute(delete(WishRow).where(WishRow.record == record, WishRow.circle != circle))
    session.merge(
        WishRow(
            record=record,
            guardian=values["by"],
            controller=values["controller"],
            circle=circle,
            ready_at=values["readyAt"],
        )
    )


def _void(session: Session, event: DecodedEvent) -> None:
    session.execute(delete(WishRow).where(WishRow.record == _record(event)))


def _appointed(session: Session, event: DecodedEvent) -> None:
    powers, first, last, condition, key = event.values["delegation"]
    session.merge(
        DelegationRow(
            record=_record(event),
            delegate=event.values["delegate"],
            powers=powers,
            not_before=first,
            not_after=last,
            condition=condition,
            condition_key=key,
        )
    )


def _dismissed(session: Session, event: DecodedEvent) -> None:
    session.delete(session.get_one(DelegationRow, (_record(event), event.values["delegate"])))


PROJECTIONS = {
    ("Authority", "Enrolled"): _enrolled,
    ("Authority", "Rotated"): _handed_over,
    ("Authority", "GuardiansSet"): _guardians_set,
    ("Authority", "GuardiansCancelled"): _guardians_cancelled,
    ("Authority", "RecoveryOpened"): _recovery_opened,
    ("Authority", "RecoveryCancelled"): _void,
    ("Authority", "RecoveryFinished"): _handed_over,
    ("Authority", "Appointed"): _appointed,
    ("Authority", "Dismissed"): _dismissed,
    ("Authority", "Erased"): _erased,
}
