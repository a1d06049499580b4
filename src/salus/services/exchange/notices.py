"""Who is told of licenses and sales: the patient, who bought, and the owner where it is another.

Notices are made from the index, so one that a crash prevented is written by the next command.
Writing them twice is writing them once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, RecordId, record_from_text, record_text
from salus.platform.database import insert_missing
from salus.platform.work import Node
from salus.rights.consent.ledger import account_of, controller_of
from salus.rights.identity.ledger import Views
from salus.rights.records.tables import Subject
from salus.services.exchange.ledger import owner_of
from salus.services.exchange.model import SaleState
from salus.services.exchange.tables import LicenseNotice, LicenseRow, Purchase, SaleRow


class Step(Enum):
    """What a notice tells."""

    ISSUED = "issued"
    RENEWED = "renewed"
    CANCELED = "canceled"
    PRUNED = "pruned"
    ENDED = "ended"
    OPENED = "opened"
    COMPLETED = "completed"
    ABORTED = "aborted"


class Told(Enum):
    """As whom somebody is told."""

    SUBJECT = "subject"
    OWNER = "owner"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class Notified:
    """One notice of a license or a sale by its number; `at` is in seconds."""

    subject: int
    record: RecordId
    step: Step
    told: Address
    role: Told
    at: int


@dataclass(frozen=True, slots=True)
class _Happened:
    subject: str
    record: str
    section: int
    buyer: bytes
    step: Step
    at: int


def tell(node: Node, record: RecordId | None = None) -> None:
    """Write every notice of a record, or of all, that is not written yet, in one transaction."""
    with node.reading() as session:
        told = {(each.subject, each.step, each.at) for each in notices(session, record)}
        news = [
            each
            for each in (*_of_licenses(session, record), *_of_sales(session, record))
            if (int(each.subject, 16), each.step, each.at) not in told
        ]
    rows = [row for each in news for row in _rows(node, each)]
    if rows:
        with node.sessions() as session, session.begin():
            insert_missing(session, LicenseNotice, rows)


def _here(table: type[LicenseRow] | type[SaleRow], record: RecordId | None) -> ColumnElement[bool]:
    """What concerns a record of this node, or was bought from here."""
    if record is not None:
        return table.record == record_text(record)
    return or_(table.record.in_(select(Subject.record)), table.id.in_(select(Purchase.id)))


def _of_licenses(session: Session, record: RecordId | None) -> Iterator[_Happened]:
    for row in session.scalars(select(LicenseRow).where(_here(LicenseRow, record))):
        steps = (
            (Step.ISSUED, row.issued_at),
            (Step.RENEWED, row.renewed_at),
            (Step.CANCELED, row.canceled_at),
            (Step.PRUNED, row.pruned_at),
            (Step.ENDED, row.ended_at),
        )
        for step, at in steps:
            if at:
                yield _Happened(row.id, row.record, row.section, row.licensee, step, at)


def _of_sales(session: Session, record: RecordId | None) -> Iterator[_Happened]:
    closing = {SaleState.COMPLETED: Step.COMPLETED, SaleState.ABORTED: Step.ABORTED}
    for row in session.scalars(select(SaleRow).where(_here(SaleRow, record))):
        place = (row.id, row.record, row.section, row.buyer)
        yield _Happened(*place, Step.OPENED, row.opened_at)
        if row.state in closing:
            yield _Happened(*place, closing[SaleState(row.state)], row.closed_at)


def _rows(node: Node, each: _Happened) -> Iterator[dict[str, object]]:
    """Everybody once, under the first role that fits."""
    seen: set[Address] = set()
    for role, address in _recipients(node, each):
        if address != NOBODY and address not in seen:
            seen.add(address)
            yield {
                "subject": each.subject,
                "step": each.step.value,
                "told": address,
                "at": each.at,
                "record": each.record,
                "role": role.value,
            }


def _recipients(node: Node, each: _Happened) -> Iterator[tuple[Told, Address]]:
    """The account of a patient is the patient, who is told under the key that controls it."""
    record = record_from_text(each.record)
    owner = owner_of(Views(node), record << 8 | each.section, at=node.ledger.final())
    yield Told.SUBJECT, controller_of(node, record)
    yield Told.BUYER, Address(each.buyer)
    if owner != account_of(node, record):
        yield Told.OWNER, owner


def notices(session: Session, record: RecordId | None = None) -> list[Notified]:
    """Of one record or of all, newest first."""
    rows = select(LicenseNotice).order_by(
        LicenseNotice.at.desc(), LicenseNotice.subject, LicenseNotice.step, LicenseNotice.told
    )
    if record is not None:
        rows = rows.where(LicenseNotice.record == record_text(record))
    return [
        Notified(
            int(row.subject, 16),
            record_from_text(row.record),
            Step(row.step),
            Address(row.told),
            Told(row.role),
            row.at,
        )
        for row in session.scalars(rows)
    ]
