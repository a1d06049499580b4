"""How many authorized releases one core makes, and how long a reader waits for the first byte."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks._scene import Scene, scene
from benchmarks.report import Row, row, scaled
from salus.kernel import hpke
from salus.kernel.secp256k1 import SigningKey, recover
from salus.rights.consent import service as consent
from salus.rights.consent.service import Granted
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.household import keeper
from salus.rights.custody.reading import as_reader, ask_for, read
from salus.rights.custody.release import release_all
from salus.rights.custody.standing import Known, ruling
from salus.rights.records import service as records
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import finish, known_in, take
from salus.surfaces.demo.patients import patient

BATCH = 32  # requests that wait for the same commit, as under load


def run() -> list[Row]:
    with scene() as stage:
        record, units = _record(stage)
        return [
            *_releases(stage, record, units),
            *_decisions(stage, record, units),
            _revocation(stage, record, units),
            _grant_to_plaintext(stage, record, units),
        ]


def _record(stage: Scene) -> tuple[records.RecordId, list[records.KnownUnit]]:
    found = Document(Path("p.json"), patient(1, resources=200)).resources()
    with stage.node.reading() as session:
        intake = prepare(found, known_in(session, stage.desk), lambda _: False)
    (record,) = take(stage.desk, intake)
    finish(stage.desk)
    with stage.node.reading() as session:
        return record, records.units_of(session, record, ["laboratory"])


def _grant(stage: Scene, record: records.RecordId, units: list[records.KnownUnit]) -> Granted:
    with stage.node.reading() as session:
        key = consent.controller(session, record)
    return consent.grant(
        stage.node,
        record=record,
        units=[unit.id for unit in units],
        readers=[stage.consortium.readers[0].address],
        purpose="TREAT",
        until=stage.node.clock.now() + timedelta(days=30),
        by=key,
    )


def _releases(stage: Scene, record: records.RecordId, units: list[records.KnownUnit]) -> list[Row]:
    """Every request names a grant of its own; all of section 8 of the design but the network."""
    count = scaled(1_280, quick=256)
    reader = as_reader(stage.consortium.readers[0], _grant(stage, record, units))
    asks = [
        ask_for(stage.node, replace(reader, granted=_grant(stage, record, units)), record, units)
        for _ in range(count)
    ]
    custodian = keeper(stage.node, stage.home, "c1")
    custodian.settings = custodian.settings.model_copy(update={"reads_per_minute": 10**9})
    batches = [asks[at : at + BATCH] for at in range(0, count, BATCH)]
    begun, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        answers = release_all(custodian, batch)
        assert all(isinstance(answer, m.Shares) for answer in answers)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    floor = _cryptography(asks[: scaled(256, quick=64)], count)
    return [
        row(
            "authorized releases, one core",
            count / cpu,
            "releases/s",
            reference=count / floor,
            at_least=1_500,
        ),
        row("the same by the clock on the wall", count / wall, "releases/s"),
    ]


def _decisions(stage: Scene, record: records.RecordId, units: list[records.KnownUnit]) -> list[Row]:
    """Decisions on facts of the same block, without signatures, log and keys."""
    reader = as_reader(stage.consortium.readers[0], _grant(stage, record, units))
    ask = ask_for(stage.node, reader, record, units)
    custodian, now = keeper(stage.node, stage.home, "c1"), stage.node.clock.now()
    block, digest = custodian.ledger.final(), m.request_digest(custodian.ledger.domain, ask.request)
    signers = custodian.ledger.signers(ask, digest, at=block)
    with custodian.reading() as session:
        held = [each for unit in units for each in custodian.kept.held(session, unit.id, 0)]
    dealings = [each.dealing for each in held]

    def decide_once() -> float:
        begun = time.perf_counter()
        standing = custodian.ledger.standing(ask, signers, dealings, Known(), at=block)
        assert ruling(ask, standing, dealings, now).refusal is None
        return (time.perf_counter() - begun) * 1_000

    decide_once()
    waits: list[float] = []
    cpu = _cpu(lambda: waits.extend(decide_once() for _ in range(scaled(20_000, quick=2_000))))
    return [
        row("decisions, warm, one core", len(waits) / cpu, "decisions/s", at_least=5_000),
        row("decision, p99", quantiles(waits, n=100)[98], "ms", at_most=2),
    ]


def _revocation(stage: Scene, record: records.RecordId, units: list[records.KnownUnit]) -> Row:
    """From the answer of the ledger to a revocation until every keeper refuses."""
    granted = _grant(stage, record, units)
    reader = as_reader(stage.consortium.readers[0], granted)
    read(stage.node, stage.desk.keepers, reader, record, units)
    with stage.node.reading() as session:
        key = consent.controller(session, record)
    consent.revoke(stage.node, granted, by=key)
    begun = time.perf_counter()
    ask = ask_for(stage.node, reader, record, units)
    for name in ("c1", "c2", "c3", "c4", "c5", "gateway"):
        answers = release_all(keeper(stage.node, stage.home, name), [ask])
        assert isinstance(answers[0], NotPermitted)
    return row("revocation effective at every keeper", time.perf_counter() - begun, "s", at_most=2)


def _cryptography(asks: list[m.Ask], count: int) -> float:
    """Seconds that `count` times one recovery, one hybrid wrap and one signature take alone."""
    key = SigningKey.generate()

    def one(ask: m.Ask) -> None:
        recover(ask.request.nonce, ask.signature)
        hpke.seal(ask.reader_key, b"info", bytes(50))
        key.sign(ask.request.nonce)

    return _cpu(lambda: [one(ask) for ask in asks]) * count / len(asks)


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _grant_to_plaintext(
    stage: Scene, record: records.RecordId, units: list[records.KnownUnit]
) -> Row:
    """From the signature of the patient to the opened section, everything local."""
    waits = []
    clinic = stage.consortium.readers[0]
    for _ in range(scaled(60, quick=20)):
        begun = time.perf_counter()
        granted = _grant(stage, record, units)
        read(stage.node, stage.desk.keepers, as_reader(clinic, granted), record, units)
        waits.append((time.perf_counter() - begun) * 1_000)
    return row("grant to plaintext, p95", quantiles(waits, n=20)[18], "ms", at_most=300)
