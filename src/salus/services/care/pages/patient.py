"""The referrals of a patient: step by step, who is next, and what may be read on the way."""

from datetime import timedelta

from sqlalchemy.orm import Session

from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent import service as consent
from salus.rights.consent.cli.words import chosen_units
from salus.rights.consent.model import LONGEST, Purpose
from salus.rights.consent.pages.mine import Mine, mine
from salus.rights.consent.service import More
from salus.rights.consent.wording import purpose_name, sentence
from salus.rights.identity.accounts.pages import confirm
from salus.services.care import service
from salus.services.care.letters import Referral, desk_of, referrals
from salus.services.care.model import Role as Side
from salus.services.care.pages.telling import Told, told

CARE = f"{ROOT}/care"
USUAL = timedelta(days=90)
pages = Pages("care", nav=(Nav(Role.PATIENT, "Referrals", CARE, 47),))


@pages.get("/care", Role.PATIENT)
def care(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [
            (told(visit, each), service.is_shared(session, each))
            for _, each in _own(visit, session)
        ]
    return Page("care/mine.html", {"referrals": found[::-1]})


def _own(visit: Visit, session: Session) -> list[tuple[Mine, Referral]]:
    own = {each.record: each for each in mine(visit, session)}
    found = referrals(desk_of(visit.node, visit.home), session)
    return [(own[each.letter.record], each) for each in found if each.letter.record in own]


def _one(visit: Visit, referral: str) -> tuple[Mine, Referral]:
    """Raises PageMissing, also for one of somebody else."""
    with visit.node.reading() as session:
        for of, each in _own(visit, session):
            if each.id.hex() == referral:
                return of, each
    raise PageMissing


@pages.get("/care/{referral}/agree", Role.PATIENT)
def agreeing(visit: Visit, referral: str) -> Answer:
    _, found = _one(visit, referral)
    usual = (visit.node.clock.now() + USUAL).date().isoformat()
    return Page("care/agree.html", {"each": told(visit, found), "usual": usual, "said": ""})


@pages.post("/care/{referral}/agree", Role.PATIENT, signs=True, again=agreeing)
def review_or_agree(visit: Visit, referral: str) -> Answer:
    """Let the specialist read the parts that are asked for, while the referral is open."""
    of, found = _one(visit, referral)
    until = visit.form.day("until", after=visit.node.clock.now(), within=LONGEST)
    visit.form.check()
    each = told(visit, found)
    said = sentence(
        refuses=False,
        readers=[each.specialist],
        sections=each.sections,
        purpose=purpose_name(Purpose.TREAT),
        until=until,
    )
    if visit.form.typed("step") != "sign":
        return Page("care/agree.html", {"each": each, "usual": "", "said": said})
    confirm(visit)
    with visit.node.reading() as session:
        units = chosen_units(session, of.record, found.letter.sections, ())
    consent.grant(
        visit.node,
        record=of.record,
        units=units,
        readers=[found.letter.specialist],
        purpose=Purpose.TREAT.name,
        until=until,
        by=of.key,
        more=More(condition=f"referral:0x{found.id.hex()}"),
    )
    return Redirect(CARE, said=translate("Signed: {said}", said=said))


@pages.get("/care/{referral}/cancel", Role.PATIENT)
def cancelling(visit: Visit, referral: str) -> Answer:
    _, found = _one(visit, referral)
    return Page("care/cancel.html", {"each": told(visit, found)})


@pages.post("/care/{referral}/cancel", Role.PATIENT, signs=True, again=cancelling)
def cancel(visit: Visit, referral: str) -> Answer:
    confirm(visit)
    _, found = _one(visit, referral)
    service.cancel(desk_of(visit.node, visit.home), found, role=Side.PATIENT)
    visit.node.follow()
    return Redirect(CARE, said=translate("Cancelled. Nothing can be read with it any more."))


@pages.card(Role.PATIENT, order=15)
def under_way(visit: Visit) -> Card | None:
    """Referrals that are not done."""
    with visit.node.reading() as session:
        every: list[Told] = [told(visit, each) for _, each in _own(visit, session)]
    if not every:
        return None
    return Card("care/under_way.html", {"found": [each for each in every if each.is_open]})
