"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.lending.tables import KeptOffer, LoanNotice


def erase(work: Work, record: RecordId) -> None:
    """Offers with their agreements, whose hashes say nothing without their salts, and notices."""
    for table in (KeptOffer, LoanNotice):
        work.session.execute(delete(table).where(table.record == record_text(record)))
