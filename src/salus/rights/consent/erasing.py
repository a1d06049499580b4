"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.rights.consent.audit import service as audit
from salus.rights.consent.authority.tables import Candidate
from salus.rights.consent.tables import Controller, GrantTerms


def erase(work: Work, record: RecordId) -> None:
    """The terms and salts of grants, and the keys of its control, which can do nothing any more."""
    audit.erase(work.session, record)
    for table in (GrantTerms, Controller, Candidate):
        work.session.execute(delete(table).where(table.record == record_text(record)))
