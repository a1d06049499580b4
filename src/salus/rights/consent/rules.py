"""Several keys for one section: rules, what is under them, and changing them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent import ledger
from salus.rights.consent.errors import SeveralRules, UnknownRule
from salus.rights.consent.ledger import NONE
from salus.rights.consent.tables import ApproverRow, RuleRow, UnitRuleRow
from salus.rights.identity.ledger import send


@dataclass(frozen=True, slots=True)
class Rule:
    """`threshold` of the approvers make a grant live; with `each_use` they sign each read too."""

    threshold: int
    approvers: tuple[Address, ...]
    each_use: bool = False


def new_rule_id() -> Digest:
    return Digest(secrets.token_bytes(32))


def set_rule(
    node: Node,
    *,
    record: RecordId,
    units: Sequence[UnitId],
    rule: Rule,
    by: SigningKey,
) -> bool:
    """Put units under a rule, or change the one they are under; whether it is in force now.

    What loosens a rule waits until the controller and as many approvers as it asks for today have
    signed the same. Raises BadThreshold, BadApprover, TooMany and SeveralRules.
    """
    with node.reading() as session:
        under = rules_of(session, record, units)
        known = sole_rule(under)
        changes = known == NONE or rule_at(session, record, known) != rule
    name = new_rule_id() if known == NONE else known
    calls = []
    if changes:
        calls.append(
            ledger.set_rule(
                node,
                record,
                name,
                rule.threshold,
                rule.approvers,
                each_use=rule.each_use,
                by=by,
            )
        )
    calls += [
        ledger.assign_rule(node, record, unit, name, by=by) for unit in units if under[unit] == NONE
    ]
    send(node, *calls)
    node.follow()
    with node.reading() as session:
        return rule_at(session, record, name) == rule


def free_units(node: Node, *, record: RecordId, units: Sequence[UnitId], by: SigningKey) -> bool:
    """Take units from their rule; whether they are free now. Raises UnknownRule without one.

    It needs the controller and as many approvers as the rule asks for, each signing this.
    """
    with node.reading() as session:
        under = rules_of(session, record, units)
    bound = [unit for unit in units if under[unit] != NONE]
    if not bound:
        raise UnknownRule
    send(node, *(ledger.assign_rule(node, record, unit, NONE, by=by) for unit in bound))
    node.follow()
    with node.reading() as session:
        return set(rules_of(session, record, units).values()) == {NONE}


def rule_for(node: Node, record: RecordId, units: Sequence[UnitId]) -> Digest:
    """The rule that a grant of these units must name; zeros for none. Raises SeveralRules."""
    with node.reading() as session:
        return sole_rule(rules_of(session, record, units))


def rules_of(session: Session, record: RecordId, units: Sequence[UnitId]) -> dict[UnitId, Digest]:
    """The rule of each unit, zeros where there is none."""
    wanted = (UnitRuleRow.record == record_text(record), UnitRuleRow.unit.in_(units))
    known = {
        row.unit: Digest(row.rule) for row in session.scalars(select(UnitRuleRow).where(*wanted))
    }
    return {unit: known.get(unit, NONE) for unit in units}


def sole_rule(under: dict[UnitId, Digest]) -> Digest:
    """The one rule of some units; zeros when all are free. Raises SeveralRules."""
    rules = set(under.values()) - {NONE}
    if len(rules) > 1:
        raise SeveralRules
    return next(iter(rules), NONE)


def rule_at(session: Session, record: RecordId, rule: Digest) -> Rule | None:
    """A rule of a record as the ledger has it."""
    text = record_text(record)
    row = session.get(RuleRow, (text, rule))
    if row is None:
        return None
    seats = (
        select(ApproverRow.approver)
        .where(ApproverRow.record == text, ApproverRow.rule == rule)
        .order_by(ApproverRow.seat)
    )
    approvers = tuple(map(Address, session.scalars(seats)))
    return Rule(row.threshold, approvers, row.each_use)
