"""The invariants of custody that speak of releases: when they end, and what is written of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from salus.kernel import hpke
from salus.kernel.documents import parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, RecordId
from salus.kernel.merkle import consistency, verify_consistency
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import open_at_rest
from salus.rights.consent.authority import service as authority
from salus.rights.consent.emergency.model import Reason, new_opening_id
from salus.rights.consent.service import Granted, More, grant, revoke
from salus.rights.custody import kept, reading
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.evidence.model import Evidence, Fault
from salus.rights.custody.evidence.service import judged
from salus.rights.custody.joining import collect
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import bump
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import as_reader, in_emergency, read
from salus.rights.custody.release import release
from salus.rights.custody.renewing.sealing import Desk
from salus.rights.custody.renewing.service import Stage as RenewalStage
from salus.rights.custody.renewing.service import renew
from salus.rights.custody.tables import LogLeaf
from salus.rights.identity.ledger import send
from salus.services.emergency import service as emergencies
from salus.services.emergency.notices import notices
from tests.support.refusing import answer
from tests.support.scene import Asking, Scene, chart, new_patient, new_scene
from tests.support.stores import continues, filed, leaves_of, started

NAMES = ("c1", "gateway")
EACH = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


def receipts(keeper: Keeper) -> Iterator[m.Receipt]:
    """Every receipt that a keeper ever signed and has kept."""
    with keeper.reading() as session:
        rows = session.scalars(select(LogLeaf.receipt).order_by(LogLeaf.position))
        yield from [parse(m.Receipt, raw) for raw in rows if raw]


@EACH
def test_invariant_01_no_receipt_at_or_after_the_revoking_block(stage: Scene, name: str) -> None:
    """Sixty grants and erasures, ended at random between reads: no receipt names a later block,
    and the ledger finds no fault in any of them.
    """
    chance, keeper, ended = Random(name), stage.keeper(name), dict[bytes, int]()
    live = [stage.asking(stage.record()) for _ in range(4)]
    for _ in range(60):
        asking = chance.choice(live)
        stage.clock.move(timedelta(seconds=chance.randrange(3)))
        answer(keeper, asking.changed())
        if chance.random() < 0.3:
            live.remove(asking)
            ended[asking.ask.request.basis_id] = ends(stage, asking, chance)
            assert isinstance(answer(keeper, asking.changed()), SalusError)
            live.append(stage.asking(stage.record()))

    given = [each for each in receipts(keeper) if each.basis_id in ended]
    assert len(given) > 10
    for each in given:
        assert each.block_number < ended[each.basis_id]
        evidence = Evidence(
            each, keeper.party.signing.sign(m.receipt_digest(keeper.ledger.domain, each))
        )
        assert judged(stage.node, evidence).fault is Fault.NONE


def ends(stage: Scene, asking: Asking, chance: Random) -> int:
    """Revoke the grant, or erase its record; the block of it."""
    by = stage.wallet(asking.record)
    if chance.random() < 0.7:
        revoke(stage.node, stage.granted(asking), by=by)
    else:
        authority.erase(stage.node, record=asking.record, by=by)
    return stage.node.ledger.head().number


@EACH
def test_invariant_02_nothing_leaves_before_its_log_entry_is_durable(
    stage: Scene, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment when a part is opened, sealed or signed for, another connection to the file
    already reads the leaf; and where the commit fails, none of this is done.
    """
    asking = stage.asking(stage.record())
    keeper = started(stage.keeper(name), filed(stage.keeper(name), tmp_path / "store.db"))
    before, done, second = len(leaves_of(keeper)), list[str](), asking.changed()

    def watched(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            assert len(leaves_of(keeper)) == before + 1
            done.append(what)
            return function(*arguments, **named)

        return wrapped

    with monkeypatch.context() as patched:
        patched.setattr("salus.rights.custody.answering.hpke.seal", watched("seal", hpke.seal))
        patched.setattr(kept, "open_at_rest", watched("open", open_at_rest))
        patched.setattr(SigningKey, "sign", watched("sign", SigningKey.sign))
        release(keeper, asking.ask)
        assert {"seal", "open", "sign"} == set(done)

        done.clear()
        patched.setattr("salus.rights.custody.release.append", full)
        with pytest.raises(OSError, match="no room"):
            release(keeper, second)
    assert done == []
    assert len(leaves_of(keeper)) == before + 1


def full(*_: object) -> None:
    raise OSError("no room")


@EACH
def test_invariant_11_logs_only_grow_between_any_two_receipts(
    stage: Scene, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty requests with restarts, commits that fail and two processes on one store: of any two
    receipts the later log holds the earlier one.
    """
    chance, asking = Random(name), stage.asking(stage.record())
    store, given = filed(stage.keeper(name), tmp_path / "store.db"), list[m.Receipt]()
    keepers = [started(stage.keeper(name), store) for _ in range(2)]
    for _ in range(40):
        at, fate = chance.randrange(2), chance.random()
        if fate < 0.2:
            keepers[at] = started(stage.keeper(name), store)
        with monkeypatch.context() as patched, suppress(OSError):
            if fate > 0.8:
                patched.setattr("salus.rights.custody.release.append", full)
            given += [each.receipt for each in release(keepers[at], asking.changed()).released]

    hashes = leaves_of(keepers[0])
    assert len(given) > 20
    assert continues((), keepers[1], given[-1])
    for earlier, later in combinations(given, 2):
        proof = consistency(list(hashes[: later.log_size]), earlier.log_size)
        assert earlier.log_size < later.log_size
        assert verify_consistency(
            earlier.log_size, earlier.log_root, later.log_size, later.log_root, proof
        )


def test_invariant_12_a_retired_epoch_is_never_released_and_live_grants_lose_no_read(
    stage: Scene, tmp_path: Path
) -> None:
    """Bumps, imports and changes of all keys, with stores put back that still hold the old keys."""
    patient = new_patient()
    record = stage.record(patient, "0.0 g/dL")
    granted = stage.grant(record)
    desk = Desk(
        stage.node,
        record,
        stage.keepers,
        stage.desk.source,
        stage.desk.storage_key,
        stage.desk.spare,
    )
    retired: list[tuple[Asking, dict[str, Path]]] = []
    for number in range(1, 4):
        (unit,) = stage.units(record)
        asking = stage.asking(record, by=as_reader(stage.clinic, granted))
        backups = {
            name: filed(stage.keeper(name), tmp_path / f"{name}-{number}.db") for name in NAMES
        }
        retired.append((asking, backups))
        renew(desk, step=partial(reads_at, stage, record, granted, number - 1))
        send(stage.node, bump(stage.node, record, unit.id, by=stage.desk.source.signing))
        reads(stage, record, granted, number - 1)
        stage.take(chart(patient, f"{number}.0 g/dL"))
        stage.announce()
        reads(stage, record, granted, number)

    for asking, backups in retired:
        for name in NAMES:
            for keeper in (stage.keeper(name), started(stage.keeper(name), backups[name])):
                assert type(answer(keeper, asking.changed())) is NotPermitted


def reads_at(
    stage: Scene, record: RecordId, granted: Granted, number: int, _: RenewalStage
) -> None:
    reads(stage, record, granted, number)


def reads(stage: Scene, record: RecordId, granted: Granted, number: int) -> None:
    """The clinic reads what was written last."""
    reader = as_reader(stage.clinic, granted)
    given = read(stage.node, stage.keepers, reader, record, stage.units(record))

    assert f"{number}.0 g/dL".encode() in given.units[0].resources["Observation/o1"]


def test_invariant_14_no_break_glass_release_without_final_event_and_notice(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before the opening is on the ledger everybody refuses; whoever asks through Salus has
    told the patient and the officers before the first keeper hears of it.
    """
    record, medic = stage.record(), stage.consortium.clinicians[0].signing
    told: list[set[str]] = []

    def early(*_: object, **__: object) -> Digest:
        opening = new_opening_id(medic.address)
        who = in_emergency(stage.clinic, medic, opening)
        asking = stage.asking(record, by=who, sections="emergency-summary")
        for each in stage.keepers.all():
            assert type(answer(stage.keeper(each.name), asking.ask)) is NotPermitted
        return opening

    def collecting(keepers: Keepers, ask: m.Ask) -> Any:
        with stage.node.reading() as session:
            found = notices(session, record)
        told.append({each.role.value for each in found})
        return collect(keepers, ask)

    monkeypatch.setattr(emergencies, "new_opening_id", early)
    monkeypatch.setattr(reading, "collect", collecting)
    made = emergencies.break_glass(stage.node, record=record, reason=Reason.UNCONSCIOUS, by=medic)
    given = emergencies.read_opened(
        stage.node, stage.keepers, made, hospital=stage.clinic, by=medic
    )

    assert given.units
    assert [{"subject", "officer"}] == told


def test_invariant_16_parallel_requests_never_exceed_the_read_count(
    stage: Scene, tmp_path: Path
) -> None:
    """Two processes of the gateway on one store, as while one takes over from the other, and 48
    requests at once, each of them twice.
    """
    record = stage.record()
    granted = grant(
        stage.node,
        record=record,
        units=[unit.id for unit in stage.units(record)],
        readers=[stage.clinic.address],
        purpose="TREAT",
        until=(stage.now() + timedelta(days=1)).replace(microsecond=0),
        by=stage.wallet(record),
        more=More(max_reads=5),
    )
    store = filed(stage.gateway, tmp_path / "store.db")
    gateways = [started(stage.gateway, store) for _ in range(2)]
    asking = stage.asking(record, by=stage.reader(granted))
    asks = [asking.changed() for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        jobs = [(gateway, ask) for ask in asks for gateway in gateways]
        answers = list(pool.map(lambda job: (job[1], answer(*job)), jobs))
    permitted = {ask.request.nonce for ask, error in answers if error is None}

    assert len(permitted) == 5
    assert len(leaves_of(gateways[0])) == len(leaves_of(stage.gateway)) + 5
    assert {type(error) for _, error in answers} == {type(None), NotPermitted}
