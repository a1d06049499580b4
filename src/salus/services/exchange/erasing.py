"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.exchange.tables import Agreement, Draft, LicenseNotice, Purchase


def erase(work: Work, record: RecordId) -> None:
    """Texts, drafts, purchases and notices; the ledger's hashes are mute without their salts."""
    for table in (Agreement, Draft, Purchase, LicenseNotice):
        work.session.execute(delete(table).where(table.record == record_text(record)))
