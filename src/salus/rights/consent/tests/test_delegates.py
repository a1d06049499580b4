"""Who acts for a patient, and that the index says what the ledger says."""

from contextlib import suppress
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.authority import ledger, reading, service
from salus.rights.consent.authority.model import (
    WAIT,
    Circle,
    Delegation,
    Powers,
    delegation,
    names_of,
    powers_of,
)
from salus.rights.consent.errors import (
    BadWindow,
    Erased,
    NotController,
    UnknownDelegate,
    UnknownPower,
)
from salus.rights.consent.model import DAY, LONGEST
from salus.rights.identity.ledger import Views, view
from tests.support.scene import Scene, new_scene

LASTING = timedelta(days=30)


@cache
def stage() -> Scene:
    """A consortium whose clock these tests move by days."""
    return new_scene()


def lent(record: RecordId, delegate: Address, powers: Powers = Powers.READ) -> Delegation:
    scene = stage()
    given_ = delegation(powers, now=scene.now(), until=scene.now() + LASTING)
    by = scene.wallet(record)
    service.appoint(scene.node, record=record, delegate=delegate, delegation=given_, by=by)
    scene.node.follow()
    return given_


def may(record: RecordId, key: Address, power: Powers) -> bool:
    node = stage().node
    node.ledger.advance()
    return ledger.may_act(Views(node), record, key, power, at=node.ledger.final())


def someone() -> Address:
    return SigningKey.generate().address


def test_a_delegate_has_exactly_the_powers_that_were_given() -> None:
    record, who = stage().record(), someone()
    lent(record, who, Powers.GRANT | Powers.NOTIFY)

    assert may(record, who, Powers.GRANT)
    assert may(record, who, Powers.GRANT | Powers.NOTIFY)
    assert not may(record, who, Powers.READ)
    assert not may(record, who, Powers.GRANT | Powers.REVOKE)
    assert not may(record, someone(), Powers.GRANT)


def test_the_ledger_has_whole_days_only() -> None:
    record, who = stage().record(), someone()
    stage().clock.move(timedelta(hours=1, seconds=7))
    known = lent(record, who)

    assert known.as_abi() == view(stage().node, "Authority", "delegationOf", record, who)
    assert known.not_before % DAY == known.not_after % DAY == 0


def test_a_delegation_ends_with_its_window() -> None:
    record, who = stage().record(), someone()
    lent(record, who)
    stage().clock.move(LASTING + timedelta(days=1))

    assert not may(record, who, Powers.READ)


def test_who_is_dismissed_acts_no_more() -> None:
    record, who = stage().record(), someone()
    lent(record, who)
    by = stage().wallet(record)
    service.dismiss(stage().node, record=record, delegate=who, by=by)
    with pytest.raises(UnknownDelegate):
        service.dismiss(stage().node, record=record, delegate=who, by=by)
    stage().node.follow()

    assert not may(record, who, Powers.READ)
    with stage().node.reading() as session:
        assert reading.delegates(session, record) == []
        assert reading.acts_for(session, who) == []


def test_delegates_end_when_control_changes() -> None:
    record, who = stage().record(), someone()
    lent(record, who)
    service.rotate(stage().node, record=record, by=stage().wallet(record))

    assert not may(record, who, Powers.READ)
    with stage().node.reading() as session:
        assert reading.delegates(session, record) == []


def test_a_person_finds_for_whom_they_act_and_whom_they_guard() -> None:
    scene, key = stage(), SigningKey.generate()
    first, second = scene.record(), scene.record()
    lent(first, key.address)
    lent(second, key.address, Powers.NOTIFY)
    service.set_guardians(
        scene.node, record=second, guardians=[key.address], threshold=1, by=scene.wallet(second)
    )
    scene.node.follow()
    with scene.node.reading() as session:
        found = reading.acts_for(session, key.address)
        guarded = reading.guards(session, key.address, scene.now())

    assert {each.record for each in found} == {first, second}
    assert guarded == [second]


def test_a_delegate_appoints_nobody() -> None:
    record, key = stage().record(), SigningKey.generate()
    given_ = lent(record, key.address, Powers.GRANT)
    with pytest.raises(NotController):
        service.appoint(stage().node, record=record, delegate=someone(), delegation=given_, by=key)


@pytest.mark.parametrize("lasting", [timedelta(0), -LASTING, LONGEST + timedelta(seconds=1)])
def test_a_window_that_has_passed_or_is_too_long_is_refused(lasting: timedelta) -> None:
    now = stage().now()
    with pytest.raises(BadWindow):
        delegation(Powers.READ, now=now, until=now + lasting)


@pytest.mark.parametrize("text", ["", "read,", "own", "read;grant"])
def test_a_power_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnknownPower):
        powers_of(text)


@given(st.sets(st.sampled_from(list(Powers)), min_size=1))
def test_powers_are_named_as_they_are_read(powers: set[Powers]) -> None:
    every = Powers(sum(powers))

    assert every == powers_of(",".join(names_of(every)))


