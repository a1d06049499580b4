"""Of what consent tells people: shares that end soon, decisions that wait, recoveries."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, record_from_text
from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.authority.tables import Claimed, GuardianRow, WishRow
from salus.rights.consent.model import Effect, GrantState
from salus.rights.consent.tables import GrantRow
from salus.rights.identity.notices.finding import guardians_of

SOON = 3 * 86_400  # seconds


def news(node: Node, session: Session) -> Iterator[News]:
    yield from _ending(session, seconds(node.clock.now()))
    yield from _recoveries(session, seconds(node.clock.now()))


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
