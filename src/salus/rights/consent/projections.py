"""From the events of ConsentRegistry to rows of the index."""

from collections.abc import Callable, Sequence

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.consent.model import Effect, GrantState
from salus.rights.consent.tables import (
    ApproverRow,
    ConditionRow,
    GrantRow,
    PublishedRow,
    RuleRow,
    TriggerRow,
    UnitRuleRow,
)

Projection = Callable[[Session, DecodedEvent], None]


def _record(event: DecodedEvent) -> str:
    return record_text(RecordId(event.values["record"]))


def _proposed(session: Session, event: DecodedEvent) -> None:
    (
        grant,
        _,
        effect,
        commitment,
        rule,
        _,
        _,
        _,
        not_before,
        not_after,
        condition,
        condition_key,
        triggers,
        _,
    ) = event.values["terms"]
    session.add(
        GrantRow(
            grant=grant,
            record=_record(event),
            effect=effect,
            state=GrantState.PROPOSED,
            commitment=commitment,
            rule=rule,
            condition=condition,
            condition_key=condition_key,
            approvals=0,
            not_before=not_before,
            not_after=not_after,
            block=event.block.number,
        )
    )
    _arm(session, grant, triggers)


def _arm(session: Session, grant: bytes, triggers: Sequence[tuple[bytes, bytes, int]]) -> None:
    for place, (trigger, reporter, effect) in enumerate(triggers):
        session.add(
            TriggerRow(
                grant=grant,
                trigger=trigger,
                place=place,
                reporter=reporter,
                effect=effect,
                reported_at=0,
                evidence=bytes(32),
            )
        )


def _approved(session: Session, event: DecodedEvent) -> None:
    row = session.get_one(GrantRow, event.values["grant"])
    row.approvals = event.values["approvals"]


def _becomes(state: GrantState) -> Projection:
    def project(session: Session, event: DecodedEvent) -> None:
        session.get_one(GrantRow, event.values["grant"]).state = state

    return project


def _triggered(session: Session, event: DecodedEvent) -> None:
    row = session.get_one(TriggerRow, (event.values["grant"], event.values["trigger"]))
    row.reported_at, row.evidence = event.block.time, event.values["evidence"]


def _all_ended(session: Session, event: DecodedEvent) -> None:
    """Every permit of the record, also those only proposed; denials stay."""
    session.execute(
        update(GrantRow)
        .where(GrantRow.record == _record(event), GrantRow.effect == Effect.PERMIT)
        .values(state=GrantState.ENDED)
    )


def _rule_set(session: Session, event: DecodedEvent) -> None:
    record, rule = _record(event), event.values["rule"]
    threshold, _, each_use = event.values["terms"]
    session.merge(RuleRow(record=record, rule=rule, threshold=threshold, each_use=each_use))
    session.execute(
        delete(ApproverRow).where(ApproverRow.record == record, ApproverRow.rule == rule)
    )
    for seat, approver in enumerate(event.values["approvers"]):
        session.add(ApproverRow(record=record, rule=rule, seat=seat, approver=approver))


def _unit_assigned(session: Session, event: DecodedEvent) -> None:
    row = UnitRuleRow(record=_record(event), unit=event.values["unit"], rule=event.values["rule"])
    session.merge(row)


def _policy_published(session: Session, event: DecodedEvent) -> None:
    session.add(
        PublishedRow(
            policy=event.values["policy"],
            kind=event.values["kind"],
            published_at=event.block.time,
        )
    )


def _condition_approved(session: Session, event: DecodedEvent) -> None:
    session.add(ConditionRow(condition=event.values["condition"], approved_at=event.block.time))


PROJECTIONS = {
    ("ConsentRegistry", "GrantProposed"): _proposed,
    ("ConsentRegistry", "GrantApproved"): _approved,
    ("ConsentRegistry", "GrantLive"): _becomes(GrantState.LIVE),
    ("ConsentRegistry", "GrantSuspended"): _becomes(GrantState.SUSPENDED),
    ("ConsentRegistry", "GrantResumed"): _becomes(GrantState.LIVE),
    ("ConsentRegistry", "GrantEnded"): _becomes(GrantState.ENDED),
    ("ConsentRegistry", "Triggered"): _triggered,
    ("ConsentRegistry", "AllEnded"): _all_ended,
    ("ConsentRegistry", "RuleSet"): _rule_set,
    ("ConsentRegistry", "UnitAssigned"): _unit_assigned,
    ("ConsentRegistry", "PolicyPublished"): _policy_published,
    ("ConsentRegistry", "ConditionApproved"): _condition_approved,
}
