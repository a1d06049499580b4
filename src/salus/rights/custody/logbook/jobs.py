"""The heads of keepers' logs are anchored by a job that comes back."""

from salus.platform.work import Job, Node, Work, count_waiting, enqueue
from salus.rights.custody.household import all_keepers, source_of
from salus.rights.custody.logbook.service import ANCHOR, anchor_logs, every
from salus.rights.identity.errors import UnknownParty


def _anchor(node: Node) -> None:
    """The source anchors for those that keep its keys; who does not answer is asked next time."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    try:
        source = source_of(node.home)
    except UnknownParty:
        return
    anchor_logs(node, all_keepers(node, node.home), by=source.signing)
    with node.sessions() as session, session.begin():
        work = Work(node, session)
        if count_waiting(work, ANCHOR) <= 1:  # this one
            enqueue(work, ANCHOR, run_at=node.clock.now() + every())


JOBS: dict[str, Job] = {ANCHOR: _anchor}
