"""Keys that go to other custodians: what opens, what does not, and what is left."""

import secrets
from dataclasses import replace
from itertools import combinations

import pytest
from sqlalchemy import select

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId, UnitId
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted, TooFewShares
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import epochs_of, set_of
from salus.rights.custody.model import GateHalf, Share, join
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Opened, as_reader, ask_for, read
from salus.rights.custody.release import release
from salus.rights.custody.resharing import service
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tables import Drill, JoinedShare, RetiredKey
from salus.rights.custody.resharing.tests.moving import admitted, stage_of, until, wish
from salus.rights.custody.tables import HeldSecret
from tests.support.scene import Scene, chart, keeper_of, new_patient, new_scene, scene

OLD, NEW = "12.0 g/dL", "13.5 g/dL"


def opened(stage: Scene, keepers: Keepers, record: RecordId) -> Opened:
    return read(stage.node, keepers, stage.subject(record), record, stage.units(record))


def held(keeper: Keeper, record: RecordId) -> list[tuple[bytes, int, int]]:
    with keeper.reading() as session:
        mine = select(HeldSecret).where(HeldSecret.record == f"{record:032x}")
        return [(row.unit, row.epoch, row.generation) for row in session.scalars(mine)]


def test_with_all_five_custodians_replaced_everything_still_opens() -> None:
    stage = scene()
    record = stage.record()
    before = opened(stage, stage.keepers, record)
    granted = stage.grant(record)
    move = wish(stage, record, admitted(stage))
    waiting = service.pursue(move)
    reader = as_reader(stage.clinic, granted)
    given = read(stage.node, move.coming, reader, record, stage.units(record))

    assert waiting == ()
    assert stage_of(move) is Stage.DONE
    assert before.units == opened(stage, move.coming, record).units == given.units
    assert ((), ()) == (given.missing, given.liars)
    assert set_of(stage.node, record) == move.set


def test_the_old_holders_have_nothing_left_and_said_so() -> None:
    stage = scene()
    record = stage.record()
    number = len(held(stage.c1, record))
    move = wish(stage, record, admitted(stage))
    service.pursue(move)
    with stage.node.reading() as session:
        mine = select(RetiredKey).where(RetiredKey.record == f"{record:032x}")
        receipts = list(session.scalars(mine))

    assert number == 4
    for keeper in stage.keepers.custodians:
        assert held(keeper_of(keeper), record) == []
    assert len(held(stage.gateway, record)) == number
    assert {generation for *_, generation in held(stage.gateway, record)} == {1}
    assert len(receipts) == 5 * number


