"""Rules, denials, triggers and conditions on a real ledger, and their rows in the index."""

from datetime import timedelta

import pytest

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest, GrantId, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import ledger, service, triggers
from salus.rights.consent.conditions import approve_conditions, condition_of, conditions
from salus.rights.consent.errors import (
    AlreadyExists,
    ConditionNotApproved,
    NotGovernor,
    NotReporter,
    SeveralRules,
    UnknownCondition,
    UnknownPurpose,
    UnknownRule,
    WrongEffect,
)
from salus.rights.consent.gathering import on_ledger
from salus.rights.consent.ledger import NONE, Ties, Trigger, TriggerEffect
from salus.rights.consent.model import Effect, GrantState
from salus.rights.consent.rules import (
    Rule,
    free_units,
    rule_at,
    rule_for,
    rules_of,
    set_rule,
)
from salus.rights.consent.service import Granted, More
from salus.rights.identity.ledger import Views, send, view
from tests.support.scene import Scene, scene

MOTHER, BROTHER = SigningKey.generate(), SigningKey.generate()
TRIGGER = Digest(b"\x07" * 32)


def seats(stage: Scene, record: RecordId) -> tuple[Address, ...]:
    return (ledger.account_of(stage.node, record), MOTHER.address, BROTHER.address)


def units(stage: Scene, record: RecordId, *sections: str) -> list[UnitId]:
    return [unit.id for unit in stage.units(record, *sections)]


def ruled(stage: Scene, record: RecordId, *sections: str, threshold: int = 2) -> None:
    rule = Rule(threshold, seats(stage, record))
    by, under = stage.wallet(record), units(stage, record, *sections)
    assert set_rule(stage.node, record=record, units=under, rule=rule, by=by)


def denied(stage: Scene, record: RecordId, *purposes: str) -> Granted:
    return service.deny(
        stage.node,
        record=record,
        units=[],
        readers=[],
        purposes=purposes,
        until=stage.now() + timedelta(days=3),
        by=stage.wallet(record),
    )


def granted(stage: Scene, record: RecordId, *sections: str, more: More | None = None) -> Granted:
    return service.grant(
        stage.node,
        record=record,
        units=units(stage, record, *sections),
        readers=[stage.clinic.address],
        purpose="TREAT",
        until=stage.now() + timedelta(days=3),
        by=stage.wallet(record),
        more=more or More(),
    )


def state_of(stage: Scene, grant: GrantId) -> GrantState:
    stage.node.follow()
    with stage.node.reading() as session:
        return service.granted_of(session, grant).state


def live_denials(stage: Scene, record: RecordId) -> list[bytes]:
    return list(view(stage.node, "ConsentRegistry", "liveDenials", record))


def test_a_grant_of_ruled_sections_names_their_rule() -> None:
    stage = scene()
    record = stage.record()
    ruled(stage, record)
    rule = rule_for(stage.node, record, units(stage, record))
    found = granted(stage, record)
    on_it = on_ledger(Views(stage.node), found.id, at=stage.node.ledger.final())

    assert rule != NONE
    assert found.state is GrantState.PROPOSED
    assert (rule, 1) == (on_it.rule, on_it.approvals)
    assert rule_for(stage.node, record, units(stage, record, "allergies")) == NONE


def test_sections_of_different_rules_are_not_granted_together() -> None:
    stage = scene()
    record = stage.record()
    ruled(stage, record, "laboratory")
    ruled(stage, record, "allergies", threshold=1)
    with pytest.raises(SeveralRules):
        granted(stage, record, "laboratory", "allergies")


def test_to_set_the_same_rule_again_changes_nothing() -> None:
    stage = scene()
    record = stage.record()
    ruled(stage, record)
    before = stage.node.ledger.head().number
    ruled(stage, record)

    assert before == stage.node.ledger.head().number


def test_free_sections_have_no_rule_to_be_taken_from() -> None:
    stage = scene()
    record = stage.record()
    with pytest.raises(UnknownRule):
        free_units(stage.node, record=record, units=units(stage, record), by=stage.wallet(record))


def test_a_freed_section_is_free_in_the_index() -> None:
    stage = scene()
    record = stage.record()
    ruled(stage, record, threshold=1)
    asked = {"record": record, "units": units(stage, record)}
    waits = free_units(stage.node, by=MOTHER, **asked)  # type: ignore[arg-type]
    done = free_units(stage.node, by=stage.wallet(record), **asked)  # type: ignore[arg-type]
    with stage.node.reading() as session:
        under = rules_of(session, record, units(stage, record))

    assert (waits, done) == (False, True)
    assert set(under.values()) == {NONE}


def test_a_denial_is_live_and_its_terms_wait_to_be_told() -> None:
    stage = scene()
    record = stage.record()
    denial = denied(stage, record, "HRESCH", "BTG")
    stated = on_ledger(Views(stage.node), denial.id, at=stage.node.ledger.final())

    assert denial.state is GrantState.LIVE
    assert live_denials(stage, record) == [denial.id]
    assert (Effect.DENY, 1 << 4 | 1 << 11) == (stated.effect, stated.purposes)
    assert denial.terms.commitment(denial.salt) == stated.commitment


