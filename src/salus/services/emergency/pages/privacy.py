"""A privacy office looks at each emergency of its hospitals, and says once whether it was right."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.emergency.model import Verdict
from salus.rights.identity.accounts.acting import acting
from salus.rights.identity.accounts.pages import confirm
from salus.services.emergency import service
from salus.services.emergency.pages.telling import told
from salus.services.emergency.service import Emergency
from salus.services.emergency.wording import verdict_words

REVIEWS = f"{ROOT}/privacy/emergencies"
LONGEST = 2_000
pages = Pages("emergency", nav=(Nav(Role.PRIVACY, "Emergencies", REVIEWS, 10),))


@pages.get("/privacy/emergencies", Role.PRIVACY)
def emergencies(visit: Visit) -> Answer:
    found = [told(visit, each) for each in _known(visit)]
    open_ = sorted((each for each in found if not each.verdict), key=lambda each: each.review_by)
    done = [each for each in found if each.verdict]
    return Page("emergency/reviews.html", {"waiting": open_, "done": done})


def _known(visit: Visit) -> list[Emergency]:
    """Those of the hospitals that the office of the visitor is linked to, and no others."""
    office = acting(visit).party.address
    with visit.node.reading() as session:
        return [
            each
            for site in service.sites_of(session, office)
            for each in service.of_site(session, site)
        ]


def _one(visit: Visit, handle: str) -> Emergency:
    """Raises PageMissing."""
    for each in _known(visit):
        if service.handle(each.id) == handle:
            return each
    raise PageMissing


@pages.get("/privacy/emergencies/{handle}", Role.PRIVACY)
def emergency(visit: Visit, handle: str) -> Answer:
    verdicts = [(each.name, verdict_words(each)) for each in Verdict]
    shown = {"each": told(visit, _one(visit, handle)), "verdicts": verdicts}
    return Page("emergency/review.html", shown)


@pages.post("/privacy/emergencies/{handle}", Role.PRIVACY, signs=True, again=emergency)
def review(visit: Visit, handle: str) -> Answer:
    form = visit.form
    verdict = form.choice("verdict", Verdict.__members__)
    finding = form.text("finding", longest=LONGEST)
    form.check()
    confirm(visit)
    found, by = _one(visit, handle), acting(visit).party.signing
    service.review(visit.node, found.id, verdict=Verdict[verdict], finding=finding, by=by)
    said = translate("It is on the ledger that you looked at it. The patient is told.")
    return Redirect(REVIEWS, said=said)


@pages.card(Role.PRIVACY, order=10)
def to_review(visit: Visit) -> Card | None:
    """Emergencies that nobody has looked at."""
    found = [each for each in (told(visit, one) for one in _known(visit)) if not each.verdict]
    if not found:
        return None
    late = sum(each.is_overdue for each in found)
    shown = {"count": len(found), "late": late}
    return Card("emergency/to_review.html", shown, urgent=late > 0)
