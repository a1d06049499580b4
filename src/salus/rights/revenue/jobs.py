"""Income is divided by a job that comes back."""

from salus.platform.work import Job, Node, Work
from salus.rights.revenue.service import SETTLE, come_back, settle_all


def _settle(node: Node) -> None:
    settle_all(node)
    with node.sessions() as session, session.begin():
        come_back(Work(node, session))


JOBS: dict[str, Job] = {SETTLE: _settle}
