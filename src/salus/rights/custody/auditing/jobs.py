"""The heads of audit logs are anchored by a job that comes back every five minutes."""

from salus.platform.work import Job, Node, Work, count_waiting, enqueue
from salus.rights.custody.auditing.anchoring import ANCHOR, EVERY, anchor_heads
from salus.rights.custody.auditing.operating import party_of
from salus.rights.custody.household import all_keepers, source_of
from salus.rights.custody.peers import RemoteKeeper
from salus.rights.identity.errors import UnknownParty


def _anchor(node: Node) -> None:
    """What fails is tried again; a keeper that does not answer is asked the next time."""
    home = node.home
    party = party_of(home) if home else None
    if home is None or party is None:
        return
    anchor_heads(node, party.address, _keepers(node), by=party.signing)
    with node.sessions() as session, session.begin():
        work = Work(node, session)
        if count_waiting(work, ANCHOR) <= 1:  # this one
            enqueue(work, ANCHOR, run_at=node.clock.now() + EVERY)


def _keepers(node: Node) -> tuple[RemoteKeeper, ...]:
    """The source anchors for those that keep its keys; a reader for nobody else."""
    assert node.home is not None, "asked before"
    try:
        source_of(node.home)
    except UnknownParty:
        return ()
    return all_keepers(node, node.home)


JOBS: dict[str, Job] = {ANCHOR: _anchor}
