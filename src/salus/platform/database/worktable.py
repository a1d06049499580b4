"""The work table: a row in the transaction that needs the work, leased until it is done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.kernel.clock import seconds
from salus.platform.database.tables import PrivateTable

LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)


class WorkRow(PrivateTable):
    """One job to do; the row goes when it is done."""

    __tablename__ = "platform_work"

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    run_at: Mapped[int] = mapped_column(index=True)
    attempts: Mapped[int]
    lease_until: Mapped[int]
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Leased:
    """A job that nobody else runs until the lease ends."""

    number: int
    name: str
    arguments: dict[str, Any]
    attempts: int


def add(session: Session, name: str, arguments: dict[str, Any], *, run_at: datetime) -> None:
    """`arguments` are JSON values."""
    row = WorkRow(name=name, arguments=arguments, run_at=seconds(run_at), attempts=0, lease_until=0)
    session.add(row)


def is_waiting(session: Session, name: str) -> bool:
    return session.scalar(select(WorkRow.number).where(WorkRow.name == name).limit(1)) is not None


def count_waiting(session: Session, name: str) -> int:
    """How many jobs of that name there are, those that run now among them."""
    asked = select(func.count()).select_from(WorkRow).where(WorkRow.name == name)
    return session.scalar(asked) or 0


def counted(session: Session) -> tuple[int, int]:
    """How many jobs there are, and how many of them failed the last time."""
    row = session.execute(select(func.count(), func.count(WorkRow.error))).one()
    return row[0], row[1]


def is_due(session: Session, now: datetime) -> bool:
    """Whether any job waits to be taken."""
    return session.scalar(_due(now)) is not None


def _due(now: datetime) -> Select[WorkRow]:
    return (
        select(WorkRow)
        .where(WorkRow.run_at <= seconds(now), WorkRow.lease_until <= seconds(now))
        .order_by(WorkRow.run_at, WorkRow.number)
        .limit(1)
    )


def lease(session: Session, now: datetime, names: Collection[str] | None = None) -> Leased | None:
    """Take the job that is due longest, of all or of those with these names."""
    due = _due(now)
    row = session.scalar(due if names is None else due.where(WorkRow.name.in_(names)))
    if row is None:
        return None
    row.lease_until = seconds(now + LEASE)
    row.attempts += 1
    return Leased(row.number, row.name, row.arguments, row.attempts)


def forget_leases(session: Session) -> None:
    """Of processes that died: for whoever knows that no other process works here."""
    session.execute(update(WorkRow).values(lease_until=0))


def finish(session: Session, job: Leased) -> None:
    session.execute(delete(WorkRow).where(WorkRow.number == job.number))


def put_back(session: Session, job: Leased, error: str, now: datetime) -> None:
    """Try again after a pause that doubles; only the key of the error is kept."""
    row = session.get(WorkRow, job.number)
    if row is not None:
        pause = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(job.attempts, 30)))
        row.run_at, row.lease_until, row.error = seconds(now + pause), 0, error


@dataclass(frozen=True, slots=True)
class Listed:
    """A job as an operator sees it: never its arguments. Times in seconds, `error` a key or ''."""

    number: int
    name: str
    run_at: int
    attempts: int
    is_running: bool
    error: str


def listed(session: Session, now: datetime, *, most: int) -> list[Listed]:
    """The jobs that failed first, then those that are due soonest."""
    ordered = select(WorkRow).order_by(WorkRow.error.is_(None), WorkRow.run_at, WorkRow.number)
    return [
        Listed(
            row.number,
            row.name,
            row.run_at,
            row.attempts,
            row.lease_until > seconds(now),
            row.error or "",
        )
        for row in session.scalars(ordered.limit(most))
    ]


def hasten(session: Session, number: int, now: datetime) -> bool:
    """Let a job that waits run now; False where it runs already, or is done."""
    row = session.get(WorkRow, number)
    if row is None or row.lease_until > seconds(now):
        return False
    row.run_at = min(row.run_at, seconds(now))
    return True
