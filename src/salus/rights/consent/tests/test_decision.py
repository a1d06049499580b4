"""Who may read: the order of the levels, and where a document falls out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.rights.consent.decision import Level, Outcome, decide
from salus.rights.consent.emergency.model import Scope
from salus.rights.consent.facts import (
    Document,
    Emergency,
    Facts,
    License,
    Request,
    Rule,
    Target,
)
from salus.rights.consent.model import NO_DOCUMENT, Clause, Effect, Period, Purpose, Terms
from salus.rights.records.model import UnitKind
from salus.rights.records.sections import EMERGENCY_SUMMARY

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RECORD = RecordId(7)
PATIENT, CLINIC, OTHER, SOURCE = (Address(bytes([n]) * 20) for n in range(1, 5))
LAB = Target(UnitId(b"\x01" * 32), 7, UnitKind.SECTION)
SECRET = Target(UnitId(b"\x02" * 32), 7, UnitKind.RESTRICTED)
SNAPSHOT = Target(UnitId(b"\x03" * 32), 7, UnitKind.SNAPSHOT)
SUMMARY = Target(UnitId(b"\x04" * 32), EMERGENCY_SUMMARY, UnitKind.SECTION)
UNITS = tuple(each.unit for each in (LAB, SECRET, SNAPSHOT, SUMMARY))
PERMIT = Clause((CLINIC,), UNITS, ("TREAT",))
DENY = Clause((), (), ())


def terms(clause: Clause, effect: Effect, **changed: Any) -> Terms:
    plain = Terms(
        record=RECORD,
        effect=effect,
        clause=clause,
        exceptions=(),
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=1),
        max_reads=0,
        obligations=(),
        wording=Digest(bytes(32)),
        document=NO_DOCUMENT,
    )
    return replace(plain, **changed)


def permit(clause: Clause = PERMIT, **changed: Any) -> Document:
    return Document(b"\x0a" * 32, Effect.PERMIT, terms(clause, Effect.PERMIT, **changed), True)


def denial(clause: Clause = DENY, **changed: Any) -> Document:
    made = terms(clause, Effect.DENY, **changed)
    return Document(b"\x0d" * 32, Effect.DENY, made, True, bits=clause.purpose_bits())


def request(*targets: Target, **changed: Any) -> Request:
    asked = Request(RECORD, CLINIC, CLINIC, Purpose.TREAT, "read", targets or (LAB,), NOW)
    return replace(asked, **changed)


def facts(*documents: Document, **changed: Any) -> Facts:
    return replace(Facts(controller=PATIENT, documents=documents, source=SOURCE), **changed)


GLASS = Emergency(b"\x0e" * 32, RECORD, frozenset({CLINIC}), Scope.RECORD)
IN_EMERGENCY = {"purpose": Purpose.ETREAT}


def step(document: Document, asked: Request) -> str | None:
    return decide(asked, facts(document)).verdicts[0].weighed[0].step


def test_what_nobody_permits_is_denied() -> None:
    decision = decide(request(), facts())

    assert (Outcome.DENY, "no-grant") == (decision.outcome, decision.rule)


def test_a_permit_permits() -> None:
    decision = decide(request(), facts(permit()))

    assert decision.outcome is Outcome.PERMIT
    assert decision.based_on == (b"\x0a" * 32,)
    assert decision.valid_until == NOW + timedelta(days=1)


def test_a_denial_beats_a_permit_of_any_age() -> None:
    for documents in ((permit(), denial()), (denial(), permit())):
        decision = decide(request(), facts(*documents))
        assert decision.outcome is Outcome.DENY
        assert decision.rule == "denial " + "0d" * 32


def test_a_stop_beats_even_the_subject() -> None:
    decision = decide(request(signer=PATIENT), facts(permit(), stops=("erased",)))

    assert (Outcome.DENY, "erased") == (decision.outcome, decision.rule)


def test_the_subject_reads_in_spite_of_denials() -> None:
    asked = request(LAB, SECRET, signer=PATIENT, reader=PATIENT, purpose=Purpose.PATRQT)

    assert decide(asked, facts(denial())).outcome is Outcome.PERMIT


def test_a_delegate_reads_until_a_denial() -> None:
    asked = request(signer=OTHER, reader=OTHER, purpose=Purpose.FAMRQT)

    assert decide(asked, facts(is_delegate=True)).outcome is Outcome.PERMIT
    against = denial(replace(DENY, readers=(OTHER,)))
    assert decide(asked, facts(against, is_delegate=True)).outcome is Outcome.DENY


def test_a_source_reads_what_it_wrote_unless_denied() -> None:
    asked = request(signer=SOURCE, reader=SOURCE)

    assert decide(asked, facts()).verdicts[0].level is Level.DEFAULT
    assert decide(asked, facts(denial())).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"reader": OTHER}, "another-reader"),
        ({"purpose": Purpose.HRESCH}, "another-purpose"),
        ({"purpose": 4_000}, "another-purpose"),
        ({"action": "write"}, "another-action"),
        ({"at": NOW + timedelta(days=1)}, "outside-window"),
        ({"at": NOW - timedelta(days=1, seconds=1)}, "outside-window"),
        ({"targets": (replace(LAB, unit=UnitId(bytes(32))),)}, "another-section"),
        ({"targets": (SECRET,)}, "another-label"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_read_outside_of_the_permit_falls_out(changed: dict[str, Any], expected: str) -> None:
    decision = decide(request(**changed), facts(permit()))

    assert (Outcome.DENY, expected) == (decision.outcome, decision.rule)


def test_a_permit_not_in_force_falls_out() -> None:
    good = permit()

    assert step(replace(good, is_live=False), request()) == "grant-not-live"
    assert step(replace(good, is_committed=False), request()) == "terms-do-not-match"
    assert step(replace(good, terms=None), request()) == "not-opened"
    counted = permit(max_reads=2)
    assert step(replace(counted, reads=2), request()) == "no-reads-left"
    assert step(replace(counted, reads=1), request()) is None


def test_a_denial_that_nobody_can_read_covers_everything() -> None:
    for unread in (
        replace(denial(), terms=None),
        replace(denial(replace(DENY, readers=(OTHER,))), is_committed=False),
    ):
        assert decide(request(), facts(permit(), unread)).outcome is Outcome.DENY


def test_a_label_is_covered_by_naming_it() -> None:
    named = permit(replace(PERMIT, labels=("R",)))

    assert decide(request(SECRET), facts(named)).outcome is Outcome.PERMIT
    only = denial(replace(DENY, labels=("R",)))
    assert decide(request(SECRET), facts(named, only)).outcome is Outcome.DENY
    assert decide(request(LAB), facts(named, only)).outcome is Outcome.PERMIT


def test_several_keys_must_sign_each_use() -> None:
    board = {Address(bytes([n]) * 20) for n in (7, 8, 9)}
    of_board = Rule(b"\x0f" * 32, 2, frozenset(board), each_use=True)
    rule = facts(replace(permit(), rule=of_board.id), rules=((LAB.unit, of_board),))
    one, two, strangers = {min(board)}, {min(board), max(board)}, {OTHER, SOURCE}

    for cosigners, expected in ((one, Outcome.DENY), (two, Outcome.PERMIT)):
        asked = request(cosigners=frozenset(cosigners))
        assert decide(asked, rule).outcome is expected
    assert decide(request(cosigners=frozenset(strangers)), rule).rule == "co-signatures-missing"


def test_a_permit_counts_on_the_rule_of_its_unit_only() -> None:
    approved = Rule(b"\x0f" * 32, 2, frozenset({PATIENT, OTHER}), each_use=False)
    under = {"rules": ((LAB.unit, approved),)}

    assert decide(request(), facts(permit(), **under)).rule == "another-rule"
    agreed = replace(permit(), rule=approved.id)
    assert decide(request(), facts(agreed, **under)).outcome is Outcome.PERMIT
    assert decide(request(SUMMARY), facts(permit(), **under)).outcome is Outcome.PERMIT
    assert decide(request(), facts(denial(), **under)).outcome is Outcome.DENY


def test_an_emergency_reads_without_a_permit_in_its_scope() -> None:
    summary = replace(GLASS, releases=Scope.SUMMARY)

    asked = request(SUMMARY, **IN_EMERGENCY)
    decision = decide(asked, facts(emergency=summary))
    assert (Outcome.PERMIT, ("NOTIFY_SUBJECT", "REVIEW")) == (
        decision.outcome,
        decision.obligations,
    )
    assert decide(request(LAB, **IN_EMERGENCY), facts(emergency=summary)).outcome is Outcome.DENY
    assert decide(request(LAB, **IN_EMERGENCY), facts(emergency=GLASS)).outcome is Outcome.PERMIT


@pytest.mark.parametrize(
    "changed",
    [{"releases": Scope.NOTHING}, {"record": RecordId(8)}, {"clinicians": frozenset({OTHER})}],
    ids=["nothing", "another record", "another clinician"],
)
def test_an_emergency_of_something_else_opens_nothing(changed: dict[str, Any]) -> None:
    asked = request(SUMMARY, **IN_EMERGENCY)

    assert decide(asked, facts(emergency=replace(GLASS, **changed))).outcome is Outcome.DENY


def test_only_a_denial_that_names_emergencies_stops_one() -> None:
    asked = request(LAB, **IN_EMERGENCY)
    plain, named = denial(), denial(replace(DENY, purposes=("BTG",)))

    assert decide(asked, facts(plain, emergency=GLASS)).outcome is Outcome.PERMIT
    assert decide(asked, facts(named, emergency=GLASS)).outcome is Outcome.DENY
    elsewhere = denial(replace(DENY, purposes=("BTG",), units=(SECRET.unit,)))
    assert decide(asked, facts(elsewhere, emergency=GLASS)).outcome is Outcome.PERMIT


def test_a_narrow_permit_is_partial_but_whole_in_its_snapshot() -> None:
    narrow = permit(replace(PERMIT, ids=("Observation/1",)))

    assert decide(request(LAB), facts(narrow)).outcome is Outcome.PARTIAL
    assert decide(request(SNAPSHOT), facts(narrow)).outcome is Outcome.PERMIT
    against = denial(replace(DENY, ids=("Observation/2",)))
    assert decide(request(SNAPSHOT), facts(narrow, against)).outcome is Outcome.PERMIT
    itself = denial(replace(DENY, ids=("Observation/1",)))
    assert decide(request(SNAPSHOT), facts(narrow, itself)).outcome is Outcome.PARTIAL


def test_an_exception_narrows_only_its_own_document() -> None:
    hole = Clause((), (LAB.unit,), ())
    holed = permit(exceptions=(replace(hole, readers=(CLINIC,), purposes=("TREAT",)),))

    assert decide(request(LAB), facts(holed)).rule == "excepted"
    other = replace(permit(), id=b"\x0b" * 32)
    assert decide(request(LAB), facts(holed, other)).outcome is Outcome.PERMIT
    against = denial(exceptions=(replace(PERMIT, units=(LAB.unit,)),))
    assert decide(request(LAB), facts(permit(), against)).outcome is Outcome.PERMIT
    assert decide(request(SUMMARY), facts(permit(), against)).outcome is Outcome.DENY


def test_what_is_denied_in_part_is_partial() -> None:
    old = denial(replace(DENY, periods=(Period(NOW - timedelta(days=9), NOW),)))

    decision = decide(request(LAB), facts(permit(), old))

    assert decision.outcome is Outcome.PARTIAL
    assert decision.rule == "grant " + "0a" * 32


def test_what_is_permitted_in_part_makes_the_whole_partial() -> None:
    decision = decide(request(LAB, SECRET), facts(permit()))

    assert (Outcome.PARTIAL, "another-label") == (decision.outcome, decision.rule)


LICENSE = License(b"\x1c" * 32, RECORD, Purpose.HRESCH, frozenset({7}), ((4, "section-closed"),))
BY_LICENSE = {"purpose": Purpose.HRESCH}


def test_a_license_opens_the_main_unit_of_its_section_for_the_purpose_of_its_use() -> None:
    decision = decide(request(LAB, **BY_LICENSE), facts(license=LICENSE))

    assert (Outcome.PERMIT, Level.LICENSE) == (decision.outcome, decision.verdicts[0].level)
    assert decision.rule == "license " + "1c" * 32
    assert decision.based_on == (LICENSE.id,)
    assert decision.obligations == ()


@pytest.mark.parametrize(
    ("target", "changed", "expected"),
    [
        (LAB, {"purpose": Purpose.COMMERCIAL}, "another-purpose"),
        (LAB, {"purpose": Purpose.TREAT}, "another-purpose"),
        (LAB, {"record": RecordId(8)}, "another-record"),
        (SECRET, {}, "another-section"),
        (SNAPSHOT, {}, "another-section"),
        (SUMMARY, {}, "another-section"),
        (replace(LAB, section=4), {}, "section-closed"),
        (replace(LAB, section=12), {}, "another-section"),
    ],
)
def test_a_license_opens_nothing_else(
    target: Target, changed: dict[str, Any], expected: str
) -> None:
    widest = replace(LICENSE, sections=LICENSE.sections | {EMERGENCY_SUMMARY})
    decision = decide(request(target, **(BY_LICENSE | changed)), facts(license=widest))

    assert (Outcome.DENY, expected) == (decision.outcome, decision.rule)


def test_a_license_of_an_unknown_use_opens_nothing() -> None:
    unknown = replace(LICENSE, purpose=None)

    assert decide(request(**BY_LICENSE), facts(license=unknown)).rule == "another-purpose"


def test_a_denial_of_the_patient_beats_a_license() -> None:
    asked = request(LAB, **BY_LICENSE)
    decision = decide(asked, facts(denial(), license=LICENSE))
    old = denial(replace(DENY, periods=(Period(NOW - timedelta(days=9), NOW),)))

    assert (Outcome.DENY, "denial " + "0d" * 32) == (decision.outcome, decision.rule)
    assert decide(asked, facts(old, license=LICENSE)).outcome is Outcome.PARTIAL
    elsewhere = denial(replace(DENY, readers=(OTHER,)))
    assert decide(asked, facts(elsewhere, license=LICENSE)).outcome is Outcome.PERMIT


def test_a_license_of_an_erased_record_opens_nothing() -> None:
    assert decide(request(**BY_LICENSE), facts(license=LICENSE, stops=("erased",))).rule == "erased"


def test_a_license_leaves_out_what_carries_a_label() -> None:
    (verdict,) = decide(request(LAB, **BY_LICENSE), facts(license=LICENSE)).verdicts
    (part,) = verdict.residual.permits

    assert "SUD" in part.row.labels_none
    assert part.row.section == LAB.section


def test_a_unit_under_a_rule_opens_to_a_licensee_with_its_co_signatures_only() -> None:
    each, once = (
        Rule(b"\x0f" * 32, 1, frozenset({OTHER}), each_use=each_use) for each_use in (True, False)
    )
    bare = request(**BY_LICENSE)
    signed = request(cosigners=frozenset({OTHER}), **BY_LICENSE)

    def by(asked: Request, rule: Rule) -> str:
        return decide(asked, facts(license=LICENSE, rules=((LAB.unit, rule),))).rule

    assert by(bare, each) == "co-signatures-missing"
    assert by(signed, each) == "license " + "1c" * 32
    assert by(signed, once) == "another-rule"


documents = st.lists(
    st.sampled_from(
        [
            permit(),
            permit(replace(PERMIT, labels=("R", "SUD"))),
            permit(replace(PERMIT, ids=("Observation/1",))),
            denial(),
            denial(replace(DENY, readers=(OTHER,))),
            denial(replace(DENY, units=(SECRET.unit,))),
            denial(replace(DENY, purposes=("BTG",))),
        ]
    ),
    max_size=5,
)
asked = st.builds(
    request,
    st.sampled_from([LAB, SECRET, SNAPSHOT, SUMMARY]),
    reader=st.sampled_from([CLINIC, OTHER, SOURCE]),
    purpose=st.sampled_from([Purpose.TREAT, Purpose.ETREAT, Purpose.HRESCH]),
)
rank = {Outcome.DENY: 0, Outcome.PARTIAL: 1, Outcome.PERMIT: 2}


@settings(max_examples=300, deadline=None)
@given(asked, documents, st.sampled_from([None, GLASS]), st.sampled_from([None, LICENSE]))
def test_one_more_denial_never_permits_more(
    read: Request, known: list[Document], emergency: Emergency | None, license_: License | None
) -> None:
    before = decide(read, facts(*known, emergency=emergency, license=license_))
    after = decide(read, facts(*known, denial(), emergency=emergency, license=license_))

    assert rank[after.outcome] <= rank[before.outcome]


@settings(max_examples=300, deadline=None)
@given(asked, documents)
def test_one_more_permit_never_permits_less(read: Request, known: list[Document]) -> None:
    before = decide(read, facts(*known))
    after = decide(read, facts(*known, permit()))

    assert rank[after.outcome] >= rank[before.outcome]
