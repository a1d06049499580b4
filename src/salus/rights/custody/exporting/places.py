"""Where the files lie, and that they go with a record that is erased."""

from pathlib import Path

from sqlalchemy import select

from salus.kernel.ids import RecordId, record_text
from salus.platform.work import Work
from salus.rights.custody.exporting.tables import ExportRow

FOLDER = Path("node") / "exports"


def place_of(home: Path, made: str) -> Path:
    return home / FOLDER / f"{made}.sealed"


def forget(work: Work, record: RecordId) -> None:
    """Files with a record that is erased. Without their rows nobody finds or fetches them."""
    mine = ExportRow.records.contains(record_text(record))
    for row in work.session.scalars(select(ExportRow).where(mine)).all():
        if work.node.home is not None:
            place_of(work.node.home, row.id).unlink(missing_ok=True)
        work.session.delete(row)
