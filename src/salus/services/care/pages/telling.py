"""A referral in the words of pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from salus.kernel.ids import record_text
from salus.platform.settings import read
from salus.platform.web.portal import Visit
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.services.care import service
from salus.services.care.letters import Referral
from salus.services.care.model import ReferralState
from salus.services.care.resources import Resource
from salus.services.care.settings import CareSettings
from salus.services.care.wording import next_words, state_words

OPEN = {ReferralState.SENT, ReferralState.ACCEPTED, ReferralState.HANDED_DOWN}
CODES = {name: code for code, name in SECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Told:
    """`summary` are pairs of a heading and its text, empty before there is one."""

    id: str
    record: str
    referrer: str
    specialist: str
    why: str
    sections: list[str]
    state: str
    is_sent: bool
    is_accepted: bool
    is_handed_down: bool
    is_open: bool
    next: str
    deadline: datetime
    is_expired: bool
    is_overdue: bool
    steps: list[tuple[str, datetime]]
    returned: str
    title: str
    summary: list[tuple[str, str]]


def told(visit: Visit, found: Referral) -> Told:
    keyring, course, now = of_home(visit.home), found.course, visit.node.clock.now()
    referrer = keyring.name_of(found.letter.referrer)
    specialist = keyring.name_of(found.letter.specialist)
    written = service.summary_of_now(found)
    limit = timedelta(days=read(CareSettings).overdue_days)
    return Told(
        found.id.hex(),
        record_text(found.letter.record),
        referrer,
        specialist,
        service.request_of_now(found)["reasonCode"][0]["text"],
        [section_name(CODES[name]) for name in found.letter.sections],
        state_words(course.state),
        course.state is ReferralState.SENT,
        course.state is ReferralState.ACCEPTED,
        course.state is ReferralState.HANDED_DOWN,
        course.state in OPEN,
        next_words(course.state, referrer=referrer, specialist=specialist),
        course.deadline,
        course.is_expired(now),
        course.is_overdue(now, limit),
        [(state_words(each.state), each.at) for each in found.moves],
        found.reason,
        str(written["title"]) if written else "",
        _sections_of(written) if written else [],
    )


def _sections_of(composition: Resource) -> list[tuple[str, str]]:
    """Headings and plain text: whatever markup a source wrote stays behind."""
    return [
        (str(each.get("title", "")), Markup(each.get("text", {}).get("div", "")).striptags())  # noqa: S704 - stripped
        for each in composition.get("section", ())
    ]
