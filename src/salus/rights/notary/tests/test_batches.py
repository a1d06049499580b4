"""Queueing commitments, anchoring them in batches, and the evidence for one."""

import secrets

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import Digest
from salus.kernel.merkle import leaf_hash, root, root_of_inclusion
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Work
from salus.rights.identity.ledger import view
from salus.rights.notary import ledger
from salus.rights.notary.errors import BadSize, NotAnchored, NotMember
from salus.rights.notary.model import Path, log_leaf, record_leaf
from salus.rights.notary.service import Evidence, anchor, evidence, queue
from salus.rights.notary.tables import BatchRow, Leaf
from tests.support.scene import Scene, new_scene


@pytest.fixture(scope="module")
def stage() -> Scene:
    """Its log of batches is its own."""
    return new_scene()


def queued(stage: Scene, count: int) -> list[bytes]:
    contents = [record_leaf(secrets.token_bytes(32)) for _ in range(count)]
    again(stage, contents)
    return contents


def again(stage: Scene, contents: list[bytes]) -> None:
    with stage.node.sessions() as session, session.begin():
        for content in contents:
            queue(Work(stage.node, session), content)


def anchored(stage: Scene) -> None:
    anchor(stage.node, by=stage.consortium.hospital.signing)


def batches(stage: Scene) -> int:
    return int(view(stage.node, "Anchors", "batches"))


def found(stage: Scene, content: bytes) -> Evidence:
    with stage.node.reading() as session:
        return evidence(Work(stage.node, session), content)


def climbed(leaf: bytes, path: Path) -> bytes | None:
    return root_of_inclusion(leaf_hash(leaf), path.index, path.size, path.hashes)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_everything_that_waits_becomes_one_batch(stage: Scene, count: int) -> None:
    before, contents = batches(stage), queued(stage, count)
    anchored(stage)
    batch_root, size, time = view(stage.node, "Anchors", "batchOf", before)

    assert before + 1 == batches(stage)
    assert root([leaf_hash(each) for each in contents]) == batch_root
    assert (count, stage.node.ledger.final().time) == (size, time)


def test_anchoring_again_anchors_nothing_twice(stage: Scene) -> None:
    contents = queued(stage, 3)
    anchored(stage)
    before = batches(stage)
    anchored(stage)
    again(stage, contents)
    anchored(stage)

    assert before == batches(stage)


def test_a_leaf_is_queued_once(stage: Scene) -> None:
    content = record_leaf(secrets.token_bytes(32))
    again(stage, [content, content])
    again(stage, [content])
    with stage.node.reading() as session:
        same = select(func.count()).where(Leaf.content == content)
        count = session.scalar(same)
    anchored(stage)

    assert count == 1


def test_a_batch_that_was_sent_before_a_crash_is_not_sent_again(stage: Scene) -> None:
    contents = queued(stage, 2)
    hashes = [leaf_hash(each) for each in contents]
    ledger.anchor(stage.node, root(hashes), 2, by=stage.consortium.hospital.signing)
    before = batches(stage)
    anchored(stage)

    assert before == batches(stage)
    assert before - 1 == found(stage, contents[0]).number


def test_what_comes_later_goes_into_the_next_batch(stage: Scene) -> None:
    first = queued(stage, 2)
    anchored(stage)
    second = queued(stage, 1)
    anchored(stage)

    assert found(stage, first[0]).number + 1 == found(stage, second[0]).number


def test_evidence_leads_from_a_leaf_to_the_log_of_all_batches(stage: Scene) -> None:
    contents = queued(stage, 5)
    anchored(stage)
    chain, anchors = stage.node.ledger.chain_id, stage.node.contracts["Anchors"].address
    given = [found(stage, each) for each in contents]

    for content, way in zip(contents, given, strict=True):
        batch_root = climbed(content, way.batch)
        assert batch_root is not None
        assert way.log_root == climbed(log_leaf(chain, anchors, way.number, batch_root), way.log)
    assert [0, 1, 2, 3, 4] == [way.batch.index for way in given]
    assert {(batches(stage), batches(stage) - 1)} == {(way.log.size, way.number) for way in given}


def test_earlier_evidence_grows_with_the_log(stage: Scene) -> None:
    (content,) = queued(stage, 1)
    anchored(stage)
    before = found(stage, content)
    queued(stage, 1)
    anchored(stage)
    after = found(stage, content)

    assert (before.batch, before.number, before.tx) == (after.batch, after.number, after.tx)
    assert before.log.size + 1 == after.log.size


def test_evidence_names_the_block_and_transaction(stage: Scene) -> None:
    (content,) = queued(stage, 1)
    anchored(stage)
    way = found(stage, content)
    (receipt,) = stage.node.ledger.receipts([way.tx])
    assert receipt is not None

    assert (receipt.block.number, receipt.block.time) == (way.block, way.time)


def test_what_was_never_queued_or_still_waits_has_no_evidence(stage: Scene) -> None:
    (waiting,) = queued(stage, 1)
    with pytest.raises(NotAnchored):
        found(stage, waiting)
    with pytest.raises(NotAnchored):
        found(stage, record_leaf(bytes(32)))
    anchored(stage)

    assert found(stage, waiting)


def test_only_a_member_anchors(stage: Scene) -> None:
    (content,) = queued(stage, 1)
    with pytest.raises(NotMember):
        anchor(stage.node, by=SigningKey.generate())
    with pytest.raises(NotAnchored):
        found(stage, content)
    anchored(stage)

    assert found(stage, content)


@pytest.mark.parametrize("size", [0, 65_537])
def test_a_batch_has_a_size_that_fits(stage: Scene, size: int) -> None:
    by = stage.consortium.hospital.signing
    with pytest.raises(BadSize, match=f"not {size}"):
        ledger.anchor(stage.node, Digest(bytes(32)), size, by=by)


def test_the_index_of_batches_comes_from_the_ledger_alone(stage: Scene) -> None:
    queued(stage, 2)
    anchored(stage)
    with stage.node.reading() as session:
        rows = session.scalar(select(func.count()).select_from(BatchRow))

    assert batches(stage) == rows
    assert stage.node.rebuild_index() == ()
