"""Deadlines, blocks, nonces, floods and units: what is wrong with a request whoever signed it."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import ManualClock, moment
from salus.kernel.ids import Digest, UnitId, new_grant_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.model import Purpose
from salus.rights.custody import messages as m
from salus.rights.custody.errors import (
    Expired,
    ForkSeen,
    NotPermitted,
    Replayed,
    StaleHead,
    TooManyReads,
)
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger
from salus.rights.custody.release import release
from salus.rights.custody.settings import CustodySettings
from tests.support.refusing import answer, is_refused
from tests.support.scene import Asking, new_keeper, scene

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("left", [-1, 0, 331])
def test_a_deadline_that_is_past_or_too_far_is_an_error(keeper: Keeper, left: int) -> None:
    asking = scene().asking()
    deadline = asking.scene.now() + timedelta(seconds=left)

    assert type(answer(keeper, asking.changed(deadline=deadline))) is Expired


@pytest.mark.parametrize("left", [1, 330])
def test_a_deadline_may_be_as_far_as_a_request_lives_with_two_clocks(
    keeper: Keeper, left: int
) -> None:
    asking = scene().asking()

    assert answer(keeper, asking.changed(deadline=asking.scene.now() + left * SECOND)) is None


def test_a_nonce_is_good_for_one_request(keeper: Keeper) -> None:
    asking = scene().asking()
    release(keeper, asking.ask)
    other = replace(asking.ask.request, purpose=int(Purpose.ETREAT))

    assert type(answer(keeper, asking.signed(other, asking.by))) is Replayed


class Stopped:
    """A node that does not hear of new blocks."""

    def __init__(self, node: Node) -> None:
        self._ledger = node.ledger

    def advance(self) -> None:
        """No block comes."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


def on_stopped(keeper: Keeper, later: timedelta) -> Keeper:
    """A keeper whose ledger stands still while its clock goes on."""
    node = scene().node
    stopped = CustodyLedger(replace(node, ledger=Stopped(node)))  # type: ignore[arg-type]
    head = moment(node.ledger.head().time)
    return replace(keeper, ledger=stopped, clock=ManualClock(head + later))


@pytest.mark.parametrize(("age", "kind"), [(120, type(None)), (121, StaleHead)])
def test_a_keeper_decides_on_a_block_of_the_last_two_minutes(
    keeper: Keeper, age: int, kind: type[object]
) -> None:
    asking = scene().asking()
    late = on_stopped(keeper, timedelta(seconds=age))
    ask = asking.changed(deadline=late.clock.now() + SECOND)

    assert type(answer(late, ask)) is kind


def test_an_idle_embedded_chain_is_brought_up_to_date(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    before = stage.node.ledger.head().number
    stage.clock.move(timedelta(seconds=121))

    assert answer(keeper, asking.ask) is None
    assert before < stage.node.ledger.head().number


def test_a_keeper_behind_its_reader_does_not_decide(keeper: Keeper) -> None:
    asking = scene().asking()
    ahead = asking.changed(seen_block=asking.ask.request.seen_block + 100)

    assert type(answer(keeper, ahead)) is StaleHead


def test_a_reader_on_another_fork_is_told(keeper: Keeper) -> None:
    asking = scene().asking()
    error = answer(keeper, asking.changed(seen_block_hash=Digest(b"\x01" * 32)))

    assert type(error) is ForkSeen
    assert {"block": asking.ask.request.seen_block} == error.details


def test_a_flood_of_one_reader_is_stopped_for_a_minute(keeper: Keeper) -> None:
    asking = scene().asking()
    strict = replace(keeper, settings=CustodySettings(reads_per_minute=2), _asked={})
    answers = [answer(strict, asking.changed()) for _ in range(3)]
    later = replace(strict, clock=ManualClock(asking.scene.now() + timedelta(seconds=60)))

    assert [None, None] == answers[:2]
    assert type(answers[2]) is TooManyReads
    assert answer(later, asking.changed()) is None


def test_nobody_uses_up_the_reads_of_another(keeper: Keeper) -> None:
    asking = scene().asking()
    strict = replace(keeper, settings=CustodySettings(reads_per_minute=1), _asked={})
    forged = [asking.changed(signed_by=SigningKey.generate()) for _ in range(3)]

    assert {NotPermitted} == {type(answer(strict, each)) for each in forged}
    assert answer(strict, asking.changed()) is None


def test_who_is_not_in_the_set_of_the_record_is_no_holder() -> None:
    stage = scene()
    asking = stage.asking()
    stranger = replace(stage.c1, party=stage.research)

    assert is_refused(stranger, asking, asking.ask, "not-a-holder")


def test_more_units_than_one_request_may_name_are_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    (one,) = asking.ask.request.items

    assert answer(keeper, asking.changed(items=(one,) * 64)) is None
    assert type(answer(keeper, asking.changed(items=(one,) * 65))) is NotPermitted
    assert type(answer(keeper, asking.changed(items=()))) is NotPermitted


def test_a_unit_that_is_not_held_is_refused_alike(keeper: Keeper) -> None:
    asking = scene().asking()
    (one,) = asking.ask.request.items
    unknown = replace(one, unit=UnitId(secrets.token_bytes(32)))
    other_epoch = replace(one, epoch=1)
    errors = [answer(keeper, asking.changed(items=(each,))) for each in (unknown, other_epoch)]
    empty = new_keeper(asking.scene.node, keeper.party, m.Role(keeper.role))

    assert [(NotPermitted, {})] * 2 == [(type(each), each.details) for each in errors if each]
    assert type(answer(empty, asking.ask)) is NotPermitted


def test_every_refusal_says_the_same(keeper: Keeper) -> None:
    said: list[Callable[[Asking], m.Ask]] = [
        lambda asking: replace(asking.ask, signature=bytes(65)),
        lambda asking: asking.changed(purpose=int(Purpose.HMARKT)),
        lambda asking: asking.changed(basis_id=Digest(new_grant_id())),
        lambda asking: asking.changed(items=()),
    ]
    errors = [answer(keeper, each(scene().asking())) for each in said]

    assert {("Not permitted.", 403)} == {(str(each), each.status) for each in errors if each}
    assert all(errors)