def test_nobody_joins_the_key_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the drill, on the machine of the patient, joins shares."""
    stage = scene()
    record = stage.record()
    move = wish(stage, record, admitted(stage))

    def never(*_: object, **__: object) -> bytes:
        raise AssertionError("a key was derived")

    with monkeypatch.context() as patched:
        patched.setattr("salus.rights.custody.model.kek", never)
        patched.setattr("salus.kernel.shamir.combine", never)
        until(move, Stage.ADOPTED)

    assert stage_of(move) is Stage.ADOPTED


def test_reads_go_on_with_the_present_holders_until_the_ledger_names_the_new_ones() -> None:
    stage = scene()
    record = stage.record()
    move = wish(stage, record, admitted(stage))
    for stop in (Stage.SPLIT, Stage.JOINED, Stage.ADOPTED, Stage.TRIED):
        until(move, stop)
        assert opened(stage, stage.keepers, record).units
        with pytest.raises(NotPermitted):
            opened(stage, move.coming, record)
    until(move, Stage.ASSIGNED)

    assert opened(stage, move.coming, record).units
    with pytest.raises(NotPermitted):
        opened(stage, stage.keepers, record)


def test_some_stay_and_some_leave() -> None:
    stage = scene()
    record = stage.record()
    stay = stage.keepers.custodians[1:4]
    move = wish(stage, record, (*admitted(stage, ("e1", "e2")), *stay))
    service.pursue(move)

    assert opened(stage, move.coming, record).units
    assert held(stage.keeper("c1"), record) == []
    assert {generation for *_, generation in held(stage.keeper("c2"), record)} == {1}


@pytest.mark.parametrize(("count", "k"), [(3, 2), (7, 5), (1, 1)])
def test_another_number_of_holders_and_of_those_who_are_needed(count: int, k: int) -> None:
    stage = scene()
    record = stage.record()
    names = [f"f{secrets.token_hex(3)}" for _ in range(count)]
    move = wish(stage, record, admitted(stage, names), k=k)
    service.pursue(move)
    given = opened(stage, move.coming, record)

    assert given.units
    assert (move.coming.k, len(move.coming.custodians)) == (k, count)


def test_they_can_be_replaced_again_and_again() -> None:
    stage = scene()
    record, present = stage.record(), stage.keepers
    for turn in range(3):
        names = [f"g{turn}{secrets.token_hex(3)}" for _ in range(5)]
        move = wish(stage, record, admitted(stage, names), present=present)
        service.pursue(move)
        present = move.coming

    assert opened(stage, present, record).units
    assert {generation for *_, generation in held(stage.gateway, record)} == {3}


def test_what_is_written_afterwards_has_a_key_that_the_old_holders_never_had() -> None:
    stage, patient = new_scene(), new_patient()
    record = stage.record(patient, OLD)
    units = [unit.located for unit in stage.units(record)]
    move = wish(stage, record, admitted(stage))
    service.pursue(move)
    desk = replace(stage.desk, find=lambda _: move.coming)
    with_new = replace(stage, desk=desk)
    with_new.take(chart(patient, NEW))
    with_new.announce()
    given = opened(stage, move.coming, record)

    assert [range(2)] == epochs_of(stage.node, record, units)
    assert NEW.encode() in given.units[0].resources["Observation/o1"]
    assert (1, 0) in {(epoch, generation) for _, epoch, generation in held(stage.gateway, record)}
    assert held(stage.c1, record) == []


"""COMBINATIONS"""


def test_fewer_custodians_than_needed_open_nothing_with_the_gateway_and_a_former_reader() -> None:
    """Over all subsets below the threshold, with what a revoked reader remembers."""
    stage = scene()
    record = stage.record()
    granted = stage.grant(record)
    reader = as_reader(stage.clinic, granted)
    ask = ask_for(stage.node, reader, record, stage.units(record))
    gate = release(stage.gateway, ask)
    assert isinstance(gate, m.Gate)
    (half,) = gate.released
    everybody = stage.keepers.custodians
    tried = 0
    for size in range(stage.keepers.k):
        for chosen in combinations(everybody, size):
            names = {each.name for each in chosen}
            away = {each.name: away_from for each in everybody if each.name not in names}
            with pytest.raises(TooFewShares):
                read(
                    stage.node,
                    stage.with_tampering(**away),
                    reader,
                    record,
                    stage.units(record),
                )
            tried += 1

    assert tried == 1 + 5 + 10
    assert half.dealing.k == 3


def away_from(_: object) -> object:
    raise Away


class Away(SalusError):
    """Nobody answers."""

    status = 503


def test_old_shares_and_new_ones_do_not_join() -> None:
    """k-1 old custodians with k-1 new ones, in every choice: each alone says nothing of the key."""
    stage = scene()
    record = stage.record()
    (unit,) = stage.units(record)
    move = wish(stage, record, admitted(stage, [f"h{secrets.token_hex(3)}" for _ in range(5)]))
    until(move, Stage.ASSIGNED)

    def share(keeper: Keeper, generation: int) -> Share:
        with keeper.reading() as session:
            found = {
                each.dealing.generation: each
                for each in keeper.kept.held(session, UnitId(unit.id), 0)
            }
        return Share.parse(found[generation].open(keeper.storage_key))

    with stage.gateway.reading() as session:
        *_, half = stage.gateway.kept.held(session, UnitId(unit.id), 0)
    part = GateHalf.parse(half.open(stage.gateway.storage_key))
    old = [share(keeper_of(each), 0) for each in stage.keepers.custodians]
    new = [share(keeper_of(each), 1) for each in move.coming.custodians]
    for first in combinations(old, 2):
        for second in combinations(new, 2):
            for chosen in combinations((*first, *second), 3):
                if len({each.index for each in chosen}) == 3:
                    assert join(half.dealing, chosen, part) is None
    assert join(half.dealing, new[:3], part) is not None


def test_nothing_of_a_joined_share_is_left_where_it_was_added_up() -> None:
    stage = scene()
    record = stage.record()
    move = wish(stage, record, admitted(stage, [f"i{secrets.token_hex(3)}" for _ in range(5)]))
    service.pursue(move)
    left = []
    for keeper in move.coming.custodians:
        with keeper_of(keeper).reading() as session:
            left += list(session.scalars(select(JoinedShare)))
    with stage.node.reading() as session:
        drilled = session.get_one(Drill, f"{record:032x}")

    assert left == []
    assert (drilled.keys, drilled.failed, drilled.names) == (4, 0, "")
