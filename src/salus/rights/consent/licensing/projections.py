"""From the events of LicensingPolicy to rows of the index."""

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.consent.licensing.tables import GateRow, PolicyRow, StandingRow


def _record(event: DecodedEvent) -> str:
    return record_text(RecordId(event.values["record"]))


def _policy_set(session: Session, event: DecodedEvent) -> None:
    mask, duo, uses, regions, seq = event.values["policy"]
    session.merge(
        PolicyRow(
            record=_record(event),
            mask=mask,
            duo=duo.to_bytes(8, "big"),
            uses=uses,
            regions=regions,
            seq=seq,
        )
    )


def _standing_set(session: Session, event: DecodedEvent) -> None:
    commitment, seq = event.values["commitment"], event.values["seq"]
    session.merge(StandingRow(record=_record(event), commitment=commitment, seq=seq))


def _section_closed(session: Session, event: DecodedEvent) -> None:
    _keep_gate(session, event, closed_at=event.block.time)


def _section_reopened(session: Session, event: DecodedEvent) -> None:
    _keep_gate(session, event, closed_at=0)


def _keep_gate(session: Session, event: DecodedEvent, *, closed_at: int) -> None:
    record, section = divmod(event.values["sectionId"], 2**8)
    session.merge(
        GateRow(
            record=record_text(RecordId(record)),
            section=section,
            generation=event.values["generation"],
            closed_at=closed_at,
        )
    )


PROJECTIONS = {
    ("LicensingPolicy", "LicensingPolicySet"): _policy_set,
    ("LicensingPolicy", "StandingSet"): _standing_set,
    ("LicensingPolicy", "SectionClosed"): _section_closed,
    ("LicensingPolicy", "SectionReopened"): _section_reopened,
}
