"""Requests for access: a clinic asks, the patient shares or declines, both see how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent.asking import service
from salus.rights.consent.asking.errors import TooManyRequests
from salus.rights.consent.asking.service import Answer as Said
from salus.rights.consent.asking.service import Asked, Wanted
from salus.rights.consent.model import LONGEST, Purpose
from salus.rights.consent.pages.mine import mine
from salus.rights.consent.wording import purpose_name
from salus.rights.identity.accounts.acting import acting
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS

ASK, REQUESTS = f"{ROOT}/clinic/ask", f"{ROOT}/requests"
LONGEST_WHY = 1_000
FOR = (Purpose.TREAT, Purpose.HPAYMT, Purpose.HRESCH, Purpose.CLINTRCH)
CODES = {name: code for code, name in SECTIONS.items()}
ASKABLE = [name for code, name in SECTIONS.items() if code != EMERGENCY_SUMMARY]
pages = Pages("consent", nav=(Nav(Role.CLINICIAN, "Ask for access", ASK, 15),))


@dataclass(frozen=True, slots=True)
class Shown:
    """A request in words."""

    id: str
    record: str
    asker: str
    sections: str
    purpose: str
    until: datetime
    why: str
    made: datetime
    state: str
    waits: bool


def _shown(visit: Visit, each: Asked) -> Shown:
    wanted = each.wanted
    return Shown(
        each.id,
        each.record,
        of_home(visit.home).name_of(each.asker),
        ", ".join(section_name(CODES[name]) for name in wanted.sections),
        purpose_name(wanted.purpose),
        wanted.until,
        wanted.why,
        each.made,
        _state(each.answer),
        each.answer is Said.WAITING,
    )


def _state(answer: Said) -> str:
    return {
        Said.WAITING: translate("waits for an answer"),
        Said.GRANTED: translate("shared"),
        Said.DECLINED: translate("declined"),
        Said.NEVER: translate("declined"),
    }[answer]


# WHO ASKS


@pages.get("/clinic/ask", Role.CLINICIAN)
def asking(visit: Visit) -> Answer:
    """A form, and what the organization of the visitor has asked for; never what others have."""
    with visit.node.reading() as session:
        found = service.made_by(session, acting(visit).organization)
    shown = {
        "asked": [_shown(visit, each) for each in found],
        "sections": [(name, section_name(CODES[name])) for name in ASKABLE],
        "purposes": [(each.name, purpose_name(each)) for each in FOR],
        "usual": (visit.node.clock.now() + timedelta(days=30)).date().isoformat(),
        "record": visit.query.get("record", ""),
    }
    return Page("consent/ask.html", shown)


@pages.post("/clinic/ask", Role.CLINICIAN, again=asking)
def ask(visit: Visit) -> Answer:
    """The answer is the same whether there is such a record or not."""
    form = visit.form
    text = form.text("record", longest=80)
    record = service.record_asked(text) if text else None
    if text and record is None:
        said = translate("The number of a record has 32 digits and letters from a to f.")
        form.faults.setdefault("record", said)
    sections = form.choices("sections", ASKABLE)
    purpose = form.choice("purpose", [each.name for each in FOR])
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    why = form.text("why", longest=LONGEST_WHY)
    form.check()
    assert record is not None, "a form with faults goes no further"
    wanted = Wanted(tuple(sections), Purpose[purpose], until, why)
    try:
        with visit.node.sessions() as session, session.begin():
            work = Work(visit.node, session)
            service.ask(work, record, acting(visit).organization, wanted)
    except TooManyRequests as error:
        form.blame("record", error)
        raise
    said = translate("The patient is asked, if the number is right. The answer will stand here.")
    return Redirect(ASK, said=said)


# WHO IS ASKED


def _heard(visit: Visit, session: Session) -> list[Asked]:
    return service.heard(session, [of.text for of in mine(visit, session)])


@pages.get("/requests", Role.PATIENT, acts=("grant",))
def requests(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
        found = [_shown(visit, each) for each in _heard(visit, session)]
    shown = {"asked": found, "records": [of.text for of in records]}
    return Page("consent/requests.html", shown)


def found_request(visit: Visit, session: Session, request: str) -> Asked:
    """A request to the visitor that waits. Raises PageMissing for every other one."""
    for each in _heard(visit, session):
        if each.id == request and each.answer is Said.WAITING:
            return each
    raise PageMissing


@pages.post("/requests/{request}/decline", Role.PATIENT, acts=("grant",))
def decline(visit: Visit, request: str) -> Answer:
    """`never`: nothing more of who asked reaches the patient, and who asked does not learn it."""
    with visit.node.reading() as session:
        found = found_request(visit, session, request)
    said = Said.NEVER if visit.form.typed("never") == "yes" else Said.DECLINED
    with visit.node.sessions() as session, session.begin():
        service.settle(Work(visit.node, session), found.id, said)
    return Redirect(REQUESTS, said=translate("Declined. Nothing was shared."))


@pages.card(Role.PATIENT, order=12, acts=("grant",))
def asked_of_me(visit: Visit) -> Card | None:
    """Who waits for an answer."""
    with visit.node.reading() as session:
        waiting = [each for each in _heard(visit, session) if each.answer is Said.WAITING]
    names = sorted({of_home(visit.home).name_of(each.asker) for each in waiting})
    return Card("consent/asked_of_me.html", {"names": names}, urgent=True) if names else None
