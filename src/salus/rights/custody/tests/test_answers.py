"""What is answered, what is written down of it, and what is answered again."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from salus.kernel.clock import ManualClock
from salus.kernel.merkle import consistency, leaf_hash, verify_consistency
from salus.kernel.secp256k1 import recover
from salus.rights.consent.service import revoke
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted, Replayed, VersionMismatch
from salus.rights.custody.keeper import Keeper, sweep
from salus.rights.custody.kept import Kept
from salus.rights.custody.model import Share, info_release_share, share_is_good
from salus.rights.custody.reading import as_subject
from salus.rights.custody.release import release, release_all
from salus.rights.custody.tables import Answered, LogLeaf, StoredObject
from tests.support.refusing import answer, rules
from tests.support.scene import Asking, chart, new_patient, scene


def receipts(given: object) -> list[m.Receipt]:
    assert isinstance(given, m.Shares | m.Gate)
    return [part.receipt for part in given.released]


def permitted(keeper: Keeper, asking: Asking) -> int:
    looks = asking.scene.looks(keeper, asking.record)
    return sum(look.outcome == "permitted" for look in looks)


def leaves(keeper: Keeper) -> list[LogLeaf]:
    with keeper.reading() as session:
        return list(session.scalars(select(LogLeaf).order_by(LogLeaf.position)))


def test_a_receipt_says_who_gave_what_at_which_block(keeper: Keeper) -> None:
    asking = scene().asking()
    given = release(keeper, asking.ask)
    (part,) = given.released
    receipt, block = part.receipt, asking.scene.node.ledger.final()
    signed = m.receipt_digest(keeper.ledger.domain, receipt)

    assert keeper.party.address == recover(signed, part.signature)
    assert asking.ask.request.basis_id == receipt.basis_id
    assert m.request_digest(keeper.ledger.domain, asking.ask.request) == receipt.request
    assert (block.number, block.hash) == (receipt.block_number, receipt.block_hash)
    assert (keeper.role, part.dealing.unit) == (receipt.role, receipt.unit)


def test_the_leaf_of_a_receipt_is_the_receipt_with_a_salt(keeper: Keeper) -> None:
    (receipt,) = receipts(release(keeper, scene().asking().ask))
    last = leaves(keeper)[-1]

    assert last.leaf == leaf_hash(receipt.log_leaf(last.salt))
    assert last.position == receipt.log_size


def test_between_any_two_receipts_the_log_only_grew(keeper: Keeper) -> None:
    asking = scene().asking()
    heads = [receipts(release(keeper, asking.changed()))[0] for _ in range(4)]
    hashes = [row.leaf for row in leaves(keeper)]

    for number, later in enumerate(heads):
        for earlier in heads[:number]:
            proof = consistency(hashes[: later.log_size], earlier.log_size)
            assert verify_consistency(
                earlier.log_size, earlier.log_root, later.log_size, later.log_root, proof
            )


def test_a_keeper_that_starts_again_goes_on_with_its_log(keeper: Keeper) -> None:
    asking = scene().asking()
    (before,) = receipts(release(keeper, asking.changed()))
    (after,) = receipts(release(replace(keeper, _log=None, kept=Kept()), asking.changed()))
    keeper.forget_log()

    assert before.log_size + 1 == after.log_size


def test_one_request_for_many_units_has_a_receipt_for_each(keeper: Keeper) -> None:
    asking = scene().asking(sections="laboratory allergies")
    given = release(keeper, asking.ask)

    assert len(asking.ask.request.items) == 2
    assert [item.unit for item in asking.ask.request.items] == [
        receipt.unit for receipt in receipts(given)
    ]


def test_a_known_request_is_answered_again_and_counted_once(keeper: Keeper) -> None:
    asking = scene().asking(scene().record())
    first, size = receipts(release(keeper, asking.ask)), len(leaves(keeper))
    again = receipts(release(keeper, asking.ask))

    assert first == again
    assert size == len(leaves(keeper))
    assert permitted(keeper, asking) == 1


def test_a_request_that_comes_twice_at_once_is_counted_once(keeper: Keeper) -> None:
    asking = scene().asking(scene().record())
    first, second = release_all(keeper, [asking.ask, asking.ask])

    assert receipts(first) == receipts(second)
    assert permitted(keeper, asking) == 1


def test_a_known_request_is_answered_again_after_the_grant_has_ended(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    first = receipts(release(keeper, asking.ask))
    revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))

    assert first == receipts(release(keeper, asking.ask))
    assert type(answer(keeper, asking.changed())) is NotPermitted


def test_what_was_answered_is_forgotten_after_its_deadline(keeper: Keeper) -> None:
    asking = scene().asking()
    release(keeper, asking.ask)
    digest = m.request_digest(keeper.ledger.domain, asking.ask.request)
    later = replace(keeper, clock=ManualClock(asking.ask.request.deadline.replace(year=2100)))
    sweep(later)
    sweep(later)
    with keeper.reading() as session:
        known = session.get(Answered, digest)

    assert known is None


def test_requests_of_one_commit_are_decided_each_for_itself(keeper: Keeper) -> None:
    asking = scene().asking(scene().record())
    asks = [asking.changed(), asking.changed(purpose=9), asking.changed(), asking.changed(items=())]
    kinds = [type(each) for each in release_all(keeper, asks)]

    assert [kinds[0], NotPermitted, kinds[0], NotPermitted] == kinds
    assert permitted(keeper, asking) == 2
    assert ["another-purpose"] == rules(keeper, asking)


def test_a_nonce_twice_in_one_commit_is_seen(keeper: Keeper) -> None:
    asking = scene().asking()
    other = replace(asking.ask.request, purpose=1)

    assert [Replayed] == [
        type(each)
        for each in release_all(keeper, [asking.ask, asking.signed(other, asking.by)])[1:]
    ]


def test_a_key_that_nothing_can_be_sealed_to_harms_no_other_request(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    patient = as_subject(stage.wallet(asking.record))
    theirs, key = stage.asking(asking.record, by=patient), b"\x01" * 10
    bad = replace(theirs.changed(reader_key_hash=m.reader_key_hash(key)), reader_key=key)
    first, second = release_all(keeper, [bad, asking.ask])

    assert type(first) is NotPermitted
    assert isinstance(second, m.Shares | m.Gate)


def test_a_failed_commit_gives_nobody_a_share(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = scene().asking()
    (before,) = receipts(release(keeper, asking.changed()))

    def torn(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr("salus.rights.custody.release.insert", torn)
        with pytest.raises(OSError, match="no room"):
            release(keeper, asking.ask)
    (after,) = receipts(release(keeper, asking.ask))

    assert before.log_size + 1 == after.log_size


def test_a_share_is_sealed_to_the_reader_and_to_this_request() -> None:
    asking, keeper = scene().asking(), scene().c1
    given = release(keeper, asking.ask)
    assert isinstance(given, m.Shares)
    (part,) = given.released
    digest = m.request_digest(keeper.ledger.domain, asking.ask.request)
    info = info_release_share(part.dealing, part.index, digest)
    share = Share.parse(scene().clinic.sealing.open(info, part.sealed))

    assert share_is_good(part.dealing, share)


"""THE GATEWAY"""


def test_a_version_that_the_ledger_does_not_name_is_never_given() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient, "12.0 g/dL")
    asking = stage.asking(record)
    stage.take(chart(patient, "13.5 g/dL"))  # held by everybody, but not announced
    before = release(stage.gateway, asking.changed())
    stage.announce()
    after = release(stage.gateway, asking.changed())
    assert isinstance(before, m.Gate)
    assert isinstance(after, m.Gate)

    assert [1, 2] == [before.version.header.version, after.version.header.version]
    assert [1, 2] == [len(each.released[0].objects) for each in (before, after)]


def test_a_version_with_a_lost_object_is_not_given_in_part() -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    given = release(stage.gateway, asking.changed())
    assert isinstance(given, m.Gate)
    (lost,) = given.released[0].objects
    with stage.gateway.sessions() as session, session.begin():
        session.execute(delete(StoredObject).where(StoredObject.object_id == lost.object_id()))
    stage.gateway.kept.forget()

    assert type(answer(stage.gateway, asking.changed())) is VersionMismatch
