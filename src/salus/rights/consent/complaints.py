"""Complaints of patients about who looked, and what a privacy office answers."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.platform.notices import Kind, News
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.errors import ComplaintAnswered
from salus.rights.consent.tables import Complaint
from salus.rights.identity.notices.finding import staff_of
from salus.rights.identity.notices.service import tell


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
    """Keep a complaint for the privacy offices of this home, and tell them; its id."""
    made, at = secrets.token_hex(16), seconds(work.node.clock.now())
    work.session.add(
        Complaint(
            complaint=made,
            record=record_text(record),
            about=about,
            text=text,
            made_at=at,
            answer="",
            answered_at=0,
        )
    )
    offices = staff_of(work.session, work.node.home, Role.PRIVACY)
    path, key = "/app/privacy/complaints", f"complaint/{made}"
    tell(
        work,
        (News(each, Kind.REQUEST, key, path, at) for every in offices.values() for each in every),
    )
    return made


def reply(work: Work, complaint: str, text: str) -> None:
    """Say once what came of a complaint, and tell who made it. Raises ComplaintAnswered."""
    row = work.session.get_one(Complaint, complaint)
    if row.answered_at:
        raise ComplaintAnswered
    row.answer, row.answered_at = text, seconds(work.node.clock.now())
    owner = account_of(work.session, record_from_text(row.record))
    if owner is not None:
        key = f"complaint/{complaint}/answer"
        tell(work, [News(owner, Kind.REQUEST, key, "/app/looks", row.answered_at)])


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
