"""What releases depend on besides a grant: counts, denials, several keys, who else may read."""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from salus.kernel.ids import Digest, GrantId, RecordId, new_grant_id
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import ledger as consent
from salus.rights.consent.gathering import Opening
from salus.rights.consent.model import (
    NO_DOCUMENT,
    Clause,
    Effect,
    GrantState,
    Purpose,
    Terms,
    new_salt,
)
from salus.rights.consent.service import Granted, revoke
from salus.rights.custody import messages as m
from salus.rights.custody.errors import BadTerms, NoFault, NotPermitted
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.evidence.service import convict
from salus.rights.custody.keeper import open_terms
from salus.rights.custody.reading import Cosigner, Reader, as_reader, as_source, ask_for, read
from salus.rights.custody.release import release
from salus.rights.identity.ledger import send
from tests.support.refusing import answer, is_refused, rules
from tests.support.scene import Asking, scene, shared


def agreed(
    record: RecordId,
    effect: Effect = Effect.PERMIT,
    *,
    rule: Digest = consent.NONE,
    **changed: Any,
) -> Granted:
    """A grant or denial with these terms; live on the ledger where it is on no rule."""
    stage = scene()
    now = stage.now().replace(microsecond=0)
    units = tuple(sorted(unit.id for unit in stage.units(record)))
    clause = Clause((stage.clinic.address,), units, ("TREAT",))
    terms = Terms(
        record=record,
        effect=effect,
        clause=clause if effect is Effect.PERMIT else Clause((), (), ()),
        exceptions=(),
        not_before=now,
        not_after=now + timedelta(days=3),
        max_reads=0,
        obligations=(),
        wording=Digest(bytes(32)),
        document=NO_DOCUMENT,
    )
    made = Granted(new_grant_id(), replace(terms, **changed), new_salt(), GrantState.LIVE)
    by, ties = stage.wallet(record), consent.Ties(rule=rule)
    send(stage.node, consent.propose(stage.node, made.id, made.terms, made.salt, by=by, ties=ties))
    return made


def asking(record: RecordId, reader: Reader) -> Asking:
    stage = scene()
    ask = ask_for(stage.node, reader, record, stage.units(record))
    return Asking(stage, record, ask, reader.party.signing)


def by_grant(granted: Granted, *cosigners: SigningKey) -> Asking:
    signing = tuple(Cosigner(key.address, key) for key in cosigners)
    reader = replace(as_reader(scene().clinic, granted), cosigners=signing)
    return asking(granted.terms.record, reader)


def told(denial: Granted) -> m.OpenTerms:
    return m.OpenTerms((m.Denial(Digest(denial.id), Opening(denial.terms, denial.salt)),))


# COUNTS


def test_the_gateway_counts_reads_and_ends_at_the_last() -> None:
    granted, gateway = agreed(scene().record(), max_reads=2), scene().gateway

    assert answer(gateway, by_grant(granted).ask) is None
    assert answer(gateway, by_grant(granted).ask) is None
    third = by_grant(granted)
    assert is_refused(gateway, third, third.ask, "no-reads-left")


def test_the_same_request_again_counts_no_second_read() -> None:
    granted, gateway = agreed(scene().record(), max_reads=1), scene().gateway
    once = by_grant(granted)

    assert answer(gateway, once.ask) is None
    assert answer(gateway, once.ask) is None


def test_parallel_requests_never_exceed_the_count() -> None:
    granted, gateway = agreed(scene().record(), max_reads=3), scene().gateway
    asks = [by_grant(granted).ask for _ in range(12)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda ask: answer(gateway, ask), asks))

    assert [None] * 3 == [each for each in answers if each is None]


def test_a_custodian_leaves_counting_to_the_gateway() -> None:
    granted = agreed(scene().record(), max_reads=1)

    assert answer(scene().c1, by_grant(granted).ask) is None
    assert answer(scene().c1, by_grant(granted).ask) is None


# DENIALS


def test_a_denial_that_nobody_opened_closes_the_record() -> None:
    record = scene().record()
    granted, other = agreed(record), Clause((scene().research.address,), (), ())
    agreed(record, Effect.DENY, clause=other)
    asked = by_grant(granted)

    assert type(answer(scene().gateway, asked.ask)) is NotPermitted
    assert answer(scene().gateway, asking(record, scene().subject(record)).ask) is None


def test_an_opened_denial_refuses_what_it_covers_and_nothing_more() -> None:
    record, gateway = scene().record(), scene().gateway
    granted = agreed(record)
    elsewhere = agreed(record, Effect.DENY, clause=Clause((scene().research.address,), (), ()))
    open_terms(gateway, told(elsewhere))

    assert answer(gateway, by_grant(granted).ask) is None
    here = agreed(record, Effect.DENY, clause=Clause((scene().clinic.address,), (), ("TREAT",)))
    open_terms(gateway, told(here))
    asked = by_grant(granted)
    assert is_refused(gateway, asked, asked.ask, f"denial {here.id.hex()}")


def test_a_lifted_denial_refuses_no_more() -> None:
    record, stage = scene().record(), scene()
    granted, denial = agreed(record), agreed(record, Effect.DENY)
    open_terms(stage.gateway, told(denial))
    send(stage.node, consent.lift(stage.node, denial.id, by=stage.wallet(record)))

    assert answer(stage.gateway, by_grant(granted).ask) is None


