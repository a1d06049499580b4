"""All keys of a record changed: what stays, what opens nothing any more, what is refused."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from salus.kernel.documents import parse
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import recover
from salus.platform.work import Work
from salus.rights.consent.model import Clause, Effect
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper, open_terms
from salus.rights.custody.ledger import bump, epochs_of
from salus.rights.custody.reading import Opened, as_reader, ask_for, read
from salus.rights.custody.renewing import service
from salus.rights.custody.renewing.errors import BadRekey, NoVersion
from salus.rights.custody.renewing.messages import AskRekey, Renewed
from salus.rights.custody.renewing.sealing import Desk
from salus.rights.custody.renewing.service import Stage, renew
from salus.rights.custody.renewing.signing import sign_rekey
from salus.rights.custody.renewing.tables import Renewal
from salus.rights.custody.tables import HeldSecret, StoredObject
from salus.rights.custody.tests.test_conditions import agreed, told
from salus.rights.identity.ledger import send
from salus.rights.notary.model import record_leaf
from salus.rights.notary.service import evidence
from salus.rights.records.ledger import on_ledger
from salus.rights.records.tables import Object
from tests.support.refusing import is_refused
from tests.support.scene import Scene, chart, new_patient, new_scene, scene
from tests.support.typed import general

OLD, NEW = "12.0 g/dL", "13.5 g/dL"


def desk_of(stage: Scene, record: RecordId) -> Desk:
    desk = stage.desk
    return Desk(stage.node, record, stage.keepers, desk.source, desk.storage_key, desk.spare)


def opened(stage: Scene, record: RecordId, *sections: str) -> Opened:
    units = stage.units(record, *sections)
    return read(stage.node, stage.keepers, stage.subject(record), record, units)


def held(keeper: Keeper, record: RecordId) -> set[int]:
    with keeper.reading() as session:
        mine = select(HeldSecret.epoch).where(HeldSecret.record == f"{record:032x}")
        return set(session.scalars(mine))


def until(desk: Desk, stage: Stage) -> None:
    """Go on until that stage is next."""

    class Enough(Exception):
        pass

    def step(next_: Stage) -> None:
        if next_ is stage:
            raise Enough

    with pytest.raises(Enough):
        renew(desk, step=step)


def sealed(desk: Desk) -> Renewed:
    with desk.node.reading() as session:
        row = session.get_one(Renewal, f"{desk.record:032x}")
        return parse(Renewed, row.content)


def test_everything_opens_as_before_and_every_root_of_the_content_is_what_it_was() -> None:
    stage = scene()
    record = stage.record()
    before = opened(stage, record)
    ledger_before = on_ledger(stage.node, record)
    waiting = renew(desk_of(stage, record))
    after = opened(stage, record)
    ledger_after = on_ledger(stage.node, record)

    assert waiting == ()
    assert before.units == after.units
    assert before.version.sections == after.version.sections
    assert before.version.header == after.version.header
    assert not {leaf.object_id for leaf in before.version.objects} & {
        leaf.object_id for leaf in after.version.objects
    }
    assert (ledger_before.key_epoch, ledger_before.version) == (0, 1)
    assert (ledger_after.key_epoch, ledger_after.version) == (1, 1)
    assert ledger_before.root != ledger_after.root


def test_no_byte_of_a_body_is_what_it_was() -> None:
    stage = scene()
    record = stage.record()
    with stage.node.reading() as session:
        mine = select(Object.segment_root).where(Object.record == f"{record:032x}")
        names = list(session.scalars(mine))
    renew(desk_of(stage, record))

    assert names
    assert not any(stage.node.vault.has(name) for name in names)


def test_a_live_grant_reads_over_the_change() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    reader = as_reader(stage.clinic, stage.grant(record))
    desk = desk_of(stage, record)
    for stop in (Stage.ASKED, Stage.SEALED, Stage.IN_FORCE, Stage.KEPT):
        until(desk, stop)
        assert read(stage.node, stage.keepers, reader, record, stage.units(record)).units
    renew(desk)
    stage.record(patient, NEW)
    given = read(stage.node, stage.keepers, reader, record, stage.units(record))

    assert NEW.encode() in given.units[0].resources["Observation/o1"]


def test_a_retired_epoch_is_never_released(keeper: Keeper) -> None:
    """Also before its shares are deleted."""
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    until(desk_of(stage, record), Stage.KEPT)

    assert 0 in held(keeper, record)
    assert is_refused(keeper, asking, asking.changed(), "epoch-not-in-force")


def test_the_old_keys_are_gone_everywhere() -> None:
    stage = scene()
    record = stage.record()
    renew(desk_of(stage, record))
    with stage.gateway.reading() as session:
        units = [unit.id for unit in stage.units(record)]
        stored = list(session.scalars(select(StoredObject).where(StoredObject.unit.in_(units))))

    for name in ("c1", "c2", "c3", "c4", "c5", "gateway"):
        assert held(stage.keeper(name), record) == {256}
    assert len(stored) == 1


def test_a_pending_change_changes_nothing_yet(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    until(desk_of(stage, record), Stage.SEALED)
    (unit,) = stage.units(record)
    asking = stage.asking(record)
    ahead = asking.changed(items=(m.Item(unit.id, 256, m.ALL_OBJECTS),))

    assert [range(1)] == epochs_of(stage.node, record, [unit.located])
    assert opened(stage, record).units
    assert is_refused(keeper, asking, ahead, "epoch-not-in-force")


def test_a_version_that_comes_in_between_is_sealed_anew_as_well() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    desk = desk_of(stage, record)
    until(desk, Stage.SEALED)
    stage.record(patient, NEW)
    waiting = renew(desk)

    assert waiting == ()
    assert NEW.encode() in opened(stage, record).units[0].resources["Observation/o1"]
    assert on_ledger(stage.node, record).key_epoch == 1


def test_after_bumps_all_epochs_become_one() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    (unit,) = stage.units(record)
    for value in ("12.1 g/dL", NEW):
        send(stage.node, bump(stage.node, record, unit.id, by=stage.desk.source.signing))
        stage.record(patient, value)
    renew(desk_of(stage, record))

    assert [range(256, 259)] == epochs_of(stage.node, record, [unit.located])
    assert NEW.encode() in opened(stage, record).units[0].resources["Observation/o1"]
    assert held(stage.c1, record) == {256, 258}


def test_it_can_be_done_again_and_the_root_is_anchored_each_time() -> None:
    stage = scene()
    record = stage.record()
    for turn in range(1, 4):
        renew(desk_of(stage, record))
        known = on_ledger(stage.node, record)
        with stage.node.reading() as session:
            proven = evidence(Work(stage.node, session), record_leaf(known.root))

        assert known.key_epoch == turn
        assert proven.batch.size > 0
    assert stage.node.rebuild_index() == ()


def test_a_record_whose_newest_version_is_not_on_the_ledger_is_left_alone() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, OLD)
    stage.take(chart(patient, NEW))
    with pytest.raises(NoVersion):
        renew(desk_of(stage, record))
    stage.announce()

    assert on_ledger(stage.node, record).pending_epoch == 0


def test_a_source_to_which_the_patient_closed_the_record_cannot_read_it_for_this() -> None:
    stage = scene()
    record = stage.record()
    denial = agreed(
        record, Effect.DENY, clause=Clause((stage.desk.source.address,), (), ("HOPERAT",))
    )
    open_terms(stage.gateway, told(denial))
    with pytest.raises(NotPermitted):
        renew(desk_of(stage, record))

    assert on_ledger(stage.node, record).key_epoch == 0


"""WHAT A CUSTODIAN DOES NOT SIGN"""


def asked(stage: Scene, record: RecordId) -> AskRekey:
    """What a source asks when everything is in order."""
    desk = desk_of(stage, record)
    until(desk, Stage.SEALED)
    renewed = sealed(desk)
    root = Digest(on_ledger(stage.node, record).root)
    change = service._change(desk, renewed, root)
    return AskRekey(change, renewed.present, renewed.coming, renewed.dealings)


@pytest.fixture(scope="module")
def ask() -> AskRekey:
    return asked(scene(), scene().record())


def refusal(bad: AskRekey, keeper: Keeper | None = None) -> str:
    with pytest.raises(BadRekey) as raised:
        sign_rekey(keeper or scene().c1, bad)
    return str(raised.value.details["reason"])


def test_a_custodian_signs_what_is_in_order(ask: AskRekey) -> None:
    stage = scene()
    kind = (
        "Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,bytes32 newRoot,address receiver,"
        "bytes32 receiverKeyHash,bytes32 sealedKeyHash,uint64 deadline)"
    )
    change = ask.change
    values = {
        "tokenId": change.record << 8,
        "epoch": change.epoch,
        "oldRoot": change.old_root,
        "newRoot": change.new_root,
        "receiver": "0x" + change.receiver.hex(),
        "receiverKeyHash": change.receiver_key_hash,
        "sealedKeyHash": change.sealed_key_hash,
        "deadline": change.deadline,
    }
    registry = stage.node.contracts["RecordRegistry"].address
    digest = general("RecordRegistry", stage.node.ledger.chain_id, registry, kind, values)

    assert stage.c1.party.address == recover(digest, sign_rekey(stage.c1, ask).signature)


CHANGES: dict[str, dict[str, Any]] = {
    "not-pending": {"epoch": 2},
    "another-root": {"old_root": Digest(bytes(32))},
    "bad-deadline": {"deadline": 1},
    "another-receiver": {"receiver": bytes(20)},
    "another-dealing": {"sealed_key_hash": Digest(bytes(32))},
}


@pytest.mark.parametrize("reason", CHANGES)
def test_a_change_that_the_ledger_does_not_wait_for_is_not_signed(
    ask: AskRekey, reason: str
) -> None:
    assert refusal(replace(ask, change=replace(ask.change, **CHANGES[reason]))) == reason


def test_only_what_encrypts_the_content_may_change(ask: AskRekey) -> None:
    sections = replace(ask.coming, sections=ask.coming.sections[:-1])
    fewer = replace(ask.coming, objects=ask.coming.objects[:-1])
    other = replace(ask.change, new_root=Digest(bytes(32)))

    assert refusal(replace(ask, coming=sections)) == "another-content"
    assert refusal(replace(ask, coming=fewer)) == "another-root"
    assert refusal(replace(ask, change=other)) == "another-root"


def test_a_custodian_without_all_new_parts_does_not_sign(ask: AskRekey) -> None:
    stage = scene()
    record = stage.record()
    mine = asked(stage, record)
    keeper = stage.keeper("c4")
    with keeper.sessions() as session, session.begin():
        row = session.scalars(
            select(HeldSecret).where(HeldSecret.record == f"{record:032x}", HeldSecret.epoch == 256)
        ).first()
        assert row is not None
        session.delete(row)

    assert refusal(mine, keeper) == "parts-missing"
    assert refusal(replace(ask, dealings=ask.dealings[:-1])) == "another-dealing"


def test_without_enough_custodians_nothing_changes() -> None:
    stage = new_scene()
    record = stage.record()
    desk = desk_of(stage, record)
    until(desk, Stage.SEALED)
    for name in ("c1", "c2", "c3"):
        keeper = stage.keeper(name)
        with keeper.sessions() as session, session.begin():
            mine = select(HeldSecret).where(HeldSecret.epoch == 256)
            for row in session.scalars(mine):
                session.delete(row)
    with pytest.raises(BadRekey):
        renew(desk)

    assert on_ledger(stage.node, record).key_epoch == 0
    assert opened(stage, record).units


def test_a_request_of_before_the_change_is_asked_again_by_itself() -> None:
    """A reader that read the ledger just before the change is not refused for it."""
    stage = scene()
    record = stage.record()
    reader = stage.subject(record)
    before = ask_for(stage.node, reader, record, stage.units(record))
    renew(desk_of(stage, record))
    after = ask_for(stage.node, reader, record, stage.units(record))

    assert [item.epoch for item in before.request.items] == [0]
    assert [item.epoch for item in after.request.items] == [256]
