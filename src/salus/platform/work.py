"""What every verb is given, and the jobs that must happen later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from salus.kernel.clock import Clock
from salus.kernel.errors import SalusError
from salus.platform.database import Database, Difference, SqlIndex, rebuild, worktable
from salus.platform.errors import UnknownJob
from salus.platform.ledger import Contracts, Ledger, follow
from salus.platform.vault import Vault


@dataclass(frozen=True, slots=True)
class Node:
    """An organization's installation: what it is connected to."""

    database: Database
    ledger: Ledger
    contracts: Contracts
    vault: Vault
    clock: Clock
    index: SqlIndex

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Sessions that may write; each holds the writer's lock while it is in a transaction."""
        return self.database.write

    @property
    def reading(self) -> sessionmaker[Session]:
        """Sessions that see a snapshot and wait for nobody."""
        return self.database.read

    def follow(self) -> None:
        """Bring the index up to the last final block."""
        follow(self.ledger, self.contracts, self.index)

    def rebuild_index(self) -> tuple[Difference, ...]:
        """Replay the ledger into a fresh index and say where the old one differed."""
        return rebuild(
            self.database,
            self.index.projections,
            lambda fresh: follow(self.ledger, self.contracts, fresh),
        )


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction of a verb. Only surfaces commit."""

    node: Node
    session: Session


Job = Callable[..., None]
"""`job(node, **arguments)`: it may run twice and must have the same effect."""
Jobs = Mapping[str, Job]


def enqueue(
    work: Work, name: str, *, run_at: datetime | None = None, **arguments: str | int
) -> None:
    """Add a job to the transaction of the verb, due now unless `run_at` says otherwise."""
    worktable.add(work.session, name, dict(arguments), run_at=run_at or work.node.clock.now())


def is_waiting(work: Work, name: str) -> bool:
    """Whether a job of that name is queued, so that one is enough."""
    return worktable.is_waiting(work.session, name)


def run_due(node: Node, jobs: Jobs, *, limit: int = 1_000) -> int:
    """Run at most `limit` jobs that are due, oldest first, and say how many were done.

    A job that fails is tried again later; its error is raised to the caller.
    """
    for done in range(limit):
        with node.sessions() as session, session.begin():
            job = worktable.lease(session, node.clock.now())
        if job is None:
            return done
        _run(node, jobs, job)
    return limit


def _run(node: Node, jobs: Jobs, job: worktable.Leased) -> None:
    try:
        _named(jobs, job.name)(node, **job.arguments)
    except Exception as error:
        name = error.key() if isinstance(error, SalusError) else type(error).__name__
        with node.sessions() as session, session.begin():
            worktable.put_back(session, job, name, node.clock.now())
        raise
    with node.sessions() as session, session.begin():
        worktable.finish(session, job)


def _named(jobs: Jobs, name: str) -> Job:
    try:
        return jobs[name]
    except KeyError:
        raise UnknownJob(job=name) from None
