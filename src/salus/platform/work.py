"""What every verb is given, and the jobs that must happen later."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from salus.kernel.clock import Clock, seconds
from salus.platform.database import PrivateTable, SqlIndex
from salus.platform.ledger import Contracts, Ledger, follow
from salus.platform.vault import Vault


@dataclass(frozen=True, slots=True)
class Node:
    """An organization's installation: what it is connected to."""

    sessions: sessionmaker[Session]
    ledger: Ledger
    contracts: Contracts
    vault: Vault
    clock: Clock
    index: SqlIndex

    def follow(self) -> None:
        """Bring the index up to the last final block."""
        follow(self.ledger, self.contracts, self.index)


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction of a verb. Only surfaces commit."""

    node: Node
    session: Session


class Job(PrivateTable):
    """Work that must happen later; it commits with the data that needs it."""

    __tablename__ = "work_job"

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[str]
    run_at: Mapped[int] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)


Jobs = Mapping[str, Callable[..., None]]


def enqueue(work: Work, name: str, **arguments: str | int) -> None:
    """Add a job to the transaction of the verb."""
    now = seconds(work.node.clock.now())
    work.session.add(Job(name=name, arguments=json.dumps(arguments), run_at=now))


def run_due(node: Node, jobs: Jobs) -> int:
    """Run what is due, oldest first; every job may run twice with the same effect.

    A job that fails stays and is tried again later; its error is raised to the caller.
    """
    done = 0
    while job := _next(node):
        arguments: dict[str, Any] = json.loads(job.arguments)
        try:
            jobs[job.name](node, **arguments)
        except BaseException:
            _delay(node, job)
            raise
        with node.sessions() as session, session.begin():
            session.delete(session.get_one(Job, job.number))
        done += 1
    return done


def _next(node: Node) -> Job | None:
    now = seconds(node.clock.now())
    with node.sessions() as session:
        due = select(Job).where(Job.run_at <= now).order_by(Job.number).limit(1)
        return session.scalar(due)


def _delay(node: Node, job: Job) -> None:
    """Twice as long after each attempt, at most an hour."""
    with node.sessions() as session, session.begin():
        row = session.get_one(Job, job.number)
        row.attempts += 1
        row.run_at = seconds(node.clock.now()) + min(2**row.attempts, 3600)
