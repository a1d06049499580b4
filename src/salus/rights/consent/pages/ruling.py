"""Parts that open only when several people sign: which they are, a new rule, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent.authority.naming import name_helpers
from salus.rights.consent.ledger import account_of
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.pages.naming import LONGEST_NAME, namer, typed_code
from salus.rights.consent.pages.signing import (
    CHANGE,
    SIGN,
    Review,
    kept,
    lacks_password_only,
    once_more,
    step,
)
from salus.rights.consent.rules import Rule, free_units, set_rule
from salus.rights.consent.ruling import Ruled, ruled, ruled_by
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import units_of

pages = Pages("consent")
RULES = f"{ROOT}/rules"
SEATS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule in words."""

    id: str
    record: str
    sections: list[str]
    names: list[str]
    threshold: int
    each_use: bool


@pages.get("/rules", Role.PATIENT)
def rules(visit: Visit) -> Answer:
    me = Wallet(visit.root).guardian().address
    with visit.node.reading() as session:
        records = mine(visit, session)
        own = [_shown(visit, session, each) for of in records for each in ruled(session, of.record)]
        helping = [_shown(visit, session, each) for each in ruled_by(session, me)]
    shown = {"records": [(of.text, of.summary.patient) for of in records]}
    return Page("consent/rules.html", shown | {"own": own, "helping": helping})


def _shown(visit: Visit, session: Session, each: Ruled) -> Shown:
    name, patient = namer(visit, session), account_of(visit.node, each.record)
    own = {of.record for of in mine(visit, session)}
    myself = translate("You") if each.record in own else translate("The patient")
    names = [myself if one == patient else name(one) for one in each.rule.approvers]
    sections = [section_name(code) for code in each.sections]
    terms = (names, each.rule.threshold, each.rule.each_use)
    return Shown(to_hex(each.id), record_text(each.record), sections, *terms)


# A NEW RULE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed: sections, who signs besides the patient, how many, and how often."""

    of: Mine
    names: tuple[str, ...]
    helpers: dict[Address, str]
    threshold: int
    takes_part: bool
    each_use: bool

    @property
    def seats(self) -> int:
        return len(self.helpers) + self.takes_part


@pages.get("/rules/{record}/new", Role.PATIENT)
def new(visit: Visit, record: str) -> Answer:
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, _typed(visit, record)))
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        free = _free(session, of)
    sections = [(SECTIONS[code], section_name(code)) for code in free]
    return Page("consent/rule.html", {"record": of.text, "sections": sections, "seats": SEATS})


def _free(session: Session, of: Mine) -> list[int]:
    """Sections of a record that are under no rule yet."""
    taken = {code for each in ruled(session, of.record) for code in each.sections}
    return [
        code for code, name in SECTIONS.items() if name in of.summary.sections and code not in taken
    ]


def _typed(visit: Visit, record: str) -> _Asked:
    """Raises FormInvalid and PageMissing."""
    form = visit.form
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        free = [SECTIONS[code] for code in _free(session, of)]
    names = form.choices("sections", free)
    takes_part = form.ticked("patient", "yes")
    helpers = _helpers(visit)
    if not helpers and "code1" not in form.faults:
        form.faults["code1"] = translate("Name one person at least.")
    threshold = form.whole("threshold", least=1, most=len(SEATS) + 1)
    each_use = form.ticked("each", "yes")
    asked = _Asked(of, tuple(names), helpers, threshold, takes_part, each_use)
    if helpers and threshold > asked.seats:
        form.faults.setdefault("threshold", translate("There are fewer people than that."))
    form.check()
    return asked


def _helpers(visit: Visit) -> dict[Address, str]:
    """The people of the form: a name and a code each, or neither."""
    form, found = visit.form, dict[Address, str]()
    for seat in SEATS:
        name = form.text(f"name{seat}", required=False, longest=LONGEST_NAME)
        code = form.typed(f"code{seat}").strip()
        if not name and not code:
            continue
        if not name or not code:
            lacking = "code" if name else "name"
            form.faults.setdefault(f"{lacking}{seat}", translate("Please fill this in."))
            continue
        address = typed_code(visit, f"code{seat}")
        if address in found:
            form.faults.setdefault(f"code{seat}", translate("This person is named twice."))
        elif address is not None:
            found[address] = name
    return found


def _review(visit: Visit, asked: _Asked) -> Review:
    waits = translate("What you share of it waits until they have signed; you read it as before.")
    often = translate("Whoever reads it asks them each time, and has five minutes to open it once.")
    notes = (
        waits,
        *([often] if asked.each_use else []),
        translate("What you shared of it before opens it no more."),
        translate("Taking it away needs as many of them as well."),
    )
    way = f"{RULES}/{asked.of.text}/new"
    return Review(_said(asked), way, translate("Sign"), notes=notes, kept=kept(visit.form))


