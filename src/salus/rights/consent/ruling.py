"""Which parts of a record are under which rule, and the rules that name somebody."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_from_text, record_text
from salus.rights.consent.ledger import NONE
from salus.rights.consent.rules import Rule, rule_at
from salus.rights.consent.tables import ApproverRow, UnitRuleRow
from salus.rights.records.service import all_units


@dataclass(frozen=True, slots=True)
class Ruled:
    """Units of a record that are under a rule, and the codes of their sections."""

    record: RecordId
    id: Digest
    rule: Rule
    units: tuple[UnitId, ...]
    sections: tuple[int, ...]


def ruled(session: Session, record: RecordId) -> list[Ruled]:
    """The rules of a record that something is under."""
    text, under = record_text(record), dict[bytes, list[UnitId]]()
    wanted = select(UnitRuleRow).where(UnitRuleRow.record == text, UnitRuleRow.rule != NONE)
    for row in session.scalars(wanted):
        under.setdefault(row.rule, []).append(UnitId(row.unit))
    if not under:
        return []
    places = {unit.id: unit.place.section for unit in all_units(session, record)}
    found = []
    for name, units in sorted(under.items()):
        rule = rule_at(session, record, Digest(name))
        if rule is not None:
            codes = sorted({places[unit] for unit in units if unit in places})
            found.append(Ruled(record, Digest(name), rule, tuple(units), tuple(codes)))
    return found


def ruled_by(session: Session, approver: Address) -> list[Ruled]:
    """Rules of any record that name an approver."""
    named = select(ApproverRow.record).where(ApproverRow.approver == approver).distinct()
    return [
        each
        for text in session.scalars(named.order_by(ApproverRow.record))
        for each in ruled(session, record_from_text(text))
        if approver in each.rule.approvers
    ]
