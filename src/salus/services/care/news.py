"""Steps of referrals, for the patient and for the clinicians of the two organizations."""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import Address
from salus.platform.notices import Kind, News
from salus.platform.web.portal import Role
from salus.platform.work import Node
from salus.rights.consent.authority.telling import Happened, about
from salus.rights.identity.notices.finding import staff_of
from salus.services.care.letters import Move, Referral, desk_of, moved_since
from salus.services.care.model import ReferralState as State

LATELY = 3 * 86_400  # seconds: what is older was told
PATIENT, CLINIC = "/app/care", "/app/clinic/referrals"
_BY_SPECIALIST = {State.ACCEPTED, State.RETURNED, State.HANDED_DOWN}
_BY_REFERRER = {State.SENT, State.CLOSED}


def news(node: Node, session: Session) -> Iterator[News]:
    """Each step of the last days, once; who took it knows. A step that both may take tells both."""
    if node.home is None:
        return
    since = seconds(node.clock.now()) - LATELY
    found = moved_since(desk_of(node, node.home), session, since)
    staff = staff_of(session, node.home, Role.CLINICIAN) if found else {}
    for each in found:
        for move in each.moves:
            if seconds(move.at) >= since:
                yield from _of(node, session, each, move, staff)


def _of(
    node: Node, session: Session, each: Referral, move: Move, staff: Mapping[Address, list[str]]
) -> Iterator[News]:
    key, at = f"referral/{each.id.hex()}/{int(move.state)}", seconds(move.at)
    it = Happened(Kind.REFERRAL, key, PATIENT, at)
    yield from about(node, session, each.letter.record, it)
    sides = {
        each.letter.referrer: move.state not in _BY_REFERRER,
        each.letter.specialist: move.state not in _BY_SPECIALIST,
    }
    for side, is_told in sides.items():
        for account in staff.get(side, ()) if is_told else ():
            yield News(account, Kind.REFERRAL, key, CLINIC, at)
