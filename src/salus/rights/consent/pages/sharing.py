"""Who may read what: the list, the steps of a new share, and its end."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import UnitId
from salus.platform.i18n import translate
from salus.platform.web.portal import (
    Card,
    Download,
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
from salus.platform.work import Work
from salus.rights.consent import service
from salus.rights.consent.asking.service import Answer as Said
from salus.rights.consent.asking.service import Asked, settle
from salus.rights.consent.authority.acting import Act
from salus.rights.consent.cli.words import chosen_units, parse_labels, state_of
from salus.rights.consent.errors import OnlyRestricted
from salus.rights.consent.handing import service as handing
from salus.rights.consent.model import LONGEST, Effect, GrantState, Purpose
from salus.rights.consent.pages.acting import noted
from salus.rights.consent.pages.choosing import found_grant, held_sections, members, section_words
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.pages.requests import found_request
from salus.rights.consent.pages.wishes import CONDITIONS, Wish, condition_text, review_of
from salus.rights.consent.service import Granted, More
from salus.rights.consent.wording import condition_name, purpose_name, state_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit, all_units, units_of

pages = Pages(
    "consent",
    nav=(
        Nav(Role.PATIENT, "Home", f"{ROOT}/home", 0),
        Nav(Role.PATIENT, "Who may read", f"{ROOT}/shares", 20),
    ),
)
OFFERED = (Purpose.TREAT, Purpose.HPAYMT, Purpose.HRESCH, Purpose.CLINTRCH, Purpose.FAMRQT)
"""Purposes of a share that a page offers; others are for licenses and emergencies."""
MOST_READS = 1_000


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


@pages.get("/shares", Role.PATIENT, acts=("grant", "revoke"))
def shares(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [
            _share(visit, each.text, units, granted)
            for each in mine(visit, session)
            for units in (all_units(session, each.record),)
            for granted in service.grants(session, each.record)
            if granted.terms.effect == Effect.PERMIT
        ]
    order = ("live", "proposed", "pending", "suspended")
    ordered = sorted(found, key=lambda each: (each.state not in order, each.state), reverse=False)
    ending = sorted({each.record for each in ordered if each.is_live})
    shown = {"shares": ordered, "words": state_name, "records": ending}
    return Page("consent/shares.html", shown)


def _share(visit: Visit, record: str, units: Sequence[KnownUnit], granted: Granted) -> Share:
    keyring, terms = of_home(visit.home), granted.terms
    state = state_of(granted, seconds(visit.node.clock.now()))
    if state == "live" and visit.node.clock.now() >= terms.not_after:
        state = "over"
    clause = set(terms.clause.units)
    codes = sorted({unit.place.section for unit in units if unit.id in clause})
    return Share(
        to_hex(granted.id),
        record,
        [keyring.name_of(reader) for reader in terms.clause.readers],
        [section_name(code) for code in codes],
        ", ".join(purpose_name(Purpose[name]) for name in terms.clause.purposes),
        terms.not_after,
        state,
        state in {"live", "proposed", "suspended"},
        terms.effect == Effect.DENY,
    )


# A NEW SHARE


@pages.get("/share", Role.PATIENT, acts=("grant",))
def share(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
        before = _replaced(visit, session, records)
    return Page("consent/share.html", _choices(visit, records) | _prefilled(visit, before))


def _replaced(visit: Visit, session: Session, records: list[Mine]) -> tuple[Mine, Granted] | None:
    """The share that a new one replaces, by the link or the form. Raises PageMissing."""
    wanted = visit.form.typed("replaces", visit.query.get("replaces", ""))
    if not wanted:
        return None
    for of in records:
        with suppress(PageMissing):
            return of, found_grant(session, of, wanted)
    raise PageMissing


def _prefilled(visit: Visit, before: tuple[Mine, Granted] | None) -> dict[str, object]:
    """What the form begins with: what was signed before, where a share is replaced."""
    if before is None:
        return _wanted(visit)
    of, granted = before
    clause = granted.terms.clause
    with visit.node.reading() as session:
        units = units_of(session, of.record, of.summary.sections)
    codes = {unit.place.section for unit in units if unit.id in set(clause.units)}
    return {
        "request": "",
        "before": to_hex(granted.id),
        "chosen": [SECTIONS[code] for code in sorted(codes)],
        "reader": of_home(visit.home).name_of(clause.readers[0]),
        "purpose": clause.purposes[0],
    }


def _wanted(visit: Visit) -> dict[str, object]:
    """What somebody asks for, by the link or the form; else nothing. Raises PageMissing."""
    asked = _request(visit)
    if asked is None:
        return {"before": None, "chosen": (), "reader": "", "purpose": "", "request": ""}
    return {
        "before": None,
        "request": asked.id,
        "chosen": asked.wanted.sections,
        "reader": of_home(visit.home).name_of(asked.asker),
        "purpose": asked.wanted.purpose.name,
        "usual": asked.wanted.until.date().isoformat(),
    }


def _request(visit: Visit) -> Asked | None:
    wanted = visit.form.typed("request", visit.query.get("request", ""))
    if not wanted:
        return None
    with visit.node.reading() as session:
        return found_request(visit, session, wanted)


def _choices(visit: Visit, records: list[Mine]) -> dict[str, object]:
    return {
        "records": [(each.text, each.summary.patient) for each in records],
        "readers": members(visit),
        "sections": section_words(records),
        "purposes": [(purpose.name, purpose_name(purpose)) for purpose in OFFERED],
        "conditions": [("", translate("Nothing else")), *_conditions()],
        "usual": (visit.node.clock.now() + timedelta(days=30)).date().isoformat(),
    }


def _conditions() -> list[tuple[str, str]]:
    return [(name, condition_name(name)) for name in CONDITIONS]


@pages.post("/share", Role.PATIENT, again=share, signs=True, acts=("grant",))
def review_or_sign(visit: Visit) -> Answer:
    """The first time what would be signed is shown in words; the second time it is signed."""
    form = visit.form
    with visit.node.reading() as session:
        records = mine(visit, session)
        before = _replaced(visit, session, records)
    record = form.choice("record", [each.text for each in records])
    wish, asked = _wish(visit, records), _request(visit)
    form.check()
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        units = _units(visit, session, of, wish)
    if form.typed("step") != "sign":
        return Page("consent/review.html", review_of(visit, of, wish, units, before))
    confirm(visit)
    with noted(visit, of.record, of.key, Act.SHARED):
        granted = _signed(visit, of, wish, units, before)
    if asked is not None and wish.reader == of_home(visit.home).name_of(asked.asker):
        with visit.node.sessions() as session, session.begin():
            settle(Work(visit.node, session), asked.id, Said.GRANTED)
    said = translate("Signed: {said}", said=wish.said())
    if granted.state is GrantState.PROPOSED:
        said += " " + translate("It begins when the others have agreed.")
    return Redirect(f"{ROOT}/shares", said=said)


def _units(visit: Visit, session: Session, of: Mine, wish: Wish) -> list[UnitId]:
    """Raises FormInvalid where a section holds nothing but what is sensitive."""
    labels = parse_labels("", restricted=wish.is_sensitive)
    try:
        return chosen_units(session, of.record, wish.sections, labels)
    except OnlyRestricted as error:
        visit.form.blame("sections", error)
        raise FormInvalid from None


def _signed(
    visit: Visit,
    of: Mine,
    wish: Wish,
    units: list[UnitId],
    before: tuple[Mine, Granted] | None,
) -> Granted:
    reader = of_home(visit.home).member(wish.reader).address
    more = More(
        parse_labels("", restricted=wish.is_sensitive),
        max_reads=wish.reads,
        condition=condition_text(wish.condition, reader),
        replaces=(before[1].id,) if before else (),
    )
    return service.grant(
        visit.node,
        record=of.record,
        units=units,
        readers=[reader],
        purpose=wish.purpose,
        until=wish.until,
        by=of.key,
        more=more,
    )


def _wish(visit: Visit, records: list[Mine]) -> Wish:
    """What the form asks for; faults stay in the form."""
    form = visit.form
    return Wish(
        form.choice("reader", [name for name, _ in members(visit)]),
        tuple(form.choices("sections", [name for _, name in held_sections(records)])),
        form.choice("purpose", [each.name for each in OFFERED]),
        form.day("until", after=visit.node.clock.now(), within=LONGEST),
        is_sensitive=form.ticked("sensitive", "yes"),
        condition=form.choice("condition", CONDITIONS, required=False),
        reads=form.whole("reads", most=MOST_READS) if form.typed("reads") else 0,
    )


@pages.post("/share/change", Role.PATIENT, acts=("grant",))
def change(visit: Visit) -> Answer:
    """Back to the form, with everything that was chosen."""
    return share(visit)


# THE END OF A SHARE


@pages.post("/shares/{record}/{grant}/end", Role.PATIENT, signs=True, acts=("revoke",))
def end(visit: Visit, record: str, grant: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        granted = found_grant(session, of, grant)
    with noted(visit, of.record, of.key, Act.ENDED):
        service.revoke(visit.node, granted, by=of.key)
    visit.node.follow()
    return Redirect(f"{ROOT}/shares", said=translate("It has ended. What was read stays read."))


@pages.get("/shares/{record}/end", Role.PATIENT, acts=("revoke",))
def ending(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    return Page("consent/end_all.html", {"record": of.text})


@pages.post("/shares/{record}/end", Role.PATIENT, signs=True, again=ending, acts=("revoke",))
def end_all(visit: Visit, record: str) -> Answer:
    confirm(visit)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    with noted(visit, of.record, of.key, Act.ENDED_ALL):
        service.end_all(visit.node, of.record, by=of.key)
    visit.node.follow()
    return Redirect(f"{ROOT}/shares", said=translate("All of them have ended."))


@pages.get("/shares/{record}/{grant}/file", Role.PATIENT, acts=("grant",))
def file_for_reader(visit: Visit, record: str, grant: str) -> Answer:
    """The share as its reader takes it into a home of their own."""
    with visit.node.reading() as session:
        granted = found_grant(session, one_of(visit, session, record), grant)
        made = handing.hand(visit.node, session, granted)
    return Download("share.json", text(made) + b"\n", "application/json")


@pages.card(Role.PATIENT, order=30, acts=("grant", "revoke"))
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
