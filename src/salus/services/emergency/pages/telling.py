"""An emergency in the words of pages, and those that a page may name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from salus.kernel.clock import moment
from salus.kernel.ids import record_text
from salus.platform.web.portal import Visit
from salus.rights.consent.emergency.model import REVIEW_HOURS
from salus.rights.identity.keyring import of_home
from salus.services.emergency import service
from salus.services.emergency.service import Emergency
from salus.services.emergency.wording import reason_words, scope_words, verdict_words


@dataclass(frozen=True, slots=True)
class Told:
    """`opened` is None for a card that was read; `verdict` is empty before the review."""

    handle: str
    record: str
    clinician: str
    site: str
    reason: str
    scope: str
    opened: datetime | None
    until: datetime
    runs: bool
    verdict: str
    finding: str
    review_by: datetime
    is_overdue: bool


def told(visit: Visit, each: Emergency) -> Told:
    keyring, now = of_home(visit.home), visit.node.clock.now()
    opened, until = moment(each.opened_at), moment(each.expires_at)
    review_by = opened + timedelta(hours=REVIEW_HOURS)
    return Told(
        service.handle(each.id),
        record_text(each.record),
        keyring.name_of(each.clinician),
        keyring.name_of(each.site),
        reason_words(each.reason),
        scope_words(each.scope),
        opened if each.opened_at else None,
        until,
        bool(each.opened_at) and now < until,
        verdict_words(each.verdict) if each.reviewed_at else "",
        each.finding,
        review_by,
        not each.reviewed_at and now >= review_by,
    )
