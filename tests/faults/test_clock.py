"""Clocks that are ten minutes off: it is said whose, and nothing old is released by any of them."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from salus.kernel.clock import ManualClock, moment
from salus.kernel.errors import SalusError
from salus.platform.i18n import explain
from salus.platform.work import Node
from salus.rights.consent.service import revoke
from salus.rights.custody import messages as m
from salus.rights.custody.errors import ClockBehind, Expired, StaleHead, TooFewShares
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger
from salus.rights.custody.peers import Keepers, RemoteKeeper
from salus.rights.custody.reading import Opened, read
from salus.rights.custody.release import release
from tests.support.refusing import answer
from tests.support.scene import Asking, Beside, Scene, scene

SECOND, OFF = timedelta(seconds=1), timedelta(minutes=10)
BOTH = pytest.mark.parametrize("off", [OFF, -OFF], ids=["fast", "slow"])
EACH = pytest.mark.parametrize("name", ["c1", "gateway"])


def with_clock(keeper: Keeper, off: timedelta) -> Keeper:
    return replace(keeper, clock=ManualClock(scene().now() + off), _log=None)


def with_clocks(off: timedelta, *names: str) -> Keepers:
    """The keepers, some of whom have their clocks off."""

    def changed(each: RemoteKeeper) -> RemoteKeeper:
        assert isinstance(each, Beside)
        is_off = each.name in names
        return replace(each, keeper=with_clock(each.keeper, off)) if is_off else each

    known = scene().keepers
    custodians = tuple(map(changed, known.custodians))
    return replace(known, custodians=custodians, gateway=changed(known.gateway))


def asked_at(asking: Asking, keeper: Keeper) -> m.Ask:
    """A request that fits the clock of a keeper, whatever it says."""
    return asking.changed(deadline=keeper.clock.now() + 60 * SECOND)


@BOTH
@EACH
def test_a_keeper_refuses_what_its_clock_says_is_over_or_too_far(name: str, off: timedelta) -> None:
    asking = scene().asking()

    assert type(answer(with_clock(scene().keeper(name), off), asking.ask)) is Expired


@EACH
def test_a_fast_clock_finds_every_block_too_old(name: str) -> None:
    asking, keeper = scene().asking(), with_clock(scene().keeper(name), OFF)
    scene().node.ledger.advance()

    assert type(answer(keeper, asked_at(asking, keeper))) is StaleHead


@EACH
def test_a_slow_clock_finds_the_ledger_ahead_of_it(name: str) -> None:
    """By it a block of twelve minutes ago would still be young enough."""
    asking, keeper = scene().asking(), with_clock(scene().keeper(name), -OFF)
    error = answer(keeper, asked_at(asking, keeper))

    assert type(error) is ClockBehind
    assert 0 <= OFF.seconds - int(str(error.details["ahead"])) <= 120


@EACH
def test_clocks_may_differ_by_half_a_minute(name: str) -> None:
    """The grant is a minute old: before it began nobody would release anything."""
    asking = scene().asking(scene().record())
    scene().clock.move(60 * SECOND)
    scene().node.ledger.advance()
    for off in (-30 * SECOND, 30 * SECOND):
        keeper = with_clock(scene().keeper(name), off)
        assert answer(keeper, asked_at(asking, keeper)) is None


@EACH
def test_what_was_revoked_is_not_read_by_any_clock(name: str) -> None:
    asking = scene().asking(scene().record())
    revoke(scene().node, scene().granted(asking), by=scene().wallet(asking.record))
    for minutes in range(-12, 13):
        keeper = with_clock(scene().keeper(name), timedelta(minutes=minutes))
        assert isinstance(answer(keeper, asked_at(asking, keeper)), SalusError)


class Stopped:
    """A node that does not hear of new blocks."""

    def __init__(self, node: Node) -> None:
        self._ledger = node.ledger

    def advance(self) -> None:
        """No block comes."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


@EACH
def test_whatever_clock_and_head_a_receipt_shows_that_both_fitted(name: str) -> None:
    """300 clocks and ages of the head: what is released keeps the rule of freshness."""
    stage, chance = scene(), Random(2026)
    node = replace(stage.node, ledger=Stopped(stage.node))  # type: ignore[arg-type]
    asking, released = stage.asking(stage.record()), 0
    head = moment(stage.node.ledger.head().time)
    keeper = replace(stage.keeper(name), ledger=CustodyLedger(node), _log=None)
    for _ in range(300):
        own = head + timedelta(seconds=chance.randrange(-700, 700))
        at = replace(keeper, clock=ManualClock(own), _log=None, _asked={})
        try:
            given = release(at, asked_at(asking, at))
        except SalusError:
            continue
        receipt = given.released[0].receipt
        released += 1
        assert -30 <= receipt.own_time - receipt.block_time <= 120

    assert released > 0


"""ONE READ"""


def opened(stage: Scene, node: Node, keepers: Keepers) -> Opened:
    record = stage.record()
    reader = stage.reader(stage.grant(record))
    return read(node, keepers, reader, record, stage.units(record))


@BOTH
def test_two_custodians_with_wrong_clocks_are_named_and_not_needed(off: timedelta) -> None:
    given = opened(scene(), scene().node, with_clocks(off, "c2", "c5"))

    assert (("c2", "c5"), ()) == (given.missing, given.liars)
    assert given.units[0].resources


@BOTH
@pytest.mark.parametrize("names", [("c1", "c2", "c3"), ("gateway",)], ids=len)
def test_too_many_wrong_clocks_open_nothing_and_the_hint_names_clocks(
    off: timedelta, names: tuple[str, ...]
) -> None:
    with pytest.raises((Expired, TooFewShares)) as raised:
        opened(scene(), scene().node, with_clocks(off, *names))

    _, hint = explain(raised.value)
    assert "clock" in hint


@BOTH
def test_a_reader_whose_clock_is_wrong_is_told_so(off: timedelta) -> None:
    node = replace(scene().node, clock=ManualClock(scene().now() + off))
    with pytest.raises(Expired) as raised:
        opened(scene(), node, scene().keepers)

    _, hint = explain(raised.value)
    assert "clock of this machine" in hint
