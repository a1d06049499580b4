"""What a patient allows for an emergency, what helpers would see, the card, and what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from salus.kernel.canonical import parse
from salus.kernel.clock import moment
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.drawing import qr
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent.emergency.ledger import policy_of
from salus.rights.consent.emergency.model import EmergencyPolicy
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.custody.household import keepers_of, source_of
from salus.rights.custody.pages.record import opened_section
from salus.rights.identity.accounts.pages import confirm
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.services.emergency import card as cards
from salus.services.emergency import service
from salus.services.emergency.lines import Line, lines_of
from salus.services.emergency.pages.telling import Told, told
from salus.services.emergency.printing import card_of, keep_made
from salus.services.emergency.service import Emergency
from salus.services.emergency.tables import CardMade
from salus.services.emergency.wording import kind_words, policy_words

pages = Pages("emergency", nav=(Nav(Role.PATIENT, "In an emergency", f"{ROOT}/emergency", 45),))
EMERGENCY = f"{ROOT}/emergency"
SUMMARY = SECTIONS[EMERGENCY_SUMMARY]
OLD = timedelta(days=90)
VALID = timedelta(days=365)
BY_NAME = {each.name.lower(): each for each in EmergencyPolicy}


@dataclass(frozen=True, slots=True)
class Prepared:
    """One record: what helpers would see, what they may, the last card, and what happened."""

    record: str
    patient: str
    lines: list[tuple[str, str]]
    policy: str
    forbids: bool
    card_made: datetime | None
    card_is_old: bool
    past: list[Told]


@pages.get("/emergency", Role.PATIENT)
def emergency(visit: Visit, **_path: str) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
    return Page("emergency/mine.html", {"records": [_prepared(visit, of) for of in records]})


def _prepared(visit: Visit, of: Mine) -> Prepared:
    policy = policy_of(visit.node, of.record)
    with visit.node.reading() as session:
        row = session.get(CardMade, of.text)
        made = moment(row.made_at) if row else None
        is_stale = row is not None and row.version < of.summary.version
        past = [told(visit, each) for each in service.emergencies(session, of.record)]
    is_old = is_stale or (made is not None and visit.node.clock.now() - made > OLD)
    return Prepared(
        of.text,
        of.summary.patient,
        [(kind_words(line.kind), line.text) for line in _lines(visit, of)],
        policy_words(policy),
        policy is EmergencyPolicy.FORBID,
        made,
        is_old,
        past[::-1],
    )


def _lines(visit: Visit, of: Mine) -> tuple[Line, ...]:
    """The summary as its patient reads it; nothing where its source made none."""
    if SUMMARY not in of.summary.sections:
        return ()
    resources = opened_section(visit, of, SUMMARY).resources
    raw = next((raw for name, raw in resources.items() if name.startswith("Bundle/")), None)
    return lines_of(parse(raw)) if raw else ()


# WHAT MAY BE OPENED


@pages.get("/emergency/{record}/policy", Role.PATIENT)
def policy(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    now = policy_of(visit.node, of.record).name.lower()
    offered = [(name, policy_words(each)) for name, each in BY_NAME.items()]
    return Page("emergency/policy.html", {"record": of.text, "policies": offered, "now": now})


@pages.post("/emergency/{record}/policy", Role.PATIENT, signs=True, again=policy)
def review_or_set(visit: Visit, record: str) -> Answer:
    """First in words, then signed."""
    chosen = visit.form.choice("policy", BY_NAME)
    visit.form.check()
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    wished = BY_NAME[chosen]
    if visit.form.typed("step") != "sign":
        shown = {
            "record": of.text,
            "said": policy_words(wished),
            "forbids": wished is EmergencyPolicy.FORBID,
        }
        return Page("emergency/review_policy.html", shown)
    confirm(visit)
    service.set_policy(visit.node, of.record, wished, by=of.key)
    visit.node.follow()
    said = translate("Signed: {said}", said=policy_words(wished))
    return Redirect(EMERGENCY, said=said)


# THE CARD


@pages.post("/emergency/{record}/card", Role.PATIENT, again=emergency)
def card(visit: Visit, record: str) -> Answer:
    """A card to print, sealed under a code on a strip or readable for everybody."""
    kind = visit.form.choice("kind", ("sealed", "open"))
    visit.form.check()
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    if SUMMARY not in of.summary.sections:
        raise PageMissing
    source = source_of(visit.home)
    keepers = keepers_of(visit.node, visit.home, of.record)
    made = card_of(visit.node, keepers, of.record, source=source.address, valid=VALID, by=of.key)
    printed = cards.printed(made, by=source.signing, is_sealed=kind == "sealed")
    with visit.node.sessions() as session, session.begin():
        keep_made(Work(visit.node, session), made)
    code = cards.shown_code(printed.code) if printed.code else ""
    lines = () if code else made.lines
    shown = {
        "parts": [qr(part) for part in printed.parts],
        "code": code,
        "strip": qr(code) if code else Markup(),
        "lines": [(kind_words(line.kind), line.text) for line in lines],
        "issued": made.issued,
        "until": made.until,
    }
    return Page("emergency/printed.html", shown)


# WHAT HAPPENED


@pages.post("/emergency/{record}/{handle}/close", Role.PATIENT, signs=True)
def close(visit: Visit, record: str, handle: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        found = _of_record(service.emergencies(session, of.record), handle)
    service.close(visit.node, found.id, by=of.key)
    said = translate("It is over. Nothing more can be read with it.")
    return Redirect(EMERGENCY, said=said)


def _of_record(known: list[Emergency], handle: str) -> Emergency:
    """Raises PageMissing."""
    for each in known:
        if service.handle(each.id) == handle:
            return each
    raise PageMissing


@pages.card(Role.PATIENT, order=1)
def running(visit: Visit) -> Card | None:
    """Emergencies that run now."""
    with visit.node.reading() as session:
        every = [
            told(visit, each)
            for of in mine(visit, session)
            for each in service.emergencies(session, of.record)
        ]
    found = [each for each in every if each.runs]
    return Card("emergency/running.html", {"found": found}, urgent=True) if found else None
