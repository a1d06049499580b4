"""Work that must happen later: a row in the transaction that needs it, run until it succeeds."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import JSON, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.kernel.clock import Clock, seconds
from salus.kernel.errors import SalusError
from salus.platform.database.errors import UnknownJob
from salus.platform.database.tables import PrivateTable

W = TypeVar("W")
Job = Callable[..., None]
"""`job(work, **arguments)`. It may run twice and must have the same effect."""
LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
MAX_ATTEMPTS = 50


class WorkRow(PrivateTable):
    """One job to do; the row goes when it is done."""

    __tablename__ = "platform_work"

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    run_at: Mapped[int] = mapped_column(index=True)
    attempts: Mapped[int]
    lease_until: Mapped[int | None]
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Ran:
    done: int
    failed: int


def enqueue(session: Session, name: str, *, run_at: datetime, **arguments: object) -> None:
    """Queue a job in the caller's transaction; `arguments` are JSON values."""
    row = WorkRow(name=name, arguments=arguments, run_at=seconds(run_at), attempts=0)
    session.add(row)


def run_due(
    sessions: Callable[[], Session],
    work: Callable[[Session], AbstractContextManager[W]],
    jobs: Mapping[str, Job],
    *,
    clock: Clock,
    limit: int = 100,
) -> Ran:
    """Run at most `limit` jobs that are due, each in a transaction of its own.

    `work(session)` makes what a verb takes first. A job that fails is tried again after a pause
    that doubles; only the key of its error is kept.
    """
    done = failed = 0
    for _ in range(limit):
        row = _lease(sessions, clock)
        if row is None:
            break
        error = _run(sessions, work, jobs, row)
        if error is None:
            done += 1
        else:
            failed += 1
            _put_back(sessions, row, error, clock)
    return Ran(done, failed)


def _lease(sessions: Callable[[], Session], clock: Clock) -> WorkRow | None:
    now = seconds(clock.now())
    free = or_(WorkRow.lease_until.is_(None), WorkRow.lease_until <= now)
    due = (
        select(WorkRow)
        .where(WorkRow.run_at <= now, WorkRow.attempts < MAX_ATTEMPTS, free)
        .order_by(WorkRow.run_at, WorkRow.number)
        .limit(1)
    )
    with sessions() as session, session.begin():
        row = session.scalar(due)
        if row is not None:
            row.lease_until = now + int(LEASE.total_seconds())
            row.attempts += 1
        return row


def _run(
    sessions: Callable[[], Session],
    work: Callable[[Session], AbstractContextManager[W]],
    jobs: Mapping[str, Job],
    row: WorkRow,
) -> str | None:
    """The key of the error, or None when the job and the end of its row are committed."""
    try:
        job = jobs.get(row.name)
        if job is None:
            raise UnknownJob(job=row.name)
        with sessions() as session, session.begin():
            with work(session) as given:
                job(given, **row.arguments)
            session.execute(delete(WorkRow).where(WorkRow.number == row.number))
    except SalusError as error:
        return error.key()
    except Exception as error:  # noqa: BLE001 - a job must not stop the ones after it
        return type(error).__name__
    return None


def _put_back(sessions: Callable[[], Session], row: WorkRow, error: str, clock: Clock) -> None:
    pause = min(LONGEST_PAUSE.total_seconds(), 2**row.attempts)
    with sessions() as session, session.begin():
        kept = session.get(WorkRow, row.number)
        if kept is not None:
            kept.lease_until = None
            kept.error = error
            kept.run_at = seconds(clock.now()) + int(pause)
