"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.exchange.tables import Agreement, LicenseNotice, Purchase


def erase(work: Work, record: RecordId) -> None:
    """Texts, purchases and notices; the hashes of the ledger are mute without their salts."""
    for table in (Agreement, Purchase, LicenseNotice):
        work.session.execute(delete(table).where(table.record == record_text(record)))
