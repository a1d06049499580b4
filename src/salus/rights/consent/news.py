"""Of what consent tells people: shares that end soon, decisions that wait, recoveries, what was
signed for them, and a record that has changed.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, record_from_text
from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.authority.tables import ActedRow, Claimed, GuardianRow, WishRow
from salus.rights.consent.authority.telling import Happened, about
from salus.rights.consent.model import Effect, GrantState
from salus.rights.consent.tables import GrantRow
from salus.rights.identity.notices.finding import guardians_of
from salus.rights.records.tables import RecordRow

SOON = 3 * 86_400  # seconds


def news(node: Node, session: Session) -> Iterator[News]:
    yield from _ending(session, seconds(node.clock.now()))
    yield from _recoveries(session, seconds(node.clock.now()))
    yield from _acted(session)
    yield from _versions(node, session)


def _ending(session: Session, now: int) -> Iterator[News]:
    """Shares that live and end within three days."""
    rows = session.execute(
        select(GrantRow.grant, GrantRow.not_after, Claimed.account)
        .join(Claimed, Claimed.record == GrantRow.record)
        .where(
            GrantRow.state == GrantState.LIVE,
            GrantRow.effect == Effect.PERMIT,
            GrantRow.not_after > now,
            GrantRow.not_after <= now + SOON,
            GrantRow.not_after - GrantRow.not_before > SOON,  # short ones end as they were meant to
        )
    )
    for grant, not_after, account in rows:
        at = not_after - SOON
        yield News(account, Kind.SHARE_ENDING, f"ends/{grant.hex()}", "/app/shares", at)


def _acted(session: Session) -> Iterator[News]:
    """What somebody signed in the place of the patient."""
    rows = session.execute(
        select(ActedRow.id, ActedRow.at, Claimed.account).join(
            Claimed, Claimed.record == ActedRow.record
        )
    )
    for id_, at, account in rows:
        yield News(account, Kind.DELEGATE, f"acted/{id_}", "/app/people", at)


def _versions(node: Node, session: Session) -> Iterator[News]:
    """A source wrote something new, as the ledger has it; the first version is no news."""
    rows = session.execute(
        select(RecordRow.record, RecordRow.version)
        .join(Claimed, Claimed.record == RecordRow.record)
        .where(RecordRow.version > 1)
    )
    for record, version in rows:
        key, at = f"version/{record}/{version}", seconds(node.clock.now())
        it = Happened(Kind.RECORD_CHANGED, key, "/app/record", at)
        yield from about(node, session, record_from_text(record), it)


def _recoveries(session: Session, now: int) -> Iterator[News]:
    """The owner hears of each that runs; the other guardians of each that needs them."""
    rows = session.scalars(select(WishRow)).all()
    people = guardians_of(session) if rows else {}
    for row in rows:
        key = f"recovery/{row.record}/{row.controller.hex()}"
        owner = account_of(session, record_from_text(row.record))
        if owner is not None:
            yield News(owner, Kind.RECOVERY, key, "/app/people", now)
        circle = select(GuardianRow.guardian).where(
            GuardianRow.record == row.record, GuardianRow.begins == row.circle
        )
        for guardian in session.scalars(circle):
            account = people.get(Address(guardian))
            if account is not None and guardian != row.guardian:
                yield News(account, Kind.APPROVAL, key, "/app/approvals", now)
