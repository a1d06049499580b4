"""The people around a patient: guardians, delegates, whom one helps, and the recovery clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.kernel.ids import Address, RecordId, record_text
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import moment as moment_of
from salus.rights.consent.authority import reading, service
from salus.rights.consent.authority.acting import acted
from salus.rights.consent.authority.codes import code_of
from salus.rights.consent.authority.model import Circle, names_of
from salus.rights.consent.pages.acting import act_name, helped
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.pages.naming import namer, typed_code
from salus.rights.consent.wording import power_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet

pages = Pages("consent", nav=(Nav(Role.PATIENT, "My people", f"{ROOT}/people", 40),))
PEOPLE = f"{ROOT}/people"


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts for the patient, in words; or whom the patient acts for."""

    name: str
    address: str
    record: str
    powers: str
    until: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class Guarded:
    """Who can get a record back, and what goes on about it; `ready` runs once it is not None."""

    record: str
    patient: str
    names: list[str]
    threshold: int
    next_names: list[str] | None
    next_at: datetime | None
    asked_by: list[str]
    ready: datetime | None
    delegates: list[Acting]
    acts: list[tuple[Markup, str, str]]


@pages.get("/people", Role.PATIENT)
def people(visit: Visit, **_path: str) -> Answer:
    me = Wallet(visit.root).guardian().address
    with visit.node.reading() as session:
        own = [_guarded(visit, session, each) for each in mine(visit, session)]
        guarding = [_watched(visit, session, record) for record in _guards(visit, session)]
        acting = [
            _acting(visit, session, each, record_text(each.record))
            for each in reading.acts_for(session, me)
        ]
        can_act = {each.record for each in helped(visit, session)}
    shown = {"records": own, "guarding": guarding, "acting": acting, "code": code_of(me)}
    shown["can_act"] = can_act
    return Page("consent/people.html", shown)


def _guards(visit: Visit, session: Session) -> list[RecordId]:
    me = Wallet(visit.root).guardian().address
    return reading.guards(session, me, visit.node.clock.now())


def _guarded(visit: Visit, session: Session, of: Mine) -> Guarded:
    delegates = [
        _acting(visit, session, each, of.text) for each in reading.delegates(session, of.record)
    ]
    name = namer(visit, session)
    acts = [
        (moment_of(each.at), name(each.delegate), act_name(each.act))
        for each in acted(session, of.record)
    ]
    found = _circles(visit, session, of.record, of.summary.patient, delegates)
    return replace(found, acts=acts)


def _watched(visit: Visit, session: Session, record: RecordId) -> Guarded:
    """A record that the visitor guards: nothing of its content, nobody but its guardians."""
    return _circles(visit, session, record, "", [])


def _circles(
    visit: Visit, session: Session, record: RecordId, patient: str, delegates: list[Acting]
) -> Guarded:
    name, now = namer(visit, session), visit.node.clock.now()
    present, waiting = reading.guardians(session, record, now)
    known = reading.recovery(session, record, now)
    return Guarded(
        record_text(record),
        patient,
        [name(each) for each in present.guardians],
        present.threshold,
        [name(each) for each in waiting.guardians] if waiting else None,
        moment(waiting.begins) if waiting else None,
        [name(guardian) for guardian, _ in known.wishes],
        moment(known.ready_at) if known.ready_at else None,
        delegates,
        [],
    )


def _acting(visit: Visit, session: Session, each: reading.Delegate, record: str) -> Acting:
    now = visit.node.clock.now()
    return Acting(
        namer(visit, session)(each.address),
        each.address.hex(),
        record,
        ", ".join(power_name(power) for power in names_of(each.delegation.powers)),
        moment(each.delegation.not_after),
        not each.delegation.is_within(now),
    )


# WHAT A PATIENT STOPS


@pages.post("/people/{record}/recovery/cancel", Role.PATIENT, signs=True, again=people)
def cancel_recovery(visit: Visit, record: str) -> Answer:
    confirm(visit)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    service.cancel_recovery(visit.node, record=of.record, by=of.key)
    visit.node.follow()
    said = translate("It is stopped. What your guardians signed counts no more.")
    return Redirect(PEOPLE, said=said)


@pages.post("/people/{record}/guardians/cancel", Role.PATIENT, signs=True)
def cancel_guardians(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    service.cancel_guardians(visit.node, record=of.record, by=of.key)
    visit.node.follow()
    return Redirect(PEOPLE, said=translate("Your guardians stay as they are."))


@pages.post("/people/{record}/dismiss", Role.PATIENT, signs=True)
def dismiss(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        known = {each.address.hex(): each.address for each in reading.delegates(session, of.record)}
    address = known.get(visit.form.typed("delegate"))
    if address is None:
        raise PageMissing
    service.dismiss(visit.node, record=of.record, delegate=address, by=of.key)
    visit.node.follow()
    return Redirect(PEOPLE, said=translate("From now on nobody acts for you by that."))


# WHAT A GUARDIAN DOES


def guarded(visit: Visit, session: Session, text: str) -> RecordId:
    """A record that the visitor guards. Raises PageMissing for every other."""
    for record in _guards(visit, session):
        if record_text(record) == text:
            return record
    raise PageMissing


@pages.get("/people/guarding/{record}", Role.PATIENT)
def guarding(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        shown = _watched(visit, session, guarded(visit, session, record))
    return Page("consent/guarding.html", {"each": shown})


@pages.post("/people/guarding/{record}", Role.PATIENT, signs=True, again=guarding)
def ask(visit: Visit, record: str) -> Answer:
    """Ask, as a guardian, that a person gets the record; the code is that of the person's key."""
    address = typed_code(visit, "code")
    visit.form.check()
    confirm(visit)
    with visit.node.reading() as session:
        found = guarded(visit, session, record)
    assert address is not None, "a form with faults goes no further"
    agree_to_recovery(visit, found, address)
    said = translate("You have signed. Once enough guardians have, the 72 hours begin.")
    return Redirect(PEOPLE, said=said)


def agree_to_recovery(visit: Visit, record: RecordId, controller: Address) -> None:
    by = Wallet(visit.root).guardian()
    service.open_recovery(visit.node, record=record, controller=controller, by=by)
    visit.node.follow()


@pages.post("/people/guarding/{record}/object", Role.PATIENT, signs=True)
def object_(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        found = guarded(visit, session, record)
    by = Wallet(visit.root).guardian()
    service.cancel_guardians(visit.node, record=found, by=by)
    visit.node.follow()
    return Redirect(PEOPLE, said=translate("The guardians of this record stay as they are."))


# THE FIRST PAGE


@pages.card(Role.PATIENT, order=5)
def recovery_runs(visit: Visit) -> Card | None:
    """Somebody else is about to get the control of a record."""
    with visit.node.reading() as session:
        found = [
            _circles(visit, session, of.record, "", [])
            for of in mine(visit, session)
            if reading.recovery(session, of.record, visit.node.clock.now()).wishes
        ]
    return Card("consent/recovery_runs.html", {"found": found}, urgent=True) if found else None


def circle_of(visit: Visit, session: Session, of: Mine) -> Circle:
    """The present guardians of a record."""
    return reading.guardians(session, of.record, visit.node.clock.now())[0]
