"""Asking a patient for access, and what the patient answers.

Whoever asks learns nothing by it: a record that is not there, one whose patient is not here yet,
and a patient who wants to hear no more of him all look like a request that waits.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import Address, RecordId, record_from_text, record_text
from salus.platform.notices import Kind, News
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.consent.asking.errors import RequestAnswered, TooManyRequests
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.authority.telling import Happened, about
from salus.rights.consent.model import Purpose
from salus.rights.consent.tables import RequestRow
from salus.rights.identity.notices.finding import staff_of
from salus.rights.identity.notices.service import tell

MOST = 5
"""Requests of one organization that may wait for one patient at the same time."""
_HEARD = (
    select(RequestRow)
    .where(RequestRow.record.in_(bindparam("records", expanding=True)), RequestRow.is_heard)
    .order_by(RequestRow.made_at.desc(), RequestRow.id)
)
"""Put together once: every first page asks."""


class Answer(StrEnum):
    """What became of a request; NEVER: the patient wants no more of them from who asked."""

    WAITING = "waiting"
    GRANTED = "granted"
    DECLINED = "declined"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: which sections by name, what for, until when, and why in words."""

    sections: tuple[str, ...]
    purpose: Purpose
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, who made it for which record, and its answer."""

    id: str
    record: str
    asker: Address
    wanted: Wanted
    made: datetime
    answer: Answer


def ask(work: Work, record: RecordId, asker: Address, wanted: Wanted) -> None:
    """Ask the patient of a record, and tell the patient. Raises TooManyRequests."""
    at, made = seconds(work.node.clock.now()), secrets.token_hex(16)
    if _waiting(work.session, record, asker) >= MOST:
        raise TooManyRequests
    is_heard = account_of(work.session, record) is not None and not _is_silenced(
        work.session, record, asker
    )
    work.session.add(
        RequestRow(
            id=made,
            record=record_text(record),
            asker=asker,
            sections=" ".join(wanted.sections),
            purpose=wanted.purpose.name,
            until=seconds(wanted.until),
            why=wanted.why,
            made_at=at,
            is_heard=is_heard,
            answer=Answer.WAITING,
        )
    )
    if is_heard:
        it = Happened(Kind.REQUEST, f"request/{made}", "/app/requests", at)
        tell(work, about(work.node, work.session, record, it))


def _waiting(session: Session, record: RecordId, asker: Address) -> int:
    mine = select(func.count()).where(
        RequestRow.record == record_text(record),
        RequestRow.asker == asker,
        RequestRow.answer == Answer.WAITING,
    )
    return session.scalar(mine) or 0


def _is_silenced(session: Session, record: RecordId, asker: Address) -> bool:
    mine = select(RequestRow.id).where(
        RequestRow.record == record_text(record),
        RequestRow.asker == asker,
        RequestRow.answer == Answer.NEVER,
    )
    return session.scalars(mine.limit(1)).first() is not None


def settle(work: Work, request: str, said: Answer) -> None:
    """Say once what becomes of a request, and tell who asked. Raises RequestAnswered."""
    row = work.session.get_one(RequestRow, request)
    if row.answer != Answer.WAITING:
        raise RequestAnswered
    row.answer = said
    staff = staff_of(work.session, work.node.home, Role.CLINICIAN).get(Address(row.asker), [])
    key, at = f"request/{request}/answer", seconds(work.node.clock.now())
    tell(work, [News(each, Kind.REQUEST, key, "/app/clinic/ask", at) for each in staff])


def heard(session: Session, records: Collection[str]) -> list[Asked]:
    """The requests that patients of records were told of, newest first."""
    return _listed(session.scalars(_HEARD, {"records": list(records)}))


def made_by(session: Session, asker: Address) -> list[Asked]:
    """What an organization asked for, newest first."""
    rows = select(RequestRow).where(RequestRow.asker == asker)
    newest = rows.order_by(RequestRow.made_at.desc(), RequestRow.id)
    return _listed(session.scalars(newest))


def _listed(rows: Iterable[RequestRow]) -> list[Asked]:
    return [
        Asked(
            row.id,
            row.record,
            Address(row.asker),
            Wanted(tuple(row.sections.split()), Purpose[row.purpose], moment(row.until), row.why),
            moment(row.made_at),
            Answer(row.answer),
        )
        for row in rows
    ]


def record_asked(text: str) -> RecordId | None:
    """The record that a number says, however it was typed; None for what is no number of one."""
    plain = "".join(text.split()).replace("-", "").lower()
    try:
        return record_from_text(plain)
    except ValueError:
        return None
