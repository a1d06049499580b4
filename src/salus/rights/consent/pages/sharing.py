"""Who may read what: the list, the steps of a new share, and its end."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.encoding import to_hex
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent import service
from salus.rights.consent.cli.words import state_of
from salus.rights.consent.model import LONGEST, Effect, Purpose
from salus.rights.consent.pages.choosing import found_grant, held_sections, members, section_words
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.service import Granted
from salus.rights.consent.wording import purpose_name, sentence, state_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import plain_units, snapshots_of, units_of

pages = Pages(
    "consent",
    nav=(
        Nav(Role.PATIENT, "Home", f"{ROOT}/home", 0),
        Nav(Role.PATIENT, "Who may read", f"{ROOT}/shares", 20),
    ),
)
OFFERED = (Purpose.TREAT, Purpose.HPAYMT, Purpose.HRESCH, Purpose.CLINTRCH, Purpose.FAMRQT)
"""Purposes of a share that a page offers; others are for licenses and emergencies."""


@dataclass(frozen=True, slots=True)
class Share:
    """A row of the list."""

    id: str
    record: str
    readers: list[str]
    sections: list[str]
    purpose: str
    until: object
    state: str
    is_live: bool
    refuses: bool


@pages.get("/shares", Role.PATIENT)
def shares(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [
            _share(visit, session, each, granted)
            for each in mine(visit, session)
            for granted in service.grants(session, each.record)
            if granted.terms.effect == Effect.PERMIT
        ]
    order = ("live", "proposed", "pending", "suspended")
    ordered = sorted(found, key=lambda each: (each.state not in order, each.state), reverse=False)
    return Page("consent/shares.html", {"shares": ordered, "words": state_name})


def _share(visit: Visit, session: Session, of: Mine, granted: Granted) -> Share:
    keyring, terms = of_home(visit.home), granted.terms
    state = state_of(granted, seconds(visit.node.clock.now()))
    if state == "live" and visit.node.clock.now() >= terms.not_after:
        state = "over"
    clause = set(terms.clause.units)
    units = units_of(session, of.record, of.summary.sections)
    units += snapshots_of(session, of.record, list(of.summary.sections))
    codes = sorted({unit.place.section for unit in units if unit.id in clause})
    return Share(
        to_hex(granted.id),
        of.text,
        [keyring.name_of(reader) for reader in terms.clause.readers],
        [section_name(code) for code in codes],
        ", ".join(purpose_name(Purpose[name]) for name in terms.clause.purposes),
        terms.not_after,
        state,
        state in {"live", "proposed", "suspended"},
        terms.effect == Effect.DENY,
    )


# A NEW SHARE


@pages.get("/share", Role.PATIENT)
def share(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
    return Page("consent/share.html", _choices(visit, records))


def _choices(visit: Visit, records: list[Mine]) -> dict[str, object]:
    return {
        "records": [(each.text, each.summary.patient) for each in records],
        "readers": members(visit),
        "sections": section_words(records),
        "purposes": [(purpose.name, purpose_name(purpose)) for purpose in OFFERED],
        "usual": (visit.node.clock.now() + timedelta(days=30)).date().isoformat(),
    }


@pages.post("/share", Role.PATIENT, again=share, signs=True)
def review_or_sign(visit: Visit) -> Answer:
    """The first time what would be signed is shown in words; the second time it is signed."""
    form = visit.form
    with visit.node.reading() as session:
        records = mine(visit, session)
    choices = _choices(visit, records)
    record = form.choice("record", [each.text for each in records])
    reader = form.choice("reader", [name for name, _ in members(visit)])
    names = form.choices("sections", [name for _, name in held_sections(records)])
    purpose = form.choice("purpose", [each.name for each in OFFERED])
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    form.check()
    said = sentence(
        refuses=False,
        readers=[reader],
        sections=[section_name(code) for code, name in SECTIONS.items() if name in names],
        purpose=purpose_name(Purpose[purpose]),
        until=until,
    )
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        units = plain_units(units_of(session, of.record, names))
    if form.typed("step") != "sign":
        counted = {
            section_name(c): of.summary.sections[n] for c, n in SECTIONS.items() if n in names
        }
        return Page("consent/review.html", {"said": said, "counted": counted} | choices)
    confirm(visit)
    service.grant(
        visit.node,
        record=of.record,
        units=[unit.id for unit in units],
        readers=[of_home(visit.home).member(reader).address],
        purpose=purpose,
        until=until,
        by=of.key,
    )
    return Redirect(f"{ROOT}/shares", said=translate("Signed: {said}", said=said))


@pages.post("/share/change", Role.PATIENT)
def change(visit: Visit) -> Answer:
    """Back to the form, with everything that was chosen."""
    return share(visit)


# THE END OF A SHARE


@pages.post("/shares/{record}/{grant}/end", Role.PATIENT, signs=True)
def end(visit: Visit, record: str, grant: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        granted = found_grant(session, of, grant)
    service.revoke(visit.node, granted, by=of.key)
    visit.node.follow()
    return Redirect(f"{ROOT}/shares", said=translate("It has ended. What was read stays read."))


@pages.post("/shares/{record}/end", Role.PATIENT, signs=True)
def end_all(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    service.end_all(visit.node, of.record, by=of.key)
    visit.node.follow()
    return Redirect(f"{ROOT}/shares", said=translate("All of them have ended."))


@pages.card(Role.PATIENT, order=30)
def readers_now(visit: Visit) -> Card | None:
    """How many may read now."""
    now = seconds(visit.node.clock.now())
    with visit.node.reading() as session:
        live = [
            granted
            for each in mine(visit, session)
            for granted in service.grants(session, each.record)
            if granted.terms.effect == Effect.PERMIT
            and state_of(granted, now) == "live"
            and visit.node.clock.now() < granted.terms.not_after
        ]
    names = sorted({of_home(visit.home).name_of(r) for g in live for r in g.terms.clause.readers})
    return Card("consent/readers_now.html", {"count": len(live), "names": names})
