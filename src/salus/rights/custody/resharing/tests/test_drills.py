"""When old shares go, what a drill finds, and the arithmetic of it."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from salus.kernel import shamir
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import seal_at_rest
from salus.platform.web import Peer
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.model import Share, bind, same_key
from salus.rights.custody.reading import as_subject, ask_for
from salus.rights.custody.release import release
from salus.rights.custody.resharing import service
from salus.rights.custody.resharing.drilling import drill
from salus.rights.custody.resharing.errors import (
    DrillFailed,
    NotOrdered,
    UnderWay,
)
from salus.rights.custody.resharing.messages import (
    Retire,
)
from salus.rights.custody.resharing.model import (
    SubShare,
    Threshold,
    add_up,
    split_again,
    threshold,
)
from salus.rights.custody.resharing.move import Move, order
from salus.rights.custody.resharing.retiring import part_of, retire
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tests.moving import (
    admitted,
    own_parts,
    reason,
    some,
    stage_of,
    until,
    wish,
)
from salus.rights.custody.tables import HeldSecret, key_at_rest
from salus.rights.records.service import all_units
from tests.support.scene import Beside, Scene, keeper_of, scene

BOUND = bind(31_337, Address(b"\x0c" * 20), b"u" * 32, 0)  # type: ignore[arg-type]


"""DELETION"""


def test_nothing_that_is_in_force_is_deleted_whoever_orders_it(move: Move) -> None:
    until(move, Stage.ASSIGNED)
    new = keeper_of(move.coming.custodians[0])
    parts = tuple(part_of(held) for held in own_parts(new, move.record))
    before = len(parts)

    assert reason(retire, new, Retire(move.order(), parts)) == "in-force"
    assert before == len(own_parts(new, move.record)) > 0
    stranger = order(move.node, move.record, move.set, by=SigningKey.generate())
    with pytest.raises(NotOrdered):
        retire(new, Retire(stranger, parts))


def test_old_shares_stay_until_the_ledger_names_the_new_set(move: Move) -> None:
    until(move, Stage.TRIED)
    old = scene().c1
    parts = tuple(part_of(held) for held in own_parts(old, move.record))

    assert reason(retire, old, Retire(move.order(), parts)) == "in-force"
    assert len(own_parts(old, move.record)) == len(parts) == 4


def test_a_holder_that_did_not_answer_is_asked_again(move: Move) -> None:
    until(move, Stage.BUMPED)
    present = replace(
        move.present,
        custodians=tuple(
            replace(each, peer=AWAY) if each.name == "c2" else each
            for each in move.present.custodians
        ),
    )
    waiting = service.pursue(replace(move, present=present))

    assert waiting == ("c2",)
    assert stage_of(move) is Stage.BUMPED
    assert service.pursue(move) == ()
    assert stage_of(move) is Stage.DONE


AWAY = Peer.at("away", "http://127.0.0.1:1")  # nobody answers there


"""DRILLS"""


def units_of(stage: Scene, record: RecordId) -> Sequence[Any]:
    with stage.node.reading() as session:
        return all_units(session, record)


def with_wrong_share(keeper: Keeper, record: RecordId) -> None:
    """A custodian whose store holds something else than what it signed for."""
    (held, *_) = own_parts(keeper, record)
    wrong = Share(held.index, bytes(16), secrets.randbelow(shamir.ORDER))
    place = (held.dealing.unit, held.dealing.epoch, 0)
    with keeper.sessions() as session, session.begin():
        row = session.get_one(HeldSecret, place)
        at_rest = key_at_rest(HeldSecret, *place)
        row.sealed = seal_at_rest(keeper.storage_key, at_rest, wrong.message())
    keeper.kept.forget()


def test_a_drill_names_who_lost_or_changed_a_share() -> None:
    stage = scene()
    record = stage.record()
    units = units_of(stage, record)
    good = drill(stage.node, stage.keepers, record, units, by=stage.wallet(record))
    with_wrong_share(stage.c1, record)
    with stage.keeper("c5").sessions() as session, session.begin():
        mine = select(HeldSecret).where(HeldSecret.record == f"{record:032x}")
        for row in session.scalars(mine):
            session.delete(row)
    stage.keeper("c5").kept.forget()
    bad = drill(stage.node, stage.keepers, record, units, by=stage.wallet(record))

    assert (len(good.keys), good.failed, good.names) == (4, 0, "")
    assert (bad.failed, bad.missing, bad.wrong) == (0, ("c5",), ("c1",))


def test_a_drill_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    record = stage.record()

    def never(*_: object) -> bytes:
        raise AssertionError("a body was asked for")

    for module in ("keeper", "api"):
        monkeypatch.setattr(f"salus.rights.custody.{module}.body", never)
    found = drill(
        stage.node, stage.keepers, record, units_of(stage, record), by=stage.wallet(record)
    )

    assert found.failed == 0


def test_nobody_but_the_subject_tries_a_set(move: Move) -> None:
    stage = scene()
    until(move, Stage.TRIED)
    reader = as_subject(stage.clinic.signing)
    units = stage.units(move.record)
    ask = ask_for(stage.node, reader, move.record, units, objects=m.NO_OBJECTS, trying=move.set)
    new = keeper_of(move.coming.custodians[0])

    with pytest.raises(NotPermitted):
        release(new, ask)


def test_a_taker_that_committed_to_a_wrong_share_is_found_before_anything_goes() -> None:
    """Hash commitments cannot prove a resharing right: the drill does."""
    stage = scene()
    record = stage.record()
    coming = admitted(stage, some())
    liar = coming[2]
    assert isinstance(liar, Beside)
    move = wish(stage, record, coming)
    until(move, Stage.SPLIT)

    def wrong(parts: Sequence[SubShare]) -> Share:
        share = add_up(parts)
        return replace(share, y=(share.y + 1) % shamir.ORDER)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("salus.rights.custody.resharing.taking.add_up", only(liar, wrong))
        until(move, Stage.ADOPTED)
        with pytest.raises(DrillFailed) as raised:
            service.pursue(move)

    assert raised.value.details["names"] == liar.name
    assert stage_of(move) is Stage.ADOPTED
    assert len(own_parts(stage.c1, record)) == 4


def only(liar: Beside, wrong: Callable[[Sequence[SubShare]], Share]) -> Callable[..., Share]:
    """The third of five adds up wrongly."""

    def added(parts: Sequence[SubShare]) -> Share:
        return wrong(parts) if parts[0].taker == 3 else add_up(parts)

    assert liar.name
    return added


def test_one_wish_at_a_time(move: Move) -> None:
    stage = scene()
    with pytest.raises(UnderWay):
        service.begin(stage.node, move.record, ["c1", "c2", "c3"])


"""ARITHMETIC"""


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_what_is_split_and_added_up_is_the_same_key(k: int, to_k: int, draw: st.DataObject) -> None:
    n = draw.draw(st.integers(k, 8))
    to = Threshold(to_k, draw.draw(st.integers(to_k, 8)))
    secret = secrets.randbelow(shamir.ORDER)
    shares = [Share(i, bytes(16), y) for i, y in shamir.split(secret, k, n)]
    givers = draw.draw(st.permutations(shares))[:k]
    places = [each.index for each in givers]
    splits = [split_again(each, places, to) for each in givers]
    taken = [add_up([parts[j] for parts in splits]) for j in range(to.n)]
    chosen = draw.draw(st.permutations(taken))[: to.k]

    assert secret == shamir.combine([(each.index, each.y) for each in chosen])
    assert [each.index for each in taken] == list(range(1, to.n + 1))


def test_a_part_says_what_it_is() -> None:
    part = SubShare(3, 4, b"s" * 16, 77)

    assert SubShare.parse(part.message()) == part
    assert len(part.message()) == SubShare.SIZE
    assert "77" not in repr(part)
    for bad in (b"", part.message() + b"\0", b"\x02" + part.message()[1:], b"\x01" + b"\xff" * 50):
        with pytest.raises(ValueError, match=r"part of a share|below the order"):
            SubShare.parse(bad)
    assert len({part.commitment(BOUND, g) for g in (1, 2)}) == 2


def test_fewer_are_asked_of_what_is_read_in_an_emergency() -> None:
    assert threshold(7, n=5, k=3, k_emergency=2) == Threshold(3, 5)
    assert threshold(14, n=5, k=3, k_emergency=2) == Threshold(2, 5)


def test_only_who_holds_it_may_differ_of_one_key() -> None:
    stage = scene()
    record = stage.record()
    (held, *_) = own_parts(stage.c1, record)
    dealing = held.dealing

    assert same_key(dealing, replace(dealing, generation=4, k=1, n=2, set=Digest(b"\1" * 32)))
    for members in ({"epoch": 1}, {"salt": bytes(16)}, {"kek_check": Digest(bytes(32))}):
        assert not same_key(dealing, replace(dealing, **members))
