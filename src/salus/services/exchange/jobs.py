"""Closed sections are taken out of licenses, and sales completed, by jobs that come back."""

from functools import partial

from salus.kernel.ids import RecordId
from salus.platform.work import Job, Node, Work
from salus.rights.custody.household import source_of
from salus.rights.custody.renewing.desks import desk_of
from salus.rights.custody.renewing.sealing import Completing, Desk
from salus.rights.identity.errors import UnknownParty
from salus.services.exchange import selling, service
from salus.services.exchange.selling import DeskOf


def _prune(node: Node) -> None:
    service.prune_all(node)
    with node.sessions() as session, session.begin():
        service.come_back(Work(node, session))


def desks(node: Node) -> DeskOf:
    """The desks of the source that lives in the home of a node."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    return partial(_desk, node)


def _desk(node: Node, record: RecordId, section: int, complete: Completing) -> Desk:
    assert node.home is not None, "as in desks"
    return desk_of(node, node.home, record, section, complete=complete)


def _complete(node: Node) -> None:
    """Only the source makes new keys; elsewhere the job has nothing to do."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    try:
        source = source_of(node.home)
    except UnknownParty:
        return
    try:
        selling.pursue(node, desks(node), source.address)
    finally:
        with node.sessions() as session, session.begin():
            selling.come_back(Work(node, session))


JOBS: dict[str, Job] = {service.PRUNE: _prune, selling.COMPLETE: _complete}
