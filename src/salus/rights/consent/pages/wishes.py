"""A share as its form asks for it, and what its review says before it is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, UnitId
from salus.platform.i18n import translate
from salus.platform.web.portal import Visit
from salus.rights.consent.errors import SeveralRules
from salus.rights.consent.explaining.service import Asked, explain
from salus.rights.consent.model import Purpose
from salus.rights.consent.pages.mine import Mine
from salus.rights.consent.pages.naming import namer
from salus.rights.consent.rules import Rule, rule_at, rules_of, sole_rule
from salus.rights.consent.service import Granted
from salus.rights.consent.wording import condition_name, purpose_name, sentence
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import units_of

CONDITIONS = ("organization", "guardians")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who may read which parts, what for, until when, and on what it depends; `reads` 0: any."""

    reader: str
    sections: tuple[str, ...]
    purpose: str
    until: datetime
    is_sensitive: bool
    condition: str
    reads: int

    def said(self) -> str:
        """All of it as a sentence: what is signed."""
        said = sentence(
            refuses=False,
            readers=[self.reader],
            sections=[
                section_name(code) for code, name in SECTIONS.items() if name in self.sections
            ],
            purpose=purpose_name(Purpose[self.purpose]),
            until=self.until,
        )
        if self.is_sensitive:
            said += " " + translate("What is marked as sensitive is shared as well.")
        if self.reads:
            said += " " + translate("It may be read {count} times.", count=self.reads)
        if self.condition:
            said += " " + condition_name(self.condition)
        return said


def condition_text(condition: str, reader: Address) -> str:
    """As `conditions.condition_of` takes it; empty for none."""
    return f"organization:{to_hex(reader)}" if condition == "organization" else condition


def review_of(
    visit: Visit,
    of: Mine,
    wish: Wish,
    units: Sequence[UnitId],
    before: tuple[Mine, Granted] | None,
) -> dict[str, object]:
    """What the page before the signature shows."""
    counted = {
        section_name(code): of.summary.sections[name]
        for code, name in SECTIONS.items()
        if name in wish.sections
    }
    return {
        "said": wish.said(),
        "counted": counted,
        "is_refused": _is_refused(visit, of, wish),
        "agree": _who_agrees(visit, of, units),
        "replaces": before is not None,
    }


def _is_refused(visit: Visit, of: Mine, wish: Wish) -> bool:
    """Whether a refusal in force closes some of it: a refusal is stronger."""
    who = of_home(visit.home).member(wish.reader)
    asked = Asked(of.record, who.address, Purpose[wish.purpose], visit.node.clock.now())
    with visit.node.reading() as session:
        units = units_of(session, of.record, wish.sections)
    return any(each.rule.startswith("denial ") for each in explain(visit.node, asked, units))


def _who_agrees(visit: Visit, of: Mine, units: Sequence[UnitId]) -> str:
    """Who must sign as well, as a sentence; empty where nobody must."""
    with visit.node.reading() as session:
        try:
            rule = rule_at(session, of.record, sole_rule(rules_of(session, of.record, units)))
        except SeveralRules:
            return translate("These parts are under different rules: share them one by one.")
        name = namer(visit, session)
        return _asked(rule, [name(each) for each in rule.approvers]) if rule else ""


def _asked(rule: Rule, names: list[str]) -> str:
    begins = translate(
        "It begins when {count} of these have signed: {names}.",
        count=rule.threshold,
        names=", ".join(names),
    )
    often = translate("They sign each time that somebody opens it.")
    return f"{begins} {often}" if rule.each_use else begins
