"""What every verb is given, and the jobs that must happen later."""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from salus.kernel.clock import Clock
from salus.kernel.errors import SalusError
from salus.platform.capability import merged
from salus.platform.database import Database, Difference, SqlIndex, elected, rebuild, worktable
from salus.platform.database.election import FOLLOWER, RUNNER
from salus.platform.errors import UnknownJob
from salus.platform.files import LOG
from salus.platform.ledger import Contracts, Ledger, follow
from salus.platform.operations import observed, operation
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
    home: Path | None = None
    """Its folder; None for a node that lives in memory."""

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Sessions that may write; each holds the writer's lock while it is in a transaction."""
        return self.database.write

    @property
    def reading(self) -> sessionmaker[Session]:
        """Sessions that see a snapshot and wait for nobody."""
        return self.database.read

    @observed("index.follow")
    def follow(self) -> None:
        """Bring the index up to the last final block.

        Of several processes on one database one follows, and the others wait for its rows; where
        it dies, one of them goes on.
        """
        final = self.ledger.final().number
        while self.index.cursor() < final:
            with elected(self.database, FOLLOWER) as is_mine:
                if is_mine:
                    follow(self.ledger, self.contracts, self.index)
                    return
            time.sleep(_PAUSE_SECONDS)

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
_PAUSE_SECONDS = 0.02  # between two looks at what another process follows
MOST_AT_ONCE = 1_000  # jobs that one command catches up with


def enqueue(
    work: Work, name: str, *, run_at: datetime | None = None, **arguments: str | int
) -> None:
    """Add a job to the transaction of the verb, due now unless `run_at` says otherwise."""
    worktable.add(work.session, name, dict(arguments), run_at=run_at or work.node.clock.now())


def is_waiting(work: Work, name: str) -> bool:
    """Whether a job of that name is queued, so that one is enough."""
    return worktable.is_waiting(work.session, name)


def count_waiting(work: Work, name: str) -> int:
    """How many jobs of that name there are, one that runs now among them."""
    return worktable.count_waiting(work.session, name)


def run_due(
    node: Node, jobs: Jobs, *, limit: int = 1_000, names: Collection[str] | None = None
) -> int:
    """Run at most `limit` jobs that are due, oldest first, and say how many were done.

    Where `names` are given, others wait for whoever knows them. A job that fails is tried again
    later; its error is raised to the caller.
    """
    for done in range(limit):
        with node.sessions() as session, session.begin():
            job = worktable.lease(session, node.clock.now(), names)
        if job is None:
            return done
        _run(node, jobs, job)
    return limit


def catch_up(node: Node) -> None:
    """Run what is due with the jobs of every capability; what fails is tried again later.

    It is not the fault of the command that happens to come by, so it is only logged. Of several
    processes on one database one runs jobs, those of the others too.
    """
    for _ in range(MOST_AT_ONCE):
        if not _is_due(node):  # asked again after each time: who was not elected counts on it
            return
        with elected(node.database, RUNNER) as is_mine:
            if not is_mine:
                return
            _run_all_due(node, merged("jobs"))


def _is_due(node: Node) -> bool:
    with node.reading() as session:
        return worktable.is_due(session, node.clock.now())


def _run_all_due(node: Node, jobs: Jobs) -> None:
    for _ in range(MOST_AT_ONCE):
        try:
            if run_due(node, jobs, limit=1) == 0:
                return
        except Exception as error:  # noqa: BLE001 - the job is back in its table
            _log_failure(node, error)


def _log_failure(node: Node, error: Exception) -> None:
    from salus.platform.observe import log, to_file  # noqa: PLC0415 - rarely needed

    with to_file(node.home / LOG) if node.home else nullcontext():
        log("job-failed", level="warning", error=_named_error(error))


def _named_error(error: Exception) -> str:
    """Only its key: what it says may name somebody."""
    return error.key() if isinstance(error, SalusError) else type(error).__name__


def _run(node: Node, jobs: Jobs, job: worktable.Leased) -> None:
    try:
        with operation("job", job=job.name):
            _named(jobs, job.name)(node, **job.arguments)
    except Exception as error:
        with node.sessions() as session, session.begin():
            worktable.put_back(session, job, _named_error(error), node.clock.now())
        raise
    with node.sessions() as session, session.begin():
        worktable.finish(session, job)


def _named(jobs: Jobs, name: str) -> Job:
    try:
        return jobs[name]
    except KeyError:
        raise UnknownJob(job=name) from None
