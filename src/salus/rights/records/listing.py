"""What a home knows of its records: sections, versions and owners."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId, record_from_text, record_text
from salus.rights.records import tables as t
from salus.rights.records.errors import UnknownRecord
from salus.rights.records.model import Place
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import newest_sealed


@dataclass(frozen=True, slots=True)
class Summary:
    """A record as `salus records` lists it."""

    record: RecordId
    patient: str
    version: int
    sections: dict[str, int]
    is_anchored: bool
    owners: dict[str, Address]
    """Who owns the record, under the empty name, and each divided section."""
    subject: Address | None


def summary(session: Session, record: RecordId) -> Summary:
    """Raises UnknownRecord."""
    text = record_text(record)
    subject = session.get(t.Subject, text)
    if subject is None:
        raise UnknownRecord(record=text)
    counted = _counted(session, text)
    sealed = newest_sealed(session, text)
    row = session.get(t.RecordRow, text)
    return Summary(
        record,
        subject.patient,
        sealed.number,
        {SECTIONS[code]: counted[code] for code in sorted(counted)},
        row is not None and row.root == sealed.root,
        {SECTIONS.get(each.section, ""): Address(each.owner) for each in _tokens(session, text)},
        Address(row.subject) if row else None,
    )


def _counted(session: Session, record: str) -> dict[int, int]:
    """How many resources each section has."""
    section = t.Resource.section
    by_section = select(section, func.count()).where(t.Resource.record == record).group_by(section)
    return {row[0]: row[1] for row in session.execute(by_section)}


def counted(session: Session, record: RecordId, places: Collection[Place]) -> dict[int, int]:
    """How many resources of a record lie in some of its units, by section."""
    place = (t.Resource.section, t.Resource.kind)
    mine = select(*place, func.count()).where(t.Resource.record == record_text(record))
    found: dict[int, int] = {}
    for section, kind, count in session.execute(mine.group_by(*place)):
        if Place(section, kind) in places:
            found[section] = found.get(section, 0) + count
    return found


def _tokens(session: Session, record: str) -> list[t.TokenRow]:
    mine = select(t.TokenRow).where(t.TokenRow.record == record).order_by(t.TokenRow.section)
    return list(session.scalars(mine))


def records(session: Session) -> list[Summary]:
    found = session.scalars(select(t.Subject.record).order_by(t.Subject.patient))
    return [summary(session, record_from_text(each)) for each in found]