@pytest.mark.parametrize("changed", ["terms", "salt", "id"])
def test_terms_that_are_not_on_the_ledger_are_not_kept(changed: str) -> None:
    denial = agreed(shared_alone(), Effect.DENY)
    wrong = {
        "terms": replace(denial, terms=replace(denial.terms, max_reads=9)),
        "salt": replace(denial, salt=Digest(bytes(32))),
        "id": replace(denial, id=GrantId(bytes(32))),
    }[changed]

    with pytest.raises(BadTerms):
        open_terms(scene().gateway, told(wrong))


def shared_alone() -> RecordId:
    return scene().record()


# SEVERAL KEYS


def ruled(record: RecordId, approvers: Sequence[SigningKey], threshold: int) -> Granted:
    """A grant of the laboratory, each use of which asks for signatures of that many approvers."""
    stage, rule = scene(), Digest(secrets.token_bytes(32))
    by, addresses = stage.wallet(record), sorted(key.address for key in approvers)
    calls = [consent.set_rule(stage.node, record, rule, threshold, addresses, each_use=True, by=by)]
    calls += [
        consent.assign_rule(stage.node, record, unit.id, rule, by=by)
        for unit in stage.units(record)
    ]
    send(stage.node, *calls)
    granted = agreed(record, rule=rule)
    approvals = [consent.approve(stage.node, granted.id, by=key) for key in approvers[:threshold]]
    send(stage.node, *approvals)
    return granted


def test_a_grant_on_no_rule_does_not_open_what_is_under_one() -> None:
    """A wallet that leaves the rule out of its grant goes around nobody."""
    record, board = scene().record(), [SigningKey.generate() for _ in range(3)]
    before = agreed(record)
    ruled(record, board, 2)

    for granted in (before, agreed(record)):
        for keeper in (scene().c1, scene().gateway):
            asked = by_grant(granted, *board)
            assert is_refused(keeper, asked, asked.ask, "another-rule")


def test_each_use_needs_the_signatures_that_the_rule_names() -> None:
    record, board = scene().record(), [SigningKey.generate() for _ in range(3)]
    granted = ruled(record, board, 2)

    for keeper in (scene().c1, scene().gateway):
        for cosigners in ([], board[:1], [board[0], board[0]], [board[0], SigningKey.generate()]):
            asked = by_grant(granted, *cosigners)
            assert is_refused(keeper, asked, asked.ask, "co-signatures-missing")
        assert answer(keeper, by_grant(granted, *board[1:]).ask) is None


def test_a_signature_over_another_request_is_none() -> None:
    record, board = scene().record(), [SigningKey.generate() for _ in range(2)]
    granted = ruled(record, board, 2)
    earlier, asked = by_grant(granted, *board), by_grant(granted, *board)
    stolen = replace(asked.ask, cosignatures=earlier.ask.cosignatures)

    assert is_refused(scene().c1, asked, stolen, "co-signatures-missing")


# WHO ELSE MAY READ


def test_the_source_reads_what_it_wrote_and_nobody_else_without_a_grant() -> None:
    stage, record = scene(), shared()
    opened = read(
        stage.node, stage.keepers, as_source(stage.desk.source), record, stage.units(record)
    )

    assert len(opened.units) == 1
    asked = asking(record, replace(as_source(stage.research), purpose=Purpose.HOPERAT))
    assert is_refused(stage.gateway, asked, asked.ask, "no-grant")


def test_a_narrow_grant_does_not_open_its_whole_section() -> None:
    record = scene().record()
    units = tuple(unit.id for unit in scene().units(record))
    narrow = Clause((scene().clinic.address,), units, ("TREAT",), ids=("Observation/1",))
    asked = by_grant(agreed(record, clause=narrow))

    for keeper in (scene().c1, scene().gateway):
        assert type(answer(keeper, asked.ask)) is NotPermitted
    assert rules(scene().gateway, asked)[-1].startswith("grant ")


def test_an_answer_names_nobody_else() -> None:
    """What a keeper releases to a reader says nothing of denials, counts or approvers."""
    record = scene().record()
    granted = agreed(record, max_reads=5)
    gate = release(scene().gateway, by_grant(granted).ask)

    assert isinstance(gate, m.Gate)
    assert {"version", "released", "bought"} == set(gate.__slots__)


def test_a_grant_with_the_id_of_a_record_convicts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may propose a grant under any id, also under the handle of a stranger's record."""
    stage, victim, own = scene(), scene().record(), scene().record()
    taken = GrantId(victim.to_bytes(32, "big"))
    monkeypatch.setattr("salus.rights.consent.service.new_grant_id", lambda: taken)
    revoke(stage.node, stage.grant(own), by=stage.wallet(own))
    stage.clock.move(timedelta(seconds=1))
    stage.node.ledger.advance()

    answered = release(stage.c1, asking(victim, stage.subject(victim)).ask)

    assert isinstance(answered, m.Shares)
    (part,) = answered.released
    with pytest.raises(NoFault):
        convict(stage.node, Evidence(part.receipt, part.signature))
