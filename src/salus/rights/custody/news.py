"""Of what custody tells a patient: looks of others, and erasures."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, record_from_text
from salus.platform.notices import Kind, News
from salus.platform.work import Node
from salus.rights.consent.authority.claiming import account_of
from salus.rights.consent.ledger import controller_of
from salus.rights.custody import household
from salus.rights.custody.erasure.tables import ErasureRow, WishRow
from salus.rights.custody.tables import Look

LATELY = 3 * 86_400  # seconds: what is older was told
_DAY = 86_400


def news(node: Node, session: Session) -> Iterator[News]:
    yield from _looks(node, session)
    yield from _erasures(session)


def _looks(node: Node, session: Session) -> Iterator[News]:
    """One a day for each record, as the gateway saw them, which is asked for every key.

    Of a gateway in another home only the patient can ask, with his key: see the page of looks.
    """
    since = seconds(node.clock.now()) - LATELY
    rows = _seen(node, since)
    own = {record: controller_of(node, record_from_text(record)) for record in {r[0] for r in rows}}
    for record, reader, at in rows:
        account = account_of(session, record_from_text(record))
        if account is not None and Address(reader) != own[record]:
            yield News(account, Kind.ACCESS, f"look/{record}/{at // _DAY}", "/app/looks", at)


def _seen(node: Node, since: int) -> Sequence[tuple[str, bytes, int]]:
    home = node.home
    name = household.custody_of(home).gateway if home is not None else ""
    if home is None or name not in household.inside(home):
        return ()
    recent = select(Look.record, Look.reader, Look.at).where(Look.at > since).order_by(Look.at)
    with household.keeper(node, home, name).reading() as session:
        return [(record, reader, at) for record, reader, at in session.execute(recent)]


def _erasures(session: Session) -> Iterator[News]:
    """That one was asked for, has begun, and is proved."""
    for row in session.scalars(select(WishRow)):
        where = f"erasure/{row.number}"
        yield News(row.account, Kind.ERASURE, f"{where}/asked", "/app/erase", row.asked_at)
        if row.erasure and (begun := session.get(ErasureRow, row.erasure)) is not None:
            key = f"{where}/{begun.stage}"
            yield News(row.account, Kind.ERASURE, key, "/app/erase", begun.asked_at)
