"""What of a record a visitor may read: all for the patient; for a delegate it is decided anew at
each page, as the keepers decide it, and what is not open to him is not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from sqlalchemy.orm import Session

from salus.platform.web.portal import PageMissing, Visit
from salus.rights.consent.explaining.service import open_to_delegate
from salus.rights.consent.pages.mine import Mine, mine
from salus.rights.records.listing import counted
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit, units_of


def readable(visit: Visit, of: Mine, units: Sequence[KnownUnit]) -> list[KnownUnit]:
    """Those of some units that the visitor may read now."""
    if visit.acting is None:
        return list(units)
    return open_to_delegate(visit.node, of.record, of.key.address, units)


def shown(visit: Visit, session: Session) -> list[Mine]:
    """The records of the visitor with the sections, and as many entries, as he may read."""
    records = mine(visit, session)
    if visit.acting is None:
        return records
    return visit.once((shown, tuple(visit.acting.records)), lambda: _open(visit, session, records))


def _open(visit: Visit, session: Session, records: Sequence[Mine]) -> list[Mine]:
    found = []
    for of in records:
        open_ = readable(visit, of, units_of(session, of.record, of.summary.sections))
        counts = counted(session, of.record, {unit.place for unit in open_})
        sections = {SECTIONS[code]: count for code, count in sorted(counts.items())}
        found.append(replace(of, summary=replace(of.summary, sections=sections)))
    return found


def shown_one(visit: Visit, session: Session, record: str) -> Mine:
    """The same of one record. Raises PageMissing, also for one of others."""
    for of in shown(visit, session):
        if of.text == record:
            return of
    raise PageMissing


def shelf_of(visit: Visit, of: Mine) -> str:
    """Under which name opened sections lie: a delegate's ends with what he may read by now."""
    if visit.acting is None:
        return visit.session
    with visit.node.reading() as session:
        units = units_of(session, of.record, of.summary.sections)
    open_ = sorted(unit.id for unit in readable(visit, of, units))
    mark = sha256(b"".join(open_)).hexdigest()
    return f"{visit.session}+{mark[:16]}"
