"""The age of keys is looked at by a job that comes back every day."""

from salus.platform.work import Job, Node, Work
from salus.rights.custody.household import source_of
from salus.rights.custody.renewing.ageing import AGE, bump_aged, come_back
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


JOBS: dict[str, Job] = {AGE: _age}
