"""Complaints of patients about who looked, and what a privacy office answers."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.rights.consent.errors import ComplaintAnswered
from salus.rights.consent.tables import Complaint


@dataclass(frozen=True, slots=True)
class Complained:
    """`about` is the look in words; `answered` is None while the office has said nothing."""

    id: str
    record: str
    about: str
    text: str
    made: datetime
    answer: str
    answered: datetime | None


def complain(work: Work, record: RecordId, *, about: str, text: str) -> str:
    """Keep a complaint for the privacy offices of this home; its id."""
    made = secrets.token_hex(16)
    work.session.add(
        Complaint(
            complaint=made,
            record=record_text(record),
            about=about,
            text=text,
            made_at=seconds(work.node.clock.now()),
            answer="",
            answered_at=0,
        )
    )
    return made


def reply(work: Work, complaint: str, text: str) -> None:
    """Say once what came of a complaint. Raises ComplaintAnswered."""
    row = work.session.get_one(Complaint, complaint)
    if row.answered_at:
        raise ComplaintAnswered
    row.answer, row.answered_at = text, seconds(work.node.clock.now())


def complaints(session: Session, records: Collection[RecordId] | None = None) -> list[Complained]:
    """Of some records, or of all, the newest first."""
    rows = select(Complaint).order_by(Complaint.made_at.desc(), Complaint.complaint)
    if records is not None:
        rows = rows.where(Complaint.record.in_([record_text(each) for each in records]))
    return [
        Complained(
            row.complaint,
            row.record,
            row.about,
            row.text,
            moment(row.made_at),
            row.answer,
            moment(row.answered_at) if row.answered_at else None,
        )
        for row in session.scalars(rows)
    ]
