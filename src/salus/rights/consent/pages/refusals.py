"""What is refused whatever else is allowed: the list, a new refusal, and its end."""

from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.encoding import to_hex
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent import service
from salus.rights.consent.authority.acting import Act
from salus.rights.consent.cli.words import state_of
from salus.rights.consent.model import LONGEST, Effect, GrantState, Purpose
from salus.rights.consent.pages.acting import noted
from salus.rights.consent.pages.choosing import found_grant, held_sections, members, section_words
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.service import Granted
from salus.rights.consent.wording import purpose_name, sentence, state_name
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import units_of

pages = Pages("consent")
LONG = timedelta(days=3_650)
ANYBODY, ANY = "*", "*"
OFFERED = (*(each for each in Purpose if each is not Purpose.PATRQT),)


@pages.get("/refusals", Role.PATIENT, acts=("grant",))
def refusals(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        rows = [
            {
                "record": of.text,
                "id": to_hex(granted.id),
                "said": _said_of(visit, of, granted),
                "state": state_of(granted, seconds(visit.node.clock.now())),
            }
            for of in mine(visit, session)
            for granted in service.grants(session, of.record)
            if granted.terms.effect == Effect.DENY and granted.state is not GrantState.ENDED
        ]
    return Page("consent/refusals.html", {"rows": rows, "words": state_name})


def _said_of(visit: Visit, of: Mine, granted: Granted) -> str:
    clause, keyring = granted.terms.clause, of_home(visit.home)
    with visit.node.reading() as session:
        units = units_of(session, of.record, of.summary.sections)
    codes = sorted({each.place.section for each in units if each.id in set(clause.units)})
    return sentence(
        refuses=True,
        readers=[keyring.name_of(reader) for reader in clause.readers],
        sections=[section_name(code) for code in codes],
        purpose=", ".join(purpose_name(Purpose[name]) for name in clause.purposes),
        until=granted.terms.not_after,
    )


@pages.get("/refuse", Role.PATIENT, acts=("grant",))
def refuse(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
    return Page("consent/refuse.html", _choices(visit, records))


def _choices(visit: Visit, records: list[Mine]) -> dict[str, object]:
    return {
        "records": [(each.text, each.summary.patient) for each in records],
        "readers": [(ANYBODY, translate("Anybody")), *members(visit)],
        "sections": section_words(records),
        "purposes": [
            (ANY, translate("Any purpose")),
            *((each.name, purpose_name(each)) for each in OFFERED),
        ],
        "usual": (visit.node.clock.now() + timedelta(days=365)).date().isoformat(),
    }


@pages.post("/refuse", Role.PATIENT, again=refuse, signs=True, acts=("grant",))
def review_or_sign(visit: Visit) -> Answer:
    """The first time what would be signed is shown in words; the second time it is signed."""
    form = visit.form
    with visit.node.reading() as session:
        records = mine(visit, session)
    record = form.choice("record", [each.text for each in records])
    reader = form.choice("reader", [ANYBODY, *(name for name, _ in members(visit))])
    names = form.choices("sections", [name for _, name in held_sections(records)], least=0)
    purpose = form.choice("purpose", [ANY, *(each.name for each in OFFERED)])
    until = form.day("until", after=visit.node.clock.now(), within=min(LONG, LONGEST))
    form.check()
    said = sentence(
        refuses=True,
        readers=[] if reader == ANYBODY else [reader],
        sections=[section_name(code) for code, name in SECTIONS.items() if name in names],
        purpose="" if purpose == ANY else purpose_name(Purpose[purpose]),
        until=until,
    )
    if form.typed("step") != "sign":
        return Page("consent/review_refusal.html", {"said": said})
    confirm(visit)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        units = [unit.id for unit in units_of(session, of.record, names)] if names else []
    with noted(visit, of.record, of.key, Act.REFUSED):
        service.deny(
            visit.node,
            record=of.record,
            units=units,
            readers=[] if reader == ANYBODY else [of_home(visit.home).member(reader).address],
            purposes=[] if purpose == ANY else [purpose],
            until=until,
            by=of.key,
        )
    return Redirect(f"{ROOT}/refusals", said=translate("Signed: {said}", said=said))


@pages.post("/refusals/{record}/{denial}/lift", Role.PATIENT, signs=True, acts=("grant",))
def lift(visit: Visit, record: str, denial: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        granted = found_grant(session, of, denial)
    with noted(visit, of.record, of.key, Act.LIFTED):
        service.lift(visit.node, granted.id, by=of.key)
    visit.node.follow()
    with visit.node.reading() as session:
        state = service.granted_of(session, granted.id).state
    if state is GrantState.ENDED:
        said = translate("The refusal is lifted.")
    else:
        said = translate("You agreed that it ends. It stays until the others agree too.")
    return Redirect(f"{ROOT}/refusals", said=said)
