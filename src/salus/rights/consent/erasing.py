"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.rights.consent.audit import service as audit
from salus.rights.consent.authority.tables import (
    ActedRow,
    ActingRow,
    Candidate,
    Claimed,
    Invitation,
)
from salus.rights.consent.licensing.tables import StandingTerms
from salus.rights.consent.tables import (
    Complaint,
    Controller,
    GrantTerms,
    ReportSalt,
    RequestRow,
    TriggerName,
)

TERMS = (GrantTerms, TriggerName, ReportSalt, StandingTerms, Complaint, RequestRow)
CONTROL = (Controller, Candidate, Invitation, Claimed, ActingRow, ActedRow)


def erase(work: Work, record: RecordId) -> None:
    """The terms and salts of grants, reports and licenses, and whose the record was."""
    audit.erase(work.session, record)
    for table in (*TERMS, *CONTROL):
        work.session.execute(delete(table).where(table.record == record_text(record)))
