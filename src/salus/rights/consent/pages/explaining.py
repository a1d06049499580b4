"""Why somebody may read, or may not: ask, and see the answer with its reason."""

from dataclasses import dataclass

from salus.platform.i18n import translate
from salus.platform.web.portal import Page, Pages, Role, Visit
from salus.platform.web.portal.pages import Answer
from salus.rights.consent.explaining.service import Asked, Explained, explain
from salus.rights.consent.model import Purpose
from salus.rights.consent.pages.choosing import members, section_words
from salus.rights.consent.pages.mine import mine, one_of
from salus.rights.consent.wording import purpose_name, rule_words
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import all_units, units_of

pages = Pages("consent")
ANY = "*"
ASKED = tuple(each for each in Purpose if each not in {Purpose.PATRQT, Purpose.BTG})
CODES = {name: code for code, name in SECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Told:
    """The answer for one part of the record."""

    section: str
    is_sensitive: bool
    outcome: str
    reason: str


@pages.get("/explain", Role.PATIENT, acts=("grant", "revoke"))
def question(visit: Visit) -> Answer:
    return Page("consent/explain.html", _choices(visit) | {"told": None})


def _choices(visit: Visit) -> dict[str, object]:
    with visit.node.reading() as session:
        records = mine(visit, session)
    return {
        "records": [(each.text, each.summary.patient) for each in records],
        "readers": members(visit),
        "sections": [(ANY, translate("The whole record")), *section_words(records)],
        "purposes": [(each.name, purpose_name(each)) for each in ASKED],
    }


@pages.post("/explain", Role.PATIENT, again=question, acts=("grant", "revoke"))
def answered(visit: Visit) -> Answer:
    form, choices = visit.form, _choices(visit)
    with visit.node.reading() as session:
        records = mine(visit, session)
    record = form.choice("record", [each.text for each in records])
    reader = form.choice("reader", [name for name, _ in members(visit)])
    section = form.choice("section", [ANY, *(name for name, _ in section_words(records))])
    purpose = form.choice("purpose", [each.name for each in ASKED])
    form.check()
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        names = [section] if section in of.summary.sections else []
        is_all = section == ANY
        units = all_units(session, of.record) if is_all else units_of(session, of.record, names)
    who = of_home(visit.home).member(reader)
    asked = Asked(of.record, who.address, Purpose[purpose], visit.node.clock.now())
    told = [_told(each) for each in explain(visit.node, asked, units)]
    return Page("consent/explain.html", choices | {"told": told, "reader": reader})


def _told(found: Explained) -> Told:
    return Told(
        section_name(CODES[found.section]),
        found.is_restricted,
        found.outcome,
        rule_words(found.rule),
    )
