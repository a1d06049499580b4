"""The last emergency summary of each record, at rest at its source."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.storage import guard
from salus.rights.records.tables import EmergencySummary, Subject


def keep_summary(session: Session, record: RecordId, raw: bytes, *, storage_key: bytes) -> None:
    """Part of the one transaction of a version."""
    text = record_text(record)
    guard(session, storage_key)
    sealed = seal_at_rest(storage_key, summary_at_rest(text), raw)
    session.merge(EmergencySummary(record=text, sealed=sealed))


def summary_of(session: Session, patient: str, *, storage_key: bytes) -> bytes | None:
    """The summary that was sealed last for a patient; None when there is none."""
    row = session.scalar(
        select(EmergencySummary)
        .join(Subject, Subject.record == EmergencySummary.record)
        .where(Subject.patient == patient)
    )
    return open_at_rest(storage_key, summary_at_rest(row.record), row.sealed) if row else None


def summary_at_rest(record: str) -> bytes:
    return EmergencySummary.__tablename__.encode() + record.encode()
