"""Referrals of an organization: what came in, what went out, and what waits too long."""

from collections.abc import Callable
from datetime import timedelta

from salus.platform.i18n import translate
from salus.platform.settings import read
from salus.platform.web.portal import (
    Card,
    FormInvalid,
    Nav,
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.model import end_of
from salus.rights.identity.accounts.acting import acting
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.records.errors import UnknownRecord, UnknownSection
from salus.rights.records.naming import section_name
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.service import find_record
from salus.services.care import service
from salus.services.care.letters import Desk, Referral, desk_of, referrals
from salus.services.care.model import LONGEST_REASON, LONGEST_WAIT
from salus.services.care.pages.telling import Told, told
from salus.services.care.resources import Organization, discharge
from salus.services.care.settings import CareSettings

REFERRALS = f"{ROOT}/clinic/referrals"
LARGEST = 1_000_000  # bytes of a summary
pages = Pages("care", nav=(Nav(Role.CLINICIAN, "Referrals", REFERRALS, 30),))


@pages.get("/clinic/referrals", Role.CLINICIAN)
def work(visit: Visit) -> Answer:
    found = _own(visit)
    incoming = [told(visit, each) for each in found if _is_in(visit, each)]
    outgoing = [told(visit, each) for each in found if not _is_in(visit, each)]
    return Page(
        "care/work.html", {"incoming": _open_first(incoming), "outgoing": _open_first(outgoing)}
    )


def _open_first(found: list[Told]) -> list[Told]:
    return sorted(found, key=lambda each: (not each.is_open, not each.is_overdue))


def _own(visit: Visit) -> list[Referral]:
    """Those in which the organization of the visitor is a side."""
    mine = acting(visit).organization
    with visit.node.reading() as session:
        found = referrals(_desk(visit), session)
    return [each for each in found if mine in {each.letter.referrer, each.letter.specialist}]


def _desk(visit: Visit) -> Desk:
    return desk_of(visit.node, visit.home)


def _is_in(visit: Visit, found: Referral) -> bool:
    return found.letter.specialist == acting(visit).organization


def _one(visit: Visit, referral: str) -> Referral:
    """Raises PageMissing, also for one of other organizations."""
    for each in _own(visit):
        if each.id.hex() == referral:
            return each
    raise PageMissing


@pages.get("/clinic/referrals/{referral}", Role.CLINICIAN)
def show(visit: Visit, referral: str) -> Answer:
    found = _one(visit, referral)
    return Page("care/referral.html", {"each": told(visit, found), "is_in": _is_in(visit, found)})


# SENDING


@pages.get("/clinic/referrals/new", Role.CLINICIAN)
def new(visit: Visit) -> Answer:
    mine, numbers = acting(visit).organization, read(CareSettings)
    usual = visit.node.clock.now() + timedelta(days=numbers.deadline_days)
    shown = {
        "record": visit.query.get("record", ""),
        "to": [
            (each.name, each.name)
            for each in of_home(visit.home).members()
            if each.roles & Roles.READER and each.address != mine
        ],
        "sections": _sections(),
        "usual": usual.date().isoformat(),
    }
    return Page("care/new.html", shown)


def _sections() -> list[tuple[str, str]]:
    return [(name, section_name(c)) for c, name in SECTIONS.items() if c != EMERGENCY_SUMMARY]


@pages.post("/clinic/referrals/new", Role.CLINICIAN, signs=True, again=new)
def send(visit: Visit) -> Answer:
    form, keyring, mine = visit.form, of_home(visit.home), acting(visit).organization
    readers = {each.name: each for each in keyring.members() if each.roles & Roles.READER}
    number = form.text("record", longest=40).lower()
    to = form.choice("to", readers)
    names = form.choices("sections", [name for name, _ in _sections()])
    reason = form.text("reason", longest=LONGEST_REASON)
    day = form.day("deadline", after=visit.node.clock.now(), within=LONGEST_WAIT)
    form.check()
    confirm(visit)
    try:
        with visit.node.reading() as session:
            record = find_record(session, number)
        service.send(
            _desk(visit),
            record=record,
            referrer=Organization(keyring.name_of(mine), mine),
            specialist=Organization(readers[to].name, readers[to].address),
            sections=names,
            reason=reason,
            deadline=end_of(day),
            grace=timedelta(days=read(CareSettings).grace_days),
        )
    except UnknownRecord as error:
        form.blame("record", error)
        raise FormInvalid from None
    except UnknownSection:
        form.faults.setdefault("sections", translate("The record has no such part."))
        raise FormInvalid from None
    visit.node.follow()
    said = translate("It is sent. The patient decides what the other side may read.")
    return Redirect(REFERRALS, said=said)


# ITS WAY


@pages.post("/clinic/referrals/{referral}/accept", Role.CLINICIAN, signs=True, again=show)
def accept(visit: Visit, referral: str) -> Answer:
    said = translate("Accepted. What the patient shared with it opens from now.")
    return _moved(visit, _side(visit, referral, is_in=True), service.accept, said)


@pages.post("/clinic/referrals/{referral}/return", Role.CLINICIAN, signs=True, again=show)
def return_(visit: Visit, referral: str) -> Answer:
    reason = visit.form.text("reason", longest=LONGEST_REASON)
    visit.form.check()
    found = _side(visit, referral, is_in=True)
    said = translate("Sent back. Nothing can be read with it any more.")
    return _moved(visit, found, lambda desk, each: service.return_(desk, each, reason=reason), said)


@pages.post(
    "/clinic/referrals/{referral}/down", Role.CLINICIAN, signs=True, again=show, takes=2 * LARGEST
)
def hand_down(visit: Visit, referral: str) -> Answer:
    """A summary as it was typed, or as a file of FHIR that another program wrote."""
    found = _side(visit, referral, is_in=True)
    summary = _summary(visit, found)
    said = translate("The summary is on its way to the patient and to who sent it.")
    return _moved(
        visit, found, lambda desk, each: service.hand_down(desk, each, summary=summary), said
    )


def _summary(visit: Visit, found: Referral) -> bytes:
    form = visit.form
    if form.uploads.get("file") and form.uploads["file"].content:
        file = form.upload("file", largest=LARGEST)
        form.check()
        return file.content
    title, text = form.text("title"), form.text("text", longest=20_000)
    form.check()
    name = of_home(visit.home).name_of(found.letter.specialist)
    return discharge(
        service.request_of_now(found),
        author=Organization(name, found.letter.specialist),
        title=title,
        text=text,
        at=visit.node.clock.now(),
    )


@pages.post("/clinic/referrals/{referral}/close", Role.CLINICIAN, signs=True, again=show)
def close(visit: Visit, referral: str) -> Answer:
    said = translate("Closed. What was shared with it ends after the time of grace.")
    return _moved(visit, _side(visit, referral, is_in=False), service.close, said)


@pages.post("/clinic/referrals/{referral}/cancel", Role.CLINICIAN, signs=True, again=show)
def cancel(visit: Visit, referral: str) -> Answer:
    said = translate("Cancelled. Nothing can be read with it any more.")
    return _moved(visit, _side(visit, referral, is_in=False), service.cancel, said)


def _side(visit: Visit, referral: str, *, is_in: bool) -> Referral:
    """A referral that the visitor's side may move. Raises PageMissing for the other side."""
    found = _one(visit, referral)
    if _is_in(visit, found) != is_in:
        raise PageMissing
    return found


def _moved(
    visit: Visit, found: Referral, verb: Callable[[Desk, Referral], None], said: str
) -> Redirect:
    confirm(visit)
    verb(_desk(visit), found)
    visit.node.follow()
    return Redirect(f"{REFERRALS}/{found.id.hex()}", said=said)


@pages.card(Role.CLINICIAN, order=20)
def waiting(visit: Visit) -> Card | None:
    """What the visitor's organization has to do next."""
    found = [(told(visit, each), _is_in(visit, each)) for each in _own(visit)]
    todo = [
        each
        for each, is_in in found
        if (is_in and (each.is_sent or each.is_accepted)) or (not is_in and each.is_handed_down)
    ]
    if not todo:
        return None
    late = any(each.is_overdue or each.is_expired for each in todo)
    return Card("care/waiting.html", {"found": todo}, urgent=late)
