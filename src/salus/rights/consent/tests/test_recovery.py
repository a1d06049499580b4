"""A key is lost, guardians recover the record, and nothing else is lost."""

from datetime import timedelta
from functools import cache

import pytest
from eth_abi.abi import encode

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.ids import RecordId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.rights.consent import ledger as consents
from salus.rights.consent.authority import keys, ledger, reading, service
from salus.rights.consent.authority.model import WAIT, Recovery
from salus.rights.consent.errors import (
    BadController,
    BadThreshold,
    NotController,
    NotGuardian,
    NothingPending,
    RecoveryPending,
    SameSigner,
    TooEarly,
    TooMany,
    UnknownRecord,
)
from salus.rights.consent.service import controller, grant, revoke
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.reading import as_subject, read
from salus.rights.identity.ledger import Views, send, view
from tests.support.scene import Scene, new_scene

SECOND = timedelta(seconds=1)
ERC1271 = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes)


@cache
def stage() -> Scene:
    """A consortium whose clock these tests move by days."""
    return new_scene()


def keys_of(count: int) -> list[SigningKey]:
    return [SigningKey.generate() for _ in range(count)]


def guarded(count: int = 3, threshold: int = 2) -> tuple[RecordId, list[SigningKey]]:
    """A record with guardians."""
    record, guardians = stage().record(), keys_of(count)
    name(record, guardians, threshold)
    return record, guardians


def name(record: RecordId, guardians: list[SigningKey], threshold: int) -> None:
    service.set_guardians(
        stage().node,
        record=record,
        guardians=[each.address for each in guardians],
        threshold=threshold,
        by=stage().wallet(record),
    )
    stage().node.follow()


def ask(record: RecordId, guardians: list[SigningKey]) -> SigningKey:
    """Guardians ask for the key that waits in the wallet."""
    key = service.candidate(stage().node, record)
    for each in guardians:
        service.open_recovery(stage().node, record=record, controller=key.address, by=each)
    stage().node.follow()
    return key


def recovery(record: RecordId) -> Recovery:
    with stage().node.reading() as session:
        return reading.recovery(session, record, stage().now())


def given(record: RecordId, by: SigningKey) -> None:
    grant(
        stage().node,
        record=record,
        units=[unit.id for unit in stage().units(record)],
        readers=[stage().clinic.address],
        purpose="TREAT",
        until=stage().now() + timedelta(days=9),
        by=by,
    )


def test_two_guardians_give_the_record_to_a_new_key_and_nothing_is_lost() -> None:
    scene, (record, guardians) = stage(), guarded()
    old, living = scene.wallet(record), scene.grant(record, lasting=timedelta(days=9))
    account = consents.account_of(scene.node, record)
    new = ask(record, guardians[1:])
    assert old.address == scene.wallet(record).address
    scene.clock.move(WAIT)
    service.finish_recovery(scene.node, record=record)

    assert new.address == scene.wallet(record).address
    assert new.address == consents.controller_of(scene.node, record)
    with pytest.raises(NotController):
        given(record, old)
    with pytest.raises(NotController):
        revoke(scene.node, living, by=old)
    with pytest.raises(NotPermitted):
        read(scene.node, scene.keepers, as_subject(old), record, scene.units(record))
    opened = read(scene.node, scene.keepers, as_subject(new), record, scene.units(record))
    assert len(opened.units) == 1
    assert view(scene.node, "ConsentRegistry", "isLive", living.id)
    assert account == consents.account_of(scene.node, record)
    assert obeys(account, new)
    assert not obeys(account, old)
    given(record, new)
    revoke(scene.node, living, by=new)
    assert scene.node.rebuild_index() == ()


def obeys(account: bytes, key: SigningKey) -> bool:
    """Whether the subject account, to which income goes, says yes to what a key signed."""
    digest = b"\x05" * 32
    asked = ERC1271 + encode(["bytes32", "bytes"], [digest, key.sign(digest)])
    block = stage().node.ledger.final()
    (answer,) = stage().node.ledger.call([Call(account, asked)], at=block)
    return answer[:4] == ERC1271


def test_before_72_hours_nobody_finishes_and_the_moment_is_told() -> None:
    scene, (record, guardians) = stage(), guarded()
    ask(record, guardians[:2])
    opens = recovery(record).ready_at
    scene.clock.move(WAIT - SECOND)
    with pytest.raises(TooEarly) as early:
        service.finish_recovery(scene.node, record=record)

    assert stamp(moment(opens)) in str(early.value)
    scene.clock.move(SECOND)
    service.finish_recovery(scene.node, record=record)
    assert recovery(record) == Recovery()


def test_one_guardian_of_two_is_not_enough() -> None:
    scene, (record, guardians) = stage(), guarded()
    new = ask(record, guardians[:1])
    scene.clock.move(WAIT)
    with pytest.raises(NothingPending):
        service.finish_recovery(scene.node, record=record)

    assert recovery(record).wishes == ((guardians[0].address, new.address),)
    assert recovery(record).controller is None


def test_the_patient_vetoes_and_guardians_may_begin_again() -> None:
    scene, (record, guardians) = stage(), guarded()
    ask(record, guardians[:2])
    scene.clock.move(WAIT)
    service.cancel_recovery(scene.node, record=record, by=scene.wallet(record))
    scene.node.follow()
    assert recovery(record) == Recovery()
    with pytest.raises(NothingPending):
        service.finish_recovery(scene.node, record=record)
    ask(record, guardians[:2])

    assert seconds(scene.now() + WAIT) == recovery(record).ready_at


