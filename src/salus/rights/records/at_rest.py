"""What of records lies under the storage key, moved under the next one."""

from sqlalchemy.orm import Session

from salus.platform.storage import reseal_column
from salus.rights.records.deidentify.service import secret_at_rest
from salus.rights.records.summaries import summary_at_rest
from salus.rights.records.tables import EmergencySummary, ReleaseProject


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """The last emergency summaries, and the keys of pseudonyms."""
    keys = (old, new)
    reseal_column(session, EmergencySummary, "sealed", ("record",), summary_at_rest, keys=keys)
    reseal_column(session, ReleaseProject, "sealed", ("project",), secret_at_rest, keys=keys)