def test_an_erased_record_takes_no_verb() -> None:
    scene, record, who = stage(), stage().record(), someone()
    by = scene.wallet(record)
    given_ = lent(record, who)
    service.erase(scene.node, record=record, by=by)
    acts = (
        lambda: service.erase(scene.node, record=record, by=by),
        lambda: service.rotate(scene.node, record=record, by=by),
        lambda: service.dismiss(scene.node, record=record, delegate=who, by=by),
        lambda: service.appoint(scene.node, record=record, delegate=who, delegation=given_, by=by),
        lambda: service.set_guardians(
            scene.node, record=record, guardians=[who], threshold=1, by=by
        ),
        lambda: service.cancel_recovery(scene.node, record=record, by=by),
        lambda: service.finish_recovery(scene.node, record=record),
    )
    for act in acts:
        with pytest.raises(Erased):
            act()

    assert not may(record, by.address, Powers.READ)
    assert not may(record, who, Powers.READ)
    with scene.node.reading() as session:
        known = reading.control(session, record)
    assert known is not None
    assert ledger.erased_at(Views(scene.node), record, at=scene.node.ledger.final())
    assert known.erased_at


"""WHAT THE INDEX SAYS IS WHAT THE LEDGER SAYS"""

PEOPLE = [SigningKey.generate() for _ in range(4)]
WHO = st.integers(0, 3)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 80)),
        st.tuples(st.just("guard"), st.integers(0, 4)),
        st.tuples(st.just("object"), WHO),
        st.tuples(st.just("ask"), WHO),
        st.tuples(st.just("veto"), st.none()),
        st.tuples(st.just("finish"), st.none()),
        st.tuples(st.just("rotate"), st.none()),
        st.tuples(st.just("appoint"), WHO),
        st.tuples(st.just("dismiss"), WHO),
    ),
    max_size=24,
)


def act(record: RecordId, kind: str, which: int) -> None:
    """One act of somebody, which the ledger may refuse."""
    scene, node, by = stage(), stage().node, stage().wallet(record)
    if kind == "wait":
        scene.clock.move(timedelta(hours=which))
    elif kind == "guard":
        named, least = [each.address for each in PEOPLE[:which]], min(which, 2)
        service.set_guardians(node, record=record, guardians=named, threshold=least, by=by)
    elif kind == "object":
        service.cancel_guardians(node, record=record, by=PEOPLE[which])
    elif kind == "ask":
        new = service.candidate(node, record).address
        service.open_recovery(node, record=record, controller=new, by=PEOPLE[which])
    elif kind == "veto":
        service.cancel_recovery(node, record=record, by=by)
    elif kind == "finish":
        service.finish_recovery(node, record=record)
    elif kind == "rotate":
        service.rotate(node, record=record, by=by)
    elif kind == "appoint":
        lent(record, PEOPLE[which].address, Powers(1 + which))
    else:
        service.dismiss(node, record=record, delegate=PEOPLE[which].address, by=by)


@settings(max_examples=25, deadline=None)
@given(ACTS)
def test_the_index_says_what_the_ledger_says(acts: list[tuple[str, int]]) -> None:
    node, record = stage().node, stage().record()
    for kind, which in acts:
        with suppress(SalusError):
            act(record, kind, which)
        node.follow()
    node.ledger.advance()
    node.follow()
    check(record)


def check(record: RecordId) -> None:
    node, now = stage().node, stage().now()
    controller, count, threshold, epoch, _ = view(node, "Authority", "controlOf", record)
    present, least, following, then, begins = view(node, "Authority", "guardiansOf", record)
    heir, ready_at = view(node, "Authority", "recoveryOf", record)
    with node.reading() as session:
        known = reading.control(session, record)
        circle, waiting = reading.guardians(session, record, now)
        recovery = reading.recovery(session, record, now)
        delegates = {each.address: each.delegation for each in reading.delegates(session, record)}
    assert known is not None

    assert (controller, epoch) == (known.controller, known.epoch), record_text(record)
    assert (tuple(present), least) == (circle.guardians, circle.threshold)
    assert (count, threshold) == (len(circle.guardians), circle.threshold)
    assert (Circle(tuple(following), then, begins) if begins else None) == waiting
    assert (heir, ready_at) == (recovery.controller or bytes(20), recovery.ready_at)
    for each in PEOPLE:
        stated = view(node, "Authority", "delegationOf", record, each.address)
        found = delegates.get(each.address)
        assert stated == (found.as_abi() if found else (0, 0, 0, bytes(20), bytes(32)))


def test_waiting_is_as_long_here_as_on_the_ledger() -> None:
    scene, record = stage(), stage().record()
    for keys in (PEOPLE[:1], PEOPLE[1:2]):
        named = [each.address for each in keys]
        by = scene.wallet(record)
        service.set_guardians(scene.node, record=record, guardians=named, threshold=1, by=by)
    *_, begins = view(scene.node, "Authority", "guardiansOf", record)

    assert begins - scene.node.ledger.final().time == WAIT.total_seconds()


def test_the_index_is_made_again_as_it_was() -> None:
    assert stage().node.rebuild_index() == ()
