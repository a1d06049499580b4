"""A clinician opens a record in an emergency, and a second one agrees that it opens wider."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.canonical import parse
from salus.kernel.ids import RecordId, record_text
from salus.platform.i18n import translate
from salus.platform.ledger.errors import LedgerUnreachable
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
from salus.rights.consent.emergency.ledger import needs_second
from salus.rights.consent.emergency.model import OPEN_HOURS, Reason, Scope
from salus.rights.custody.household import keepers_of
from salus.rights.custody.reading import Opened
from salus.rights.identity.accounts.acting import Acting, acting
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.records.errors import UnknownRecord
from salus.rights.records.naming import section_name
from salus.rights.records.readable import Entry, entries
from salus.rights.records.sections import EMERGENCY_SUMMARY
from salus.rights.records.service import find_record
from salus.services.emergency import service
from salus.services.emergency.errors import SiteMissing
from salus.services.emergency.lines import lines_of
from salus.services.emergency.pages.telling import told
from salus.services.emergency.service import Emergency
from salus.services.emergency.wording import kind_words, reason_words

GLASS = f"{ROOT}/clinic/break-glass"
SHORTEST = 8  # digits of a record's number, so that nobody finds one by trying
pages = Pages("emergency", nav=(Nav(Role.CLINICIAN, "Emergency access", GLASS, 40),))


@dataclass(frozen=True, slots=True)
class Part:
    """A section that an emergency opened."""

    name: str
    entries: list[Entry]


@pages.get("/clinic/break-glass", Role.CLINICIAN)
def glass(visit: Visit) -> Answer:
    """Without a ledger nothing opens, and what is left is the card of the patient."""
    try:
        return Page("emergency/glass.html", _glass(visit))
    except LedgerUnreachable:
        return Page("emergency/silent.html", status=503)


def _glass(visit: Visit) -> dict[str, object]:
    who, is_clinician = acting(visit), _is_clinician(visit)
    with visit.node.reading() as session:
        known = service.of_site(session, who.organization)
    own = [told(visit, each) for each in known if each.clinician == who.party.address]
    others = [each for each in known if each.clinician != who.party.address]
    return {
        "is_clinician": is_clinician,
        "reasons": [(each.name, reason_words(each.name)) for each in Reason],
        "record": visit.query.get("record", ""),
        "needs_second": is_clinician and needs_second(visit.node, who.party.address),
        "own": own,
        "others": [each for each in (told(visit, one) for one in others) if each.runs],
        "hours": OPEN_HOURS,
    }


def _is_clinician(visit: Visit) -> bool:
    """Whether the key of the account acts for a hospital with emergencies."""
    try:
        service.site_of(visit.node, acting(visit).party.address)
    except SiteMissing:
        return False
    return True


@pages.post("/clinic/break-glass", Role.CLINICIAN, signs=True, again=glass)
def review_or_open(visit: Visit) -> Answer:
    """First what it opens, who is told and for how long; then it is signed."""
    form = visit.form
    reason = form.choice("reason", Reason.__members__)
    number = form.text("record", longest=40).lower()
    if len(number) < SHORTEST:
        said = translate("At least {count} digits, please.", count=SHORTEST)
        form.faults.setdefault("record", said)
    form.check()
    record = _record(visit, number)
    who = acting(visit)
    if form.typed("step") != "sign":
        shown = {
            "record": record_text(record),
            "reason": reason_words(reason),
            "hours": OPEN_HOURS,
            "needs_second": needs_second(visit.node, who.party.address),
        }
        return Page("emergency/review_glass.html", shown)
    confirm(visit)
    made = service.break_glass(
        visit.node, record=record, reason=Reason[reason], by=who.party.signing
    )
    said = translate("It is open, and everybody concerned has been told.")
    return Redirect(f"{GLASS}/{service.handle(made.id)}", said=said)


def _record(visit: Visit, number: str) -> RecordId:
    """Raises FormInvalid."""
    try:
        with visit.node.reading() as session:
            return find_record(session, number)
    except UnknownRecord as error:
        visit.form.blame("record", error)
        raise FormInvalid from None


# ONE EMERGENCY


@pages.get("/clinic/break-glass/{handle}", Role.CLINICIAN)
def opened(visit: Visit, handle: str) -> Answer:
    who = acting(visit)
    with visit.node.reading() as session:
        found = _of_site(session, who, handle)
    each = told(visit, found)
    is_reader = who.party.address == found.clinician
    lines: list[tuple[str, str]] = []
    parts: list[Part] = []
    if each.runs and is_reader and found.scope is not Scope.NOTHING:
        seen = _read(visit, who, found)
        lines, parts = _summary(seen), _parts(seen)
    shown = {
        "each": each,
        "is_own": is_reader,
        "waits": found.scope is Scope.NOTHING,
        "is_widest": found.scope is Scope.RECORD,
        "lines": lines,
        "parts": parts,
    }
    return Page("emergency/opened.html", shown)


def _of_site(session: Session, who: Acting, handle: str) -> Emergency:
    """An emergency of the hospital of the visitor. Raises PageMissing for every other."""
    for each in service.of_site(session, who.organization):
        if service.handle(each.id) == handle:
            return each
    raise PageMissing


def _read(visit: Visit, who: Acting, found: Emergency) -> Opened:
    keyring = of_home(visit.home)
    hospital = keyring.party(keyring.name_of(found.site))
    keepers = keepers_of(visit.node, visit.home, found.record)
    return service.read_opened(visit.node, keepers, found, hospital=hospital, by=who.party.signing)


def _summary(seen: Opened) -> list[tuple[str, str]]:
    for unit in seen.units:
        if unit.place.section == EMERGENCY_SUMMARY:
            for raw in unit.resources.values():
                return [(kind_words(line.kind), line.text) for line in lines_of(parse(raw))]
    return []


def _parts(seen: Opened) -> list[Part]:
    return [
        Part(section_name(unit.place.section), entries(unit.place.section, unit.resources))
        for unit in seen.units
        if unit.place.section != EMERGENCY_SUMMARY
    ]


@pages.post("/clinic/break-glass/{handle}/widen", Role.CLINICIAN, signs=True, again=opened)
def widen(visit: Visit, handle: str) -> Answer:
    """As a second clinician of the same hospital, one step."""
    confirm(visit)
    who = acting(visit)
    with visit.node.reading() as session:
        found = _of_site(session, who, handle)
    service.widen(visit.node, found.id, by=who.party.signing)
    said = translate("You have agreed. Your colleague can read it now.")
    return Redirect(f"{GLASS}/{handle}", said=said)


@pages.post("/clinic/break-glass/{handle}/close", Role.CLINICIAN, signs=True, again=opened)
def close(visit: Visit, handle: str) -> Answer:
    who = acting(visit)
    with visit.node.reading() as session:
        found = _of_site(session, who, handle)
    service.close(visit.node, found.id, by=who.party.signing)
    said = translate("It is over. Nothing more can be read with it.")
    return Redirect(f"{GLASS}/{handle}", said=said)


@pages.card(Role.CLINICIAN, order=10)
def at_work(visit: Visit) -> Card | None:
    """Emergencies of this hospital that run; where the ledger is silent, the way to a card."""
    try:
        site = acting(visit).organization
    except LedgerUnreachable:
        return Card("emergency/silent_card.html", urgent=True)
    with visit.node.reading() as session:
        known = service.of_site(session, site)
        found = [each for each in (told(visit, one) for one in known) if each.runs]
    return Card("emergency/at_work.html", {"found": found}, urgent=True) if found else None