def test_while_a_recovery_runs_the_patient_can_only_end_it_or_erase() -> None:
    scene, (record, guardians) = stage(), guarded()
    ask(record, guardians[:2])
    with pytest.raises(RecoveryPending):
        service.rotate(scene.node, record=record, by=scene.wallet(record))
    with pytest.raises(RecoveryPending):
        name(record, keys_of(2), 1)
    service.erase(scene.node, record=record, by=scene.wallet(record))
    scene.node.follow()

    block = scene.node.ledger.final()
    assert not ledger.is_recovering(Views(scene.node), record, at=block)
    assert recovery(record) == Recovery()


@pytest.mark.parametrize("who", ["stranger", "controller"])
def test_only_guardians_open_a_recovery(who: str) -> None:
    record, _ = guarded()
    key = SigningKey.generate() if who == "stranger" else stage().wallet(record)
    with pytest.raises(NotGuardian):
        ask(record, [key])


def test_a_guardian_counts_once() -> None:
    record, guardians = guarded()
    with pytest.raises(SameSigner):
        ask(record, [guardians[0], guardians[0]])


def test_the_present_key_cannot_be_recovered() -> None:
    record, guardians = guarded()
    present = stage().wallet(record).address
    with pytest.raises(BadController):
        service.open_recovery(stage().node, record=record, controller=present, by=guardians[0])


def test_first_guardians_are_there_at_once_and_others_after_72_hours() -> None:
    scene, (record, guardians) = stage(), guarded()
    others = keys_of(4)
    name(record, others, 3)
    with scene.node.reading() as session:
        present, waiting = reading.guardians(session, record, scene.now())
        later, nothing = reading.guardians(session, record, scene.now() + WAIT)

    assert set(present.guardians) == {each.address for each in guardians}
    assert waiting == later
    assert set(later.guardians) == {each.address for each in others}
    assert later.threshold == 3
    assert nothing is None


@pytest.mark.parametrize("who", ["guardian", "controller"])
def test_a_present_guardian_or_the_patient_stops_a_change(who: str) -> None:
    scene, (record, guardians) = stage(), guarded()
    others = keys_of(1)
    name(record, others, 1)
    with pytest.raises(NotGuardian):
        service.cancel_guardians(scene.node, record=record, by=others[0])
    by = guardians[2] if who == "guardian" else scene.wallet(record)
    service.cancel_guardians(scene.node, record=record, by=by)
    with pytest.raises(NothingPending):
        service.cancel_guardians(scene.node, record=record, by=by)
    scene.node.follow()
    with scene.node.reading() as session:
        present, waiting = reading.guardians(session, record, scene.now() + WAIT)

    assert set(present.guardians) == {each.address for each in guardians}
    assert waiting is None


def test_what_former_guardians_signed_is_void() -> None:
    scene, (record, guardians) = stage(), guarded()
    others = keys_of(2)
    name(record, [*guardians, *others], 2)
    ask(record, guardians[:1])
    scene.clock.move(WAIT)
    assert recovery(record) == Recovery()
    new = ask(record, others[:1])

    assert recovery(record).wishes == ((others[0].address, new.address),)
    assert recovery(record).ready_at == 0


@pytest.mark.parametrize(
    ("count", "threshold", "error"), [(17, 2, TooMany), (3, 0, BadThreshold), (3, 4, BadThreshold)]
)
def test_guardians_who_cannot_be_are_refused(
    count: int, threshold: int, error: type[Exception]
) -> None:
    record = stage().record()
    with pytest.raises(error):
        name(record, keys_of(count), threshold)


def test_the_same_guardian_twice_is_refused() -> None:
    record, key = stage().record(), SigningKey.generate()
    with pytest.raises(SameSigner):
        name(record, [key, key], 2)


def test_a_record_that_nobody_enrolled_has_no_control_to_recover() -> None:
    with pytest.raises(UnknownRecord):
        service.finish_recovery(stage().node, record=new_record_id())


def test_who_dies_between_ledger_and_wallet_finds_the_new_key_in_force() -> None:
    scene, (record, guardians) = stage(), guarded()
    new = ask(record, guardians[:2])
    scene.clock.move(WAIT)
    send(scene.node, ledger.finish_recovery(scene.node, record))
    scene.node.follow()
    with scene.node.reading() as session:
        assert new.address == controller(session, record).address
    service.finish_recovery(scene.node, record=record)
    with scene.node.sessions() as session, session.begin():
        assert not keys.adopt(session, record)
        assert new.address != keys.candidate(session, record).address


def test_who_dies_before_the_ledger_was_asked_keeps_the_key_that_waits() -> None:
    scene, (record, _) = stage(), guarded()
    first = service.candidate(scene.node, record)

    assert first.address == service.candidate(scene.node, record).address
    assert first.address != scene.wallet(record).address


def test_a_key_is_rotated_by_its_holder() -> None:
    scene, record = stage(), stage().record()
    old = scene.wallet(record)
    new = service.rotate(scene.node, record=record, by=old)
    with pytest.raises(NotController):
        service.rotate(scene.node, record=record, by=old)

    assert new.address == scene.wallet(record).address
    assert view(scene.node, "Authority", "epochOf", record) == 1
