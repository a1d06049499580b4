"""An erasure that a keeper does not confirm in time raises an alarm.

The patient and the privacy offices of the source are told once; the log is told every day until
the erasure is proved. Telling twice is telling once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import NOBODY, Address, RecordId
from salus.platform.database import insert_missing
from salus.platform.observe import log
from salus.platform.settings import read
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.consent.ledger import controller_of
from salus.rights.custody.erasure.errors import KeepersMissing
from salus.rights.custody.erasure.model import Alarm, Erasure, Notice, Told
from salus.rights.custody.erasure.reading import unproved
from salus.rights.custody.erasure.tables import NoticeRow
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import view
from salus.rights.identity.model import Member, Roles

WATCH = "custody.watch_erasures"
AGAIN = timedelta(days=1)  # between two lines of the log


def limit() -> timedelta:
    """How long an erasure may take."""
    return timedelta(hours=read(CustodySettings).erasure_hours)


def keep_watching(work: Work) -> None:
    """See to it that somebody looks when an erasure of this transaction would be late."""
    if not is_waiting(work, WATCH):
        enqueue(work, WATCH, run_at=work.node.clock.now() + limit())


def raise_alarms(node: Node, members: Sequence[Member]) -> int:
    """Tell of every erasure that is late, and come back while one is on its way; how many are late.

    `members` are the parties among which the privacy offices are looked for.
    """
    late = alarms(node)
    rows = [row for each in late if not each.notices for row in _rows(node, each, members)]
    with node.sessions() as session, session.begin():
        if rows:
            insert_missing(session, NoticeRow, rows)
        _come_back(Work(node, session))
    if late:
        log("erasure-late", level="error", error=KeepersMissing.key(), count=len(late))
    return len(late)


def _come_back(work: Work) -> None:
    """When the next erasure would be late, and in a day where one is late already."""
    now = work.node.clock.now()
    due = [each.asked_at + limit() for each in unproved(work.session)]
    if due and count_waiting(work, WATCH) <= 1:  # this one
        enqueue(work, WATCH, run_at=min(_later(each, now) for each in due))


def _later(due: datetime, now: datetime) -> datetime:
    return due if due > now else now + AGAIN


def _rows(node: Node, alarm: Alarm, members: Sequence[Member]) -> Iterator[dict[str, object]]:
    at = seconds(node.clock.now())
    for role, told in _recipients(node, alarm.erasure.record, members):
        yield {"erasure": alarm.erasure.number, "told": told, "role": role.value, "at": at}


def _recipients(
    node: Node, record: RecordId, members: Sequence[Member]
) -> Iterator[tuple[Told, Address]]:
    """The patient, and the privacy offices that are linked to the source."""
    subject, at = controller_of(node, record), node.ledger.final()
    if subject != NOBODY:
        yield Told.SUBJECT, subject
    source = view(node, "RecordRegistry", "sourceOf", record, at=at)
    for each in members:
        if not each.roles & Roles.PRIVACY or each.address == subject:
            continue
        is_active = view(
            node, "Organizations", "hasRole", each.address, int(Roles.PRIVACY), at.time, at=at
        )
        if is_active and view(node, "Organizations", "areLinked", source, each.address, at=at):
            yield Told.OFFICER, each.address


def alarms(node: Node) -> list[Alarm]:
    """The erasures that are late now, oldest first."""
    now, longest = node.clock.now(), limit()
    with node.reading() as session:
        late = [each for each in unproved(session) if each.is_late(now, longest)]
        return [Alarm(each, _notices(session, each)) for each in late]


def alarm_of(node: Node, erasure: Erasure) -> Alarm | None:
    """What is late about one erasure; None when nothing is."""
    return next((each for each in alarms(node) if each.erasure.number == erasure.number), None)


def _notices(session: Session, erasure: Erasure) -> tuple[Notice, ...]:
    mine = select(NoticeRow).where(NoticeRow.erasure == erasure.number)
    rows = session.scalars(mine.order_by(NoticeRow.role.desc(), NoticeRow.told))
    return tuple(Notice(Address(row.told), Told(row.role), moment(row.at)) for row in rows)


def end_alarm(session: Session, erasure: int) -> None:
    """There is nothing to be told of any more."""
    session.execute(delete(NoticeRow).where(NoticeRow.erasure == erasure))
