"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.lending.tables import KeptOffer


def erase(work: Work, record: RecordId) -> None:
    """Offers and the texts of agreements; the ledger's hashes say nothing without their salts."""
    work.session.execute(delete(KeptOffer).where(KeptOffer.record == record_text(record)))
