"""Rows of the index: openings, uses of cards, and which organizations are linked."""

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, record_text
from salus.platform.ledger import DecodedEvent
from salus.services.emergency.tables import LinkRow, OpeningRow

NOTHING = bytes(32)


def _row(event: DecodedEvent) -> OpeningRow:
    values = event.values
    return OpeningRow(
        id=values["id"],
        record=record_text(values["record"]),
        site=values["site"],
        reason=values.get("reason", NOTHING),
        scope=values.get("scope", 0),
        second=NOBODY,
        verdict=0,
        finding=NOTHING,
        opened_at=0,
        expires_at=values.get("expiresAt", 0),
        widened_at=0,
        closed_at=0,
        reviewed_at=0,
        used_at=values.get("usedAt", 0),
    )


def _opened(session: Session, event: DecodedEvent) -> None:
    row = _row(event)
    row.opened_at = event.block.time
    session.add(row)


def _card_used(session: Session, event: DecodedEvent) -> None:
    session.add(_row(event))


def _known(session: Session, event: DecodedEvent) -> OpeningRow:
    return session.get_one(OpeningRow, event.values["id"])


def _widened(session: Session, event: DecodedEvent) -> None:
    row = _known(session, event)
    row.second, row.scope = event.values["second"], event.values["scope"]
    row.widened_at = event.block.time


def _closed(session: Session, event: DecodedEvent) -> None:
    row = _known(session, event)
    row.closed_at = row.expires_at = event.block.time


def _reviewed(session: Session, event: DecodedEvent) -> None:
    row = _known(session, event)
    row.verdict, row.finding = event.values["verdict"], event.values["finding"]
    row.reviewed_at = event.block.time


def _linked(session: Session, event: DecodedEvent) -> None:
    org, other = event.values["org"], event.values["other"]
    session.merge(LinkRow(org=org, other=other))
    session.merge(LinkRow(org=other, other=org))


PROJECTIONS = {
    ("Organizations", "Linked"): _linked,
    ("EmergencyAccess", "BreakGlassOpened"): _opened,
    ("EmergencyAccess", "BreakGlassWidened"): _widened,
    ("EmergencyAccess", "BreakGlassClosed"): _closed,
    ("EmergencyAccess", "BreakGlassReviewed"): _reviewed,
    ("EmergencyAccess", "OfflineCardUsed"): _card_used,
}
