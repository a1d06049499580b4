"""Grants that wait for a report: arming, reporting, and what the ledger learns of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import service, triggers
from salus.rights.consent.errors import (
    BadState,
    NotReporter,
    SameTrigger,
    UnclearTrigger,
    UnknownTrigger,
)
from salus.rights.consent.ledger import NONE, TriggerEffect
from salus.rights.consent.model import GrantState
from salus.rights.consent.service import Granted, More
from salus.rights.consent.tables import ReportSalt, TriggerName
from salus.rights.consent.triggers import Armed, arm, commit_evidence, find_trigger, trigger_id
from tests.support.scene import Scene, scene

START, SUSPEND, RESUME, END = TriggerEffect
SALT = Digest(b"\x05" * 32)
NURSE = SigningKey.generate()
NAMES = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=64)


def armed(*pairs: tuple[str, TriggerEffect], reporter: Address) -> tuple[Armed, ...]:
    return tuple(Armed(name, reporter, effect) for name, effect in pairs)


def granted(
    stage: Scene, record: RecordId, *pairs: tuple[str, TriggerEffect], by: Address | None = None
) -> Granted:
    return service.grant(
        stage.node,
        record=record,
        units=[unit.id for unit in stage.units(record)],
        readers=[stage.clinic.address],
        purpose="TREAT",
        until=stage.now() + timedelta(days=3),
        by=stage.wallet(record),
        more=More(armed=armed(*pairs, reporter=by or stage.clinic.address)),
    )


def report(
    stage: Scene, found: Granted, name: str, *, by: SigningKey, evidence: bytes | None = None
) -> GrantState:
    with stage.node.reading() as session:
        trigger = find_trigger(session, found.id, found.salt, name)
    triggers.report(stage.node, found.id, trigger, evidence=evidence, by=by)
    stage.node.follow()
    with stage.node.reading() as session:
        return service.granted_of(session, found.id).state


def test_a_grant_starts_pauses_goes_on_and_ends_as_it_is_reported() -> None:
    stage = scene()
    pairs = (("admitted", START), ("away", SUSPEND), ("back", RESUME), ("discharged", END))
    found = granted(stage, stage.record(), *pairs)
    by = stage.clinic.signing
    seen = [found.state, *(report(stage, found, name, by=by) for name, _ in pairs)]

    assert seen == [
        GrantState.SUSPENDED,
        GrantState.LIVE,
        GrantState.SUSPENDED,
        GrantState.LIVE,
        GrantState.ENDED,
    ]


def test_a_person_may_report_as_well() -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("home", END), by=NURSE.address)

    assert found.state is GrantState.LIVE
    assert report(stage, found, "home", by=NURSE) is GrantState.ENDED


@pytest.mark.parametrize(
    ("name", "by", "error"),
    [
        ("home", "research", NotReporter),
        ("hom", "clinic", UnknownTrigger),
        ("back", "clinic", BadState),
    ],
)
def test_a_report_that_cannot_be_changes_nothing(
    name: str, by: str, error: type[SalusError]
) -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("home", END), ("back", RESUME))
    key = {"research": stage.research, "clinic": stage.clinic}[by].signing
    with pytest.raises(error):
        report(stage, found, name, by=key)
    with stage.node.reading() as session:
        after = service.granted_of(session, found.id).state

    assert after is GrantState.LIVE


def test_evidence_is_on_the_ledger_as_a_salted_hash_that_its_reporter_opens() -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("home", END), ("away", SUSPEND))
    report(stage, found, "away", by=stage.clinic.signing)
    report(stage, found, "home", by=stage.clinic.signing, evidence=b"a letter")
    with stage.node.reading() as session:
        home, away = triggers.triggers(session, found.id)

    assert away.salt is None
    assert NONE == away.evidence
    assert home.salt is not None
    assert commit_evidence(home.salt, b"a letter") == home.evidence
    assert away.reported_at > 0


def test_the_salt_is_kept_before_the_ledger_is_asked() -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("home", END))
    with pytest.raises(NotReporter):
        report(stage, found, "home", by=NURSE, evidence=b"a letter")
    with stage.node.reading() as session:
        kept = session.scalars(
            select(ReportSalt).where(ReportSalt.record == f"{found.terms.record:032x}")
        ).one()

    assert commit_evidence(Digest(kept.salt), b"a letter") == kept.evidence


def test_the_names_are_told_in_their_order() -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("z", END), ("a", SUSPEND))
    with stage.node.reading() as session:
        told = triggers.triggers(session, found.id)

    assert [("z", END, 0), ("a", SUSPEND, 0)] == [
        (each.name, each.effect, each.reported_at) for each in told
    ]
    assert {stage.clinic.address} == {each.reporter for each in told}


def test_a_grant_that_cannot_be_armed_is_not_kept() -> None:
    stage = scene()
    record = stage.record()
    for pairs, error in (
        ((("", END),), UnclearTrigger),
        ((("x" * 65, END),), UnclearTrigger),
        ((("a\nb", END),), UnclearTrigger),
        ((("a", END), ("a", START)), SameTrigger),
    ):
        with pytest.raises(error):
            granted(stage, record, *pairs)
    with stage.node.reading() as session:
        kept = service.grants(session, record)
        named = session.scalars(
            select(TriggerName).where(TriggerName.record == f"{record:032x}")
        ).all()

    assert (kept, named) == ([], [])


@given(NAMES, NAMES)
def test_a_name_on_the_ledger_is_another_in_each_grant(one: str, other: str) -> None:
    (first,) = arm(SALT, armed((one, START), reporter=NURSE.address))

    assert first.id == trigger_id(SALT, one)
    assert first.id != trigger_id(Digest(bytes(32)), one)
    assert (first.id == trigger_id(SALT, other)) == (one == other)


def test_the_index_is_what_the_events_say() -> None:
    stage = scene()
    found = granted(stage, stage.record(), ("home", END), ("away", SUSPEND))
    report(stage, found, "away", by=stage.clinic.signing, evidence=b"a letter")

    assert stage.node.rebuild_index() == ()
