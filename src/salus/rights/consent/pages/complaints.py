"""What patients complain about, before a privacy office of this home."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent import complaints as kept
from salus.rights.consent.complaints import Complained
from salus.rights.identity.accounts.acting import acting
from salus.rights.identity.model import Roles

COMPLAINTS = f"{ROOT}/privacy/complaints"
LONGEST = 2_000
pages = Pages("consent")


@pages.get("/privacy/complaints", Role.PRIVACY)
def complaints(visit: Visit) -> Answer:
    return Page("consent/complaints.html", {"complaints": _known(visit)})


def _known(visit: Visit) -> list[Complained]:
    """Every one of this home for its privacy office; none for an organization that is no office."""
    if not acting(visit).party.roles & Roles.PRIVACY:
        return []
    with visit.node.reading() as session:
        return kept.complaints(session)


@pages.get("/privacy/complaints/{complaint}", Role.PRIVACY)
def one(visit: Visit, complaint: str) -> Answer:
    return Page("consent/complaint.html", {"each": _one(visit, complaint)})


def _one(visit: Visit, complaint: str) -> Complained:
    """Raises PageMissing."""
    for each in _known(visit):
        if each.id == complaint:
            return each
    raise PageMissing


@pages.post("/privacy/complaints/{complaint}", Role.PRIVACY, again=one)
def answered(visit: Visit, complaint: str) -> Answer:
    text = visit.form.text("answer", longest=LONGEST)
    visit.form.check()
    found = _one(visit, complaint)
    with visit.node.sessions() as session, session.begin():
        kept.reply(Work(visit.node, session), found.id, text)
    return Redirect(COMPLAINTS, said=translate("The patient can read your answer now."))


@pages.card(Role.PRIVACY, order=20)
def to_answer(visit: Visit) -> Card | None:
    """Complaints without an answer."""
    count = sum(each.answered is None for each in _known(visit))
    return Card("consent/to_answer.html", {"count": count}, urgent=True) if count else None
