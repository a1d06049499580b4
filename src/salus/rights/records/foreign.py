"""Units of records that another home keeps, as a reader needs them to ask for their keys."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.rights.records import tables as t
from salus.rights.records.service import KnownUnit


def keep_foreign_units(session: Session, record: RecordId, units: Iterable[KnownUnit]) -> None:
    """Units that are known here already stay as they are."""
    for unit in units:
        if session.get(t.Unit, unit.id) is None:
            session.add(
                t.Unit(
                    unit=unit.id,
                    record=record_text(record),
                    section=unit.place.section,
                    kind=unit.place.kind,
                    salt=unit.salt,
                    objects=unit.objects,
                )
            )
