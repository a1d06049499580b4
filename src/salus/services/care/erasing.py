"""What goes with a record that is erased."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.services.care.tables import PartyKey, SealedLetter, SealedPaper


def erase(work: Work, record: RecordId) -> None:
    """Letters, papers and the keys of their sides; the ledger's hashes are mute without them."""
    for table in (SealedLetter, SealedPaper, PartyKey):
        work.session.execute(delete(table).where(table.record == record_text(record)))
