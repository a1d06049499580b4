"""What of a record may be licensed at all, and parts that are closed, as the patient says it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.clock import moment
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.licensing import service
from salus.rights.consent.licensing.model import (
    LICENSABLE,
    NO_REGION,
    NO_USE,
    NOTHING,
    OFF,
    PERMISSIONS,
    Duo,
    Policy,
    Region,
    Use,
    policy_for,
    section_codes,
)
from salus.rights.consent.licensing.reading import KnownGate, known_gates, known_policy
from salus.rights.consent.licensing.wording import (
    region_name,
    region_names,
    term_name,
    term_names,
    use_name,
    use_names,
)
from salus.rights.consent.pages.mine import Mine, one_of
from salus.rights.consent.pages.signing import (
    CHANGE,
    SIGN,
    Review,
    kept,
    lacks_password_only,
    once_more,
    step,
)
from salus.rights.identity.accounts.pages import confirm
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS

pages = Pages("consent")
ALLOWED = f"{ROOT}/earn/allowed"
MAIN = (Duo.HMB, Duo.GRU, Duo.NRES)
CONDITIONS = (Duo.IRB, Duo.NPO, Duo.NCU, Duo.NPOA, Duo.PUB, Duo.RTN, Duo.TS)
"""Terms that a page offers; what was said in another way stays."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a record: may it be licensed, and since when is it closed (None: it is open)."""

    name: str
    words: str
    is_allowed: bool
    closed_at: object | None


@pages.get("/earn/allowed/{record}", Role.PATIENT)
def allowed(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        known, _ = known_policy(session, of.record)
        parts = _parts(session, of, known)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, of, _typed(visit, of)))
    return Page(
        "consent/allowed.html",
        {
            "record": record,
            "said": _sentence(known),
            "known": known,
            "parts": parts,
            "sections": [(part.name, part.words) for part in parts],
            "chosen": [SECTIONS[code] for code in known.sections],
            "permissions": [(each.name, term_name(each)) for each in _main(known)],
            "permission": next((each.name for each in _main(known) if each in known.duo), "HMB"),
            "conditions": [(each.name, term_name(each)) for each in CONDITIONS],
            "demanded": [each.name for each in known.duo] if known.duo else ["IRB"],
            "uses": [(each.name, use_name(each)) for each in Use],
            "usual": [each.name for each in Use if _is_usual(each, known)],
            "regions": [(each.name, region_name(each)) for each in Region],
            "places": [each.name for each in Region if each in (known.regions or Region.ANY)],
        },
    )


def _is_usual(use: Use, known: Policy) -> bool:
    return use in known.uses if known.uses else use not in OFF


def _main(known: Policy) -> tuple[Duo, ...]:
    """What a page offers as the permission, and what this patient said before."""
    return (*MAIN, *sorted((known.duo & PERMISSIONS) - set(MAIN)))


def _parts(session: Session, of: Mine, known: Policy) -> list[Part]:
    gates = {gate.section: gate for gate in known_gates(session, of.record)}
    return [
        Part(SECTIONS[code], section_name(code), code in known.sections, _closed(gates[code]))
        for code in LICENSABLE
        if SECTIONS[code] in of.summary.sections or code in known.sections
    ]


def _closed(gate: KnownGate) -> object | None:
    return moment(gate.closed_at) if gate.closed_at else None


def _sentence(policy: Policy) -> str:
    if not policy.sections:
        return translate("Nothing of my record may be licensed.")
    return translate(
        "{sections} of my record may be licensed {terms}. Uses: {uses}. Where: {regions}.",
        sections=", ".join(section_name(code) for code in policy.sections),
        terms=", ".join(term_names(policy.duo)),
        uses=", ".join(use_names(policy.uses)),
        regions=", ".join(region_names(policy.regions)),
    )


def _typed(visit: Visit, of: Mine) -> Policy:
    """What was chosen. Raises FormInvalid, and what `policy_for` raises."""
    form = visit.form
    if form.typed("nothing"):
        return NOTHING
    with visit.node.reading() as session:
        known, _ = known_policy(session, of.record)
        names = [part.name for part in _parts(session, of, known)]
    sections = form.choices("sections", names)
    permission = form.choice("permission", [each.name for each in _main(known)])
    conditions = form.choices("conditions", [each.name for each in CONDITIONS], least=0)
    uses = form.choices("uses", [str(each.name) for each in Use])
    regions = form.choices("regions", [str(each.name) for each in Region])
    form.check()
    others = known.duo - PERMISSIONS - set(CONDITIONS) - {Duo.GS}
    terms = {Duo[permission], *(Duo[name] for name in conditions), *others}
    return policy_for(section_codes(sections), terms, _uses(uses), _regions(regions))