def test_a_denial_of_no_known_purpose_is_refused() -> None:
    stage = scene()
    record = stage.record()
    with pytest.raises(UnknownPurpose):
        denied(stage, record, "SNOOPING")

    assert live_denials(stage, record) == []


def test_ending_all_is_seen_in_the_index() -> None:
    stage = scene()
    record = stage.record()
    permit, denial = granted(stage, record), denied(stage, record)
    service.end_all(stage.node, record, by=stage.wallet(record))

    assert state_of(stage, permit.id) is GrantState.ENDED
    assert state_of(stage, denial.id) is GrantState.LIVE


def test_a_denial_is_only_lifted() -> None:
    stage = scene()
    record = stage.record()
    denial, by = denied(stage, record), stage.wallet(record)
    with pytest.raises(WrongEffect):
        service.revoke(stage.node, denial, by=by)
    service.lift(stage.node, denial.id, by=by)

    assert state_of(stage, denial.id) is GrantState.ENDED
    assert live_denials(stage, record) == []


def triggered(stage: Scene, record: RecordId, *effects: TriggerEffect) -> Granted:
    asked = granted(stage, record)
    again = GrantId(bytes([asked.id[0] ^ 1]) + asked.id[1:])
    armed = tuple(
        Trigger(Digest(bytes([effect]) * 32), MOTHER.address, effect) for effect in effects
    )
    ties = Ties(triggers=armed)
    call = ledger.propose(
        stage.node, again, asked.terms, asked.salt, by=stage.wallet(record), ties=ties
    )
    service.keep_terms(stage.node, Granted(again, asked.terms, asked.salt, GrantState.NONE))
    send(stage.node, call)
    return Granted(again, asked.terms, asked.salt, GrantState.LIVE)


def test_a_reporter_suspends_resumes_and_ends() -> None:
    stage = scene()
    record = stage.record()
    effects = (TriggerEffect.SUSPEND, TriggerEffect.RESUME, TriggerEffect.END)
    found = triggered(stage, record, *effects)
    seen = [state_of(stage, found.id)]
    for effect in effects:
        trigger = Digest(bytes([effect]) * 32)
        triggers.report(stage.node, found.id, trigger, evidence=b"a letter", by=MOTHER)
        seen.append(state_of(stage, found.id))

    assert seen == [GrantState.LIVE, GrantState.SUSPENDED, GrantState.LIVE, GrantState.ENDED]


def test_only_the_reporter_reports() -> None:
    stage = scene()
    record = stage.record()
    found = triggered(stage, record, TriggerEffect.END)
    for trigger, by in ((Digest(b"\x03" * 32), BROTHER), (TRIGGER, MOTHER)):
        with pytest.raises(NotReporter):
            triggers.report(stage.node, found.id, trigger, evidence=b"", by=by)

    assert state_of(stage, found.id) is GrantState.LIVE


def test_a_grant_holds_while_an_organization_is_active() -> None:
    stage = scene()
    record = stage.record()
    condition = f"organization:{to_hex(stage.clinic.address)}"
    unknown = f"organization:{to_hex(MOTHER.address)}"
    found = [granted(stage, record, more=More(condition=each)) for each in (condition, unknown)]
    live = [view(stage.node, "ConsentRegistry", "isLive", each.id) for each in found]

    assert live == [True, False]


def test_a_condition_is_named_by_its_contract_or_in_short() -> None:
    node = scene().node
    asked = {"record": RecordId(1), "grant": GrantId(b"\x01" * 32)}
    key = to_hex(b"\x05" * 32)
    named = [
        condition_of(node, f"{name}:{key}", **asked)  # type: ignore[arg-type]
        for name in ("referral", "Referrals")
    ]

    assert named[0] == named[1]
    assert named[0].contract == node.contracts["Referrals"].address
    assert {"OrganizationActive", "GuardiansAgreed", "Referrals"} <= set(conditions(node))


@pytest.mark.parametrize("text", ["", "weather:0x12", "referral", "referral:0x12", "Authority:0x"])
def test_what_is_no_condition_has_its_error(text: str) -> None:
    asked = {"record": RecordId(1), "grant": GrantId(b"\x01" * 32)}
    with pytest.raises(UnknownCondition):
        condition_of(scene().node, text, **asked)  # type: ignore[arg-type]


def test_only_a_governor_approves_conditions_and_once() -> None:
    stage = scene()
    governor = stage.consortium.governors()[0].signing
    with pytest.raises(NotGovernor):
        approve_conditions(stage.node, by=MOTHER)
    with pytest.raises(AlreadyExists):
        approve_conditions(stage.node, by=governor)
    nothing = ledger.approve_condition(stage.node, MOTHER.address, by=governor)
    with pytest.raises(ConditionNotApproved):
        send(stage.node, nothing)


def test_the_index_of_rules_is_what_the_events_say() -> None:
    stage = scene()
    record = stage.record()
    ruled(stage, record)
    ruled(stage, record, threshold=3)
    rule = rule_for(stage.node, record, units(stage, record))
    granted(stage, record)
    denied(stage, record)
    service.end_all(stage.node, record, by=stage.wallet(record))
    stage.node.follow()
    with stage.node.reading() as session:
        known = rule_at(session, record, rule)

    assert known == Rule(3, seats(stage, record))
    assert stage.node.rebuild_index() == ()