def _said(asked: _Asked) -> str:
    people = ([translate("I")] if asked.takes_part else []) + list(asked.helpers.values())
    sections = [section_name(code) for code, name in SECTIONS.items() if name in asked.names]
    values = {
        "sections": ", ".join(sections),
        "count": str(asked.threshold),
        "names": ", ".join(people),
    }
    if asked.each_use:
        return translate(
            "{sections} may be opened for others only when {count} of these have signed, each time"
            " anew: {names}.",
            **values,
        )
    return translate(
        "{sections} may be opened for others only when {count} of these have signed: {names}.",
        **values,
    )


@pages.post("/rules/{record}/new", Role.PATIENT, signs=True, again=new)
def review_or_set(visit: Visit, record: str) -> Answer:
    if step(visit.form) == CHANGE:
        return new(visit, record)
    asked = _typed(visit, record)
    if step(visit.form) != SIGN:
        return _review(visit, asked).page()
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        name_helpers(Work(visit.node, session), visit.account, asked.helpers)
    with visit.node.reading() as session:
        units = [unit.id for unit in units_of(session, asked.of.record, list(asked.names))]
    patient = [account_of(visit.node, asked.of.record)] if asked.takes_part else []
    rule = Rule(asked.threshold, (*patient, *asked.helpers), asked.each_use)
    set_rule(visit.node, record=asked.of.record, units=units, rule=rule, by=asked.of.key)
    return Redirect(RULES, said=translate("Signed: {said}", said=_said(asked)))


# ITS END


@dataclass(frozen=True, slots=True)
class _Ending:
    """A rule that somebody wants to end, by a key that counts, and where that is signed."""

    each: Ruled
    key: SigningKey
    way: str


@pages.get("/rules/{record}/{rule}/free", Role.PATIENT)
def freeing(visit: Visit, record: str, rule: str) -> Answer:
    return _freeing(visit, _own(visit, record, rule)).page()


@pages.post("/rules/{record}/{rule}/free", Role.PATIENT, signs=True, again=freeing)
def free(visit: Visit, record: str, rule: str) -> Answer:
    return _freed(visit, _own(visit, record, rule))


@pages.get("/rules/helping/{record}/{rule}", Role.PATIENT)
def agreeing(visit: Visit, record: str, rule: str) -> Answer:
    return _freeing(visit, _helped(visit, record, rule)).page()


@pages.post("/rules/helping/{record}/{rule}", Role.PATIENT, signs=True, again=agreeing)
def agree(visit: Visit, record: str, rule: str) -> Answer:
    return _freed(visit, _helped(visit, record, rule))


def _own(visit: Visit, record: str, rule: str) -> _Ending:
    """Raises PageMissing, also for one of others."""
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        found = _named(ruled(session, of.record), rule)
    return _Ending(found, of.key, f"{RULES}/{record}/{rule}/free")


def _helped(visit: Visit, record: str, rule: str) -> _Ending:
    """Raises PageMissing for a rule that does not name the visitor."""
    me = Wallet(visit.root).guardian()
    with visit.node.reading() as session:
        known = [
            each for each in ruled_by(session, me.address) if record_text(each.record) == record
        ]
    return _Ending(_named(known, rule), me, f"{RULES}/helping/{record}/{rule}")


def _named(known: Sequence[Ruled], rule: str) -> Ruled:
    for each in known:
        if to_hex(each.id) == rule:
            return each
    raise PageMissing


def _freeing(visit: Visit, ending: _Ending) -> Review:
    with visit.node.reading() as session:
        shown = _shown(visit, session, ending.each)
    said = translate(
        "{sections} of the record {record} shall need no signatures of several people any more.",
        sections=", ".join(shown.sections),
        record=shown.record[:8],
    )
    note = translate(
        "It holds once the patient and {count} of these have signed: {names}.",
        count=shown.threshold,
        names=", ".join(shown.names),
    )
    return Review(said, ending.way, translate("Sign"), RULES, notes=(note,))


def _freed(visit: Visit, ending: _Ending) -> Redirect:
    confirm(visit)
    each, units = ending.each, list[UnitId](ending.each.units)
    if free_units(visit.node, record=each.record, units=units, by=ending.key):
        return Redirect(RULES, said=translate("The rule has ended."))
    return Redirect(RULES, said=translate("You have signed. It waits for others still."))
