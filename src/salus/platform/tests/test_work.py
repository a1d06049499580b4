"""Work that must happen later, on a node in memory."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from salus.kernel.clock import ManualClock
from salus.platform.database.worktable import LEASE, WorkRow, lease
from salus.platform.errors import UnknownJob
from salus.platform.testing import memory_node, memory_work
from salus.platform.work import Node, catch_up, enqueue, run_due


@pytest.fixture
def node() -> Iterator[Node]:
    made = memory_node(projections={})
    yield made
    made.ledger.close()
    made.database.close()


def move(node: Node, by: timedelta) -> None:
    assert isinstance(node.clock, ManualClock)
    node.clock.move(by)


def waiting(node: Node) -> list[str]:
    with node.reading() as session:
        return list(session.scalars(select(WorkRow.name).order_by(WorkRow.number)))


def test_a_job_runs_once_with_its_arguments(node: Node) -> None:
    seen: list[tuple[str, int]] = []
    jobs = {"pour": lambda _node, tea, cups: seen.append((tea, cups))}
    with memory_work(node) as work:
        enqueue(work, "pour", tea="green", cups=2)

    assert run_due(node, jobs) == 1
    assert run_due(node, jobs) == 0
    assert seen == [("green", 2)]


def test_a_job_of_a_verb_that_failed_was_never_queued(node: Node) -> None:
    def verb() -> None:
        with memory_work(node) as work:
            enqueue(work, "pour")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        verb()

    assert waiting(node) == []


def test_a_job_waits_for_its_time(node: Node) -> None:
    seen: list[str] = []
    with memory_work(node) as work:
        enqueue(work, "pour", run_at=node.clock.now() + timedelta(hours=1))
    early = run_due(node, {"pour": lambda _node: seen.append("poured")})
    move(node, timedelta(hours=1))
    late = run_due(node, {"pour": lambda _node: seen.append("poured")})

    assert (early, late, seen) == (0, 1, ["poured"])


def test_a_job_that_fails_stays_and_keeps_the_key_of_its_error(node: Node) -> None:
    def spill(_node: Node) -> None:
        raise RuntimeError("Ada Lovelace")

    with memory_work(node) as work:
        enqueue(work, "pour")
    with pytest.raises(RuntimeError):
        run_due(node, {"pour": spill})
    at_once = run_due(node, {"pour": lambda _node: None})
    with node.reading() as session:
        error = session.scalar(select(WorkRow.error))
    move(node, timedelta(hours=1))

    assert (at_once, error) == (0, "RuntimeError")
    assert run_due(node, {"pour": lambda _node: None}) == 1


def test_a_job_that_nobody_knows_stays(node: Node) -> None:
    with memory_work(node) as work:
        enqueue(work, "pour")
    with pytest.raises(UnknownJob):
        run_due(node, {})

    assert waiting(node) == ["pour"]


def test_a_job_of_a_process_that_died_is_run_again_after_its_lease(node: Node) -> None:
    with memory_work(node) as work:
        enqueue(work, "pour")
    with node.sessions() as session, session.begin():
        lease(session, node.clock.now())  # and never finished
    during = run_due(node, {"pour": lambda _node: None})
    move(node, LEASE)
    after = run_due(node, {"pour": lambda _node: None})

    assert (during, after) == (0, 1)


def test_the_oldest_jobs_run_first_and_no_more_than_the_limit(node: Node) -> None:
    seen: list[int] = []
    with memory_work(node) as work:
        for number in range(5):
            enqueue(work, "pour", number=number)
    done = run_due(node, {"pour": lambda _node, number: seen.append(number)}, limit=3)

    assert (done, seen) == (3, [0, 1, 2])


def test_jobs_that_a_caller_does_not_know_wait_for_others(node: Node) -> None:
    seen: list[str] = []
    with memory_work(node) as work:
        enqueue(work, "bake")
        enqueue(work, "pour")
    done = run_due(node, {"pour": lambda _node: seen.append("poured")}, names={"pour"})

    assert (done, seen, waiting(node)) == (1, ["poured"], ["bake"])


def test_catching_up_runs_what_is_due_and_survives_what_fails(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def spill(_node: Node) -> None:
        raise RuntimeError("Ada Lovelace")

    jobs = {"spill": spill, "pour": lambda _node: seen.append("poured")}
    monkeypatch.setattr("salus.platform.work.merged", lambda _attribute: jobs)
    with memory_work(node) as work:
        enqueue(work, "spill")
        enqueue(work, "pour")
    catch_up(node)

    assert (seen, waiting(node)) == (["poured"], ["spill"])


def test_nothing_due_asks_no_capability(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def merged(name: str) -> dict[str, object]:
        asked.append(name)
        return {}

    monkeypatch.setattr("salus.platform.work.merged", merged)
    with memory_work(node) as work:
        enqueue(work, "pour", run_at=node.clock.now() + timedelta(hours=1))
    catch_up(node)

    assert (asked, waiting(node)) == ([], ["pour"])
