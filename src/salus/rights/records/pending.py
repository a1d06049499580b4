"""Tokens that wait for new keys, as the events of RecordRegistry say."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.records.tables import PendingRekey


@dataclass(frozen=True, slots=True)
class Pending:
    """A record, or a detached section by its code; `deadline` of a sale in seconds, else 0."""

    record: RecordId
    section: int
    epoch: int
    deadline: int

    @property
    def is_sale(self) -> bool:
        """Whether the exchange completes it."""
        return self.deadline != 0


def pending(session: Session) -> list[Pending]:
    """Every token that waits for new keys, as far as this node has seen."""
    rows = session.scalars(select(PendingRekey).order_by(PendingRekey.record, PendingRekey.section))
    return [
        Pending(record_from_text(row.record), row.section, row.epoch, row.deadline) for row in rows
    ]


def _requested(session: Session, event: DecodedEvent) -> None:
    token = event.values["tokenId"]
    session.merge(
        PendingRekey(
            record=record_text(RecordId(token >> 8)),
            section=token & 0xFF,
            epoch=event.values["epoch"],
            deadline=event.values["deadline"],
        )
    )


def over(session: Session, event: DecodedEvent) -> None:
    """New keys are in force, or the sale that asked for them came to nothing."""
    token = event.values["tokenId"]
    session.execute(
        delete(PendingRekey).where(
            PendingRekey.record == record_text(RecordId(token >> 8)),
            PendingRekey.section == token & 0xFF,
        )
    )


PROJECTIONS = {
    ("RecordRegistry", "RekeyRequested"): _requested,
    ("RecordRegistry", "RekeyAborted"): over,
}
