"""What a reader may ask for now: the shares that name it, as this node knows them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, GrantId, RecordId, record_text
from salus.rights.consent.model import Effect, GrantState, Purpose
from salus.rights.consent.service import Granted, granted_of
from salus.rights.consent.tables import GrantRow, GrantTerms


def shares_with(
    session: Session,
    reader: Address,
    purpose: Purpose,
    *,
    now: datetime,
    record: RecordId | None = None,
) -> list[Granted]:
    """The live permits of a reader for a purpose, of one record or all, the newest first.

    What it finds is a question to ask; whether it is answered, the keepers decide.
    """
    asked = (
        select(GrantTerms.grant)
        .join(GrantRow, GrantRow.grant == GrantTerms.grant)
        .where(GrantRow.state == int(GrantState.LIVE), GrantRow.effect == int(Effect.PERMIT))
        .where(GrantRow.not_after >= seconds(now))
    )
    if record is not None:
        asked = asked.where(GrantTerms.record == record_text(record))
    found = [granted_of(session, GrantId(each)) for each in session.scalars(asked)]
    mine = [each for each in found if _allows(each, reader, purpose, now)]
    return sorted(mine, key=lambda each: each.terms.not_before, reverse=True)


def _allows(granted: Granted, reader: Address, purpose: Purpose, now: datetime) -> bool:
    terms = granted.terms
    is_meant = reader in terms.clause.readers and purpose.name in terms.clause.purposes
    return is_meant and terms.not_before <= now < terms.not_after
