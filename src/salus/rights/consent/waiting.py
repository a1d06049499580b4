"""What waits for a key: grants under a rule that names it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, GrantId, RecordId, record_from_text
from salus.rights.consent.model import GrantState
from salus.rights.consent.rules import Rule, rule_at
from salus.rights.consent.service import Granted, granted_of
from salus.rights.consent.tables import ApproverRow, GrantRow, GrantTerms

_WAITING = (
    select(GrantRow)
    .join(
        ApproverRow,
        (ApproverRow.record == GrantRow.record) & (ApproverRow.rule == GrantRow.rule),
    )
    .join(GrantTerms, GrantTerms.grant == GrantRow.grant)
    .where(ApproverRow.approver == bindparam("by"), GrantRow.state == GrantState.PROPOSED)
    .order_by(GrantRow.block, GrantRow.grant)
)
"""Put together once: every first page asks."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A grant that was proposed, how many agreed, and the rule it waits for."""

    record: RecordId
    granted: Granted
    approvals: int
    rule: Rule


def waiting_for(session: Session, approver: Address) -> list[Waiting]:
    """Grants whose rule names an approver, whose terms are here, and that are not decided."""
    found = []
    for row in session.scalars(_WAITING, {"by": approver}):
        record = record_from_text(row.record)
        rule = rule_at(session, record, Digest(row.rule))
        if rule is not None:
            granted = granted_of(session, GrantId(row.grant))
            found.append(Waiting(record, granted, row.approvals, rule))
    return found
