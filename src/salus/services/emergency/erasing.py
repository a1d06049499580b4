"""What goes with a record that is erased."""

from sqlalchemy import delete, select

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.emergency.tables import CardMade, FindingTerms, Notice, OpeningRow, OpeningTerms


def erase(work: Work, record: RecordId) -> None:
    """Notices, and what the commitments of reasons and findings stand for."""
    session, text = work.session, record_text(record)
    openings = select(OpeningRow.id).where(OpeningRow.record == text)
    findings = select(OpeningRow.finding).where(OpeningRow.record == text)
    session.execute(delete(OpeningTerms).where(OpeningTerms.id.in_(openings)))
    session.execute(delete(FindingTerms).where(FindingTerms.commitment.in_(findings)))
    for table in (Notice, CardMade):
        session.execute(delete(table).where(table.record == text))
