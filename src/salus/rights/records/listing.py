"""What a home knows of its records: sections, versions and owners."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId, record_from_text, record_text
from salus.rights.records import tables as t
from salus.rights.records.errors import UnknownRecord
from salus.rights.records.model import Place
from salus.rights.records.sections import SECTIONS


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
    asked = {"record": text}
    newest = session.execute(_NEWEST, asked).one_or_none()
    if newest is None:
        raise UnknownRecord(record=text)
    patient, number, sealed, anchored, subject = newest
    return Summary(
        record,
        patient,
        number,
        {SECTIONS[code]: count for code, count in session.execute(_COUNTED, asked)},
        anchored == sealed,
        {SECTIONS.get(code, ""): Address(owner) for code, owner in session.execute(_OWNED, asked)},
        None if subject is None else Address(subject),
    )


_RECORD: BindParameter[str] = bindparam(
    "record"
)  # every page of a patient asks: these are put together once
_NEWEST = (
    select(
        t.Subject.patient,
        t.SealedVersion.number,
        t.SealedVersion.root,
        t.RecordRow.root,
        t.RecordRow.subject,
    )
    .join(t.SealedVersion, t.SealedVersion.record == t.Subject.record)
    .outerjoin(t.RecordRow, t.RecordRow.record == t.Subject.record)
    .where(t.Subject.record == _RECORD)
    .order_by(t.SealedVersion.number.desc())
    .limit(1)
)
_COUNTED = (
    select(t.Resource.section, func.count())
    .where(t.Resource.record == _RECORD)
    .group_by(t.Resource.section)
    .order_by(t.Resource.section)
)
_OWNED = (
    select(t.TokenRow.section, t.TokenRow.owner)
    .where(t.TokenRow.record == _RECORD)
    .order_by(t.TokenRow.section)
)


def counted(session: Session, record: RecordId, places: Collection[Place]) -> dict[int, int]:
    """How many resources of a record lie in some of its units, by section."""
    place = (t.Resource.section, t.Resource.kind)
    mine = select(*place, func.count()).where(t.Resource.record == record_text(record))
    found: dict[int, int] = {}
    for section, kind, count in session.execute(mine.group_by(*place)):
        if Place(section, kind) in places:
            found[section] = found.get(section, 0) + count
    return found


def records(session: Session) -> list[Summary]:
    found = session.scalars(select(t.Subject.record).order_by(t.Subject.patient))
    return [summary(session, record_from_text(each)) for each in found]
