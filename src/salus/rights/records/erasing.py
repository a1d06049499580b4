"""What a source deletes of its own rows when a record, or a part of it, is erased."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, UnitId, record_text
from salus.platform.work import Work
from salus.rights.records import tables as t
from salus.rights.records.model import ObjectLeaf, Version
from salus.rights.records.service import KnownUnit, snapshots_of, units_of


def erase(work: Work, record: RecordId) -> None:
    """Whose record it is, its salts and pseudonym, what it held: the handle means nobody now."""
    text = record_text(record)
    for table in (
        t.EmergencySummary,
        t.Object,
        t.Resource,
        t.SealedVersion,
        t.Unit,
        t.Subject,
    ):
        work.session.execute(delete(table).where(table.record == text))


def erase_units(session: Session, record: RecordId, units: Sequence[UnitId]) -> None:
    """The salts of units and what was in them. Versions stay: they prove the other units."""
    text = record_text(record)
    for unit in units:
        row = session.get(t.Unit, unit)
        if row is None:
            continue
        of_unit = (
            t.Resource.record == text,
            t.Resource.section == row.section,
            t.Resource.kind == row.kind,
        )
        session.execute(delete(t.Resource).where(*of_unit))
        session.execute(delete(t.Object).where(t.Object.unit == unit))
        session.delete(row)
        session.flush()


def bodies_of(session: Session, units: Sequence[UnitId]) -> list[bytes]:
    """The names under which the vault keeps what is in units."""
    return [
        root
        for unit in units
        for root in session.scalars(select(t.Object.segment_root).where(t.Object.unit == unit))
    ]


def units_in(session: Session, record: RecordId, sections: Sequence[str]) -> list[KnownUnit]:
    """Every unit of sections: restricted ones and copies for single grants too.

    Raises UnknownSection.
    """
    return [*units_of(session, record, sections), *snapshots_of(session, record, sections)]


def roots_of(session: Session, record: RecordId) -> list[bytes]:
    """The roots of every version that this source sealed."""
    mine = select(t.SealedVersion.root).where(t.SealedVersion.record == record_text(record))
    return list(session.scalars(mine))


def living_objects(session: Session, version: Version | None) -> tuple[ObjectLeaf, ...]:
    """The objects of a version that were not erased since: the next version goes on with them."""
    if version is None:
        return ()
    record = record_text(version.header.record)
    mine = set(session.scalars(select(t.Object.object_id).where(t.Object.record == record)))
    return tuple(leaf for leaf in version.objects if leaf.object_id in mine)
