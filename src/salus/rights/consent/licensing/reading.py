"""What the index knows of what may be licensed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Digest, RecordId, record_text
from salus.rights.consent.licensing.model import LICENSABLE, NOTHING, Policy, policy_at
from salus.rights.consent.licensing.tables import GateRow, PolicyRow, StandingRow, StandingTerms


@dataclass(frozen=True, slots=True)
class KnownGate:
    """The gate of a section; `closed_at` in seconds, 0 while it is open."""

    section: int
    generation: int = 0
    closed_at: int = 0


def known_policy(session: Session, record: RecordId) -> tuple[Policy, int]:
    """What may be licensed, and how often that was said; nothing before the first."""
    row = session.get(PolicyRow, record_text(record))
    if row is None:
        return NOTHING, 0
    duo = int.from_bytes(row.duo, "big")
    return policy_at(row.mask, duo, row.uses, row.regions), row.seq


def known_gates(session: Session, record: RecordId) -> list[KnownGate]:
    """The gate of every section that can be licensed."""
    rows = session.scalars(select(GateRow).where(GateRow.record == record_text(record)))
    known = {row.section: KnownGate(row.section, row.generation, row.closed_at) for row in rows}
    return [known.get(section, KnownGate(section)) for section in LICENSABLE]


def standing_terms(session: Session, record: RecordId) -> tuple[bytes, Digest] | None:
    """The standing terms in force and their salt; None without any, or where they are not here."""
    row = session.get(StandingRow, record_text(record))
    kept = session.get(StandingTerms, row.commitment) if row else None
    return (kept.terms, Digest(kept.salt)) if kept else None