def _uses(names: Iterable[str]) -> Use:
    found = NO_USE
    for name in names:
        found |= Use[name]
    return found


def _regions(names: Iterable[str]) -> Region:
    found = NO_REGION
    for name in names:
        found |= Region[name]
    return found


def _review(visit: Visit, of: Mine, policy: Policy) -> Review:
    notes = (
        translate("This alone licenses nothing: you still say for each part what it costs."),
        translate("Licenses that run go on. To stop them at once, close a part."),
        translate("Your care, and who may read because you shared it, stay as they are."),
    )
    return Review(
        _sentence(policy),
        f"{ALLOWED}/{of.text}",
        translate("Sign"),
        notes=notes if policy.sections else notes[1:],
        kept=kept(visit.form),
    )


@pages.post("/earn/allowed/{record}", Role.PATIENT, again=allowed, signs=True)
def set_policy(visit: Visit, record: str) -> Answer:
    if step(visit.form) == CHANGE:
        return allowed(visit, record)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    policy = _typed(visit, of)
    if step(visit.form) != SIGN:
        return _review(visit, of, policy).page()
    confirm(visit)
    service.set_policy(visit.node, record=of.record, policy=policy, by=of.key)
    said = translate("Signed: {said}", said=_sentence(policy))
    return Redirect(f"{ALLOWED}/{record}", said=said)


# A PART IS CLOSED AND OPENED


def _part(visit: Visit, record: str, name: str, *, is_closed: bool) -> Mine:
    """Raises PageMissing, also where it is so already."""
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        known, _ = known_policy(session, of.record)
        for each in _parts(session, of, known):
            if each.name == name and (each.closed_at is not None) == is_closed:
                return of
    raise PageMissing


@pages.get("/earn/allowed/{record}/close/{name}", Role.PATIENT)
def closing(visit: Visit, record: str, name: str) -> Answer:
    _part(visit, record, name, is_closed=False)
    (code,) = section_codes([name])
    said = translate(
        "I close {section} of my record for everybody who has a license of it, now.",
        section=section_name(code),
    )
    notes = (
        translate(
            "Every license of this part ends in that second, and none comes back by opening."
        ),
        translate("What was paid ahead and not earned goes back to who paid. You earn less."),
        translate("Your care, and who may read because you shared it, stay as they are."),
    )
    way = f"{ALLOWED}/{record}/close/{name}"
    back = f"{ALLOWED}/{record}"
    act = translate("Sign and close it")
    return Review(said, way, act, back, notes=notes, is_danger=True).page()


@pages.post("/earn/allowed/{record}/close/{name}", Role.PATIENT, again=closing, signs=True)
def close(visit: Visit, record: str, name: str) -> Answer:
    of = _part(visit, record, name, is_closed=False)
    confirm(visit)
    service.close(visit.node, record=of.record, sections=section_codes([name]), by=of.key)
    said = translate("It is closed. Nobody reads it by a license any more.")
    return Redirect(f"{ALLOWED}/{record}", said=said)


@pages.get("/earn/allowed/{record}/open/{name}", Role.PATIENT)
def opening(visit: Visit, record: str, name: str) -> Answer:
    _part(visit, record, name, is_closed=True)
    (code,) = section_codes([name])
    said = translate(
        "I open {section} of my record again, for new licenses.", section=section_name(code)
    )
    notes = (translate("Licenses that ended when it was closed stay ended."),)
    way = f"{ALLOWED}/{record}/open/{name}"
    act = translate("Sign and open it")
    return Review(said, way, act, f"{ALLOWED}/{record}", notes=notes).page()


@pages.post("/earn/allowed/{record}/open/{name}", Role.PATIENT, again=opening, signs=True)
def reopen(visit: Visit, record: str, name: str) -> Answer:
    of = _part(visit, record, name, is_closed=True)
    confirm(visit)
    service.reopen(visit.node, record=of.record, sections=section_codes([name]), by=of.key)
    return Redirect(f"{ALLOWED}/{record}", said=translate("It is open for new licenses."))
