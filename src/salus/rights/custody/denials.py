"""Tell the gateway what denials say, so that it refuses what they cover and nothing more.

A denial whose terms the gateway does not have closes the whole record to everybody but its subject,
so nothing leaks between the ledger and this step.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.ids import Digest
from salus.platform.work import Job, Node
from salus.rights.consent.gathering import Opening
from salus.rights.consent.model import Effect, GrantState, Terms
from salus.rights.consent.service import TELL_DENIALS
from salus.rights.consent.tables import GrantRow, GrantTerms
from salus.rights.custody import messages as m
from salus.rights.custody.household import keepers_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.tables import ToldDenial

MOST = 32  # told together; a request to a keeper has a size limit


def open_denials(node: Node, keepers: Keepers) -> int:
    """Tell the gateway of every live denial it was not told of; says how many. May run twice."""
    with node.reading() as session:
        waiting = _waiting(session)
    for at in range(0, len(waiting), MOST):
        _tell(node, keepers, waiting[at : at + MOST])
    return len(waiting)


def _waiting(session: Session) -> list[m.Denial]:
    rows = session.execute(
        select(GrantTerms.grant, GrantTerms.terms, GrantTerms.salt)
        .join(GrantRow, GrantRow.grant == GrantTerms.grant)
        .outerjoin(ToldDenial, ToldDenial.grant == GrantTerms.grant)
        .where(GrantRow.effect == Effect.DENY, GrantRow.state == GrantState.LIVE)
        .where(ToldDenial.grant.is_(None))
    )
    return [
        m.Denial(Digest(grant), Opening(parse(Terms, terms), Digest(salt)))
        for grant, terms, salt in rows
    ]


def _tell(node: Node, keepers: Keepers, denials: Sequence[m.Denial]) -> None:
    keepers.gateway.open_terms(m.OpenTerms(tuple(denials)))
    with node.sessions() as session, session.begin():
        session.add_all(ToldDenial(grant=each.id) for each in denials)


def _tell_at_home(node: Node) -> None:
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    open_denials(node, keepers_of(node, node.home))


JOBS: dict[str, Job] = {TELL_DENIALS: _tell_at_home}
