"""A vault of several stores is looked through and repaired from time to time, a slice at a time."""

from datetime import timedelta
from pathlib import Path

from salus.platform.vault.errors import ScrubRunning
from salus.platform.vault.opening import VAULT, open_stores, scrub_days
from salus.platform.vault.scrubbing import last, scrub
from salus.platform.work import Job, Node, Work, count_waiting, enqueue, is_waiting

REPAIR = "vault.repair"
SLICE = 5.0  # seconds: whoever's command comes by must not wait for a whole vault
PAUSE = timedelta(minutes=1)  # between two slices


def keep_repairing(node: Node) -> None:
    """Queue the first repair of a vault that has several stores; once is enough."""
    if node.home is None or scrub_days(node.home / VAULT) is None:
        return
    with node.reading() as session:
        if is_waiting(Work(node, session), REPAIR):
            return
    with node.sessions() as session, session.begin():
        enqueue(Work(node, session), REPAIR, run_at=node.clock.now() + PAUSE)


def _repair(node: Node) -> None:
    """A slice, and the next one in a minute or, when all was seen, after some days."""
    root = None if node.home is None else node.home / VAULT
    days = None if root is None else scrub_days(root)
    if root is None or days is None:
        return
    pause = PAUSE if _slice(node, root) else timedelta(days=days)
    with node.sessions() as session, session.begin():
        work = Work(node, session)
        if count_waiting(work, REPAIR) <= 1:  # this one
            enqueue(work, REPAIR, run_at=node.clock.now() + pause)


def _slice(node: Node, root: Path) -> bool:
    """Whether there is more to look at."""
    try:
        scrub(open_stores(root), root, node.clock, repairs=True, seconds=SLICE)
    except ScrubRunning:
        return True
    progress = last(root)
    return progress is not None and not progress.is_over


JOBS: dict[str, Job] = {REPAIR: _repair}
