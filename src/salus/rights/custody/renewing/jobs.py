"""Two jobs that come back: for keys of a certain age, and for tokens that wait for new keys."""

from salus.platform.work import Job, Node, Work
from salus.rights.custody.household import source_of
from salus.rights.custody.renewing import pending
from salus.rights.custody.renewing.ageing import AGE, bump_aged, come_back
from salus.rights.custody.renewing.desks import desk_of
from salus.rights.custody.renewing.pending import renew_pending
from salus.rights.identity.errors import UnknownParty


def _age(node: Node) -> None:
    """Only the source deals keys; what fails is tried again."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    try:
        source = source_of(node.home)
    except UnknownParty:
        return
    bump_aged(node, by=source.signing)
    with node.sessions() as session, session.begin():
        come_back(Work(node, session))


def _renew_pending(node: Node) -> None:
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    home = node.home
    try:
        source_of(home)
    except UnknownParty:
        return
    renew_pending(node, lambda record, section: desk_of(node, home, record, section))
    with node.sessions() as session, session.begin():
        pending.come_back(Work(node, session))


JOBS: dict[str, Job] = {AGE: _age, pending.RENEW: _renew_pending}
