"""Logs of keepers: their heads on the ledger, and what a keeper that changes its log can hide."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from salus.kernel.errors import SalusError
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Work
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.logbook import service
from salus.rights.custody.logbook.errors import LogForked, NoSuchLog, NotOneKeeper
from salus.rights.custody.logbook.keeping import head
from salus.rights.custody.logbook.messages import AskLog, head_digest, is_signed_by
from salus.rights.custody.logbook.tables import KnownHead
from salus.rights.custody.release import release
from salus.rights.custody.tables import LogLeaf
from salus.rights.notary.model import log_head_leaf
from salus.rights.notary.service import evidence
from salus.rights.notary.tables import Leaf
from tests.support.scene import Asking, Scene, keeper_of, new_scene
from tests.support.typed import general

CUSTODY = "Salus Custody"


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


@pytest.fixture(scope="module")
def asked(stage: Scene) -> Asking:
    return stage.asking(stage.record())


def receipts(keeper: Keeper, asking: Asking, count: int) -> Iterator[Evidence]:
    for _ in range(count):
        for part in release(keeper, asking.changed()).released:
            yield Evidence(part.receipt, part.signature)


def anchored(stage: Scene) -> dict[str, KnownHead]:
    source = stage.desk.source.signing
    silent = service.anchor_logs(stage.node, stage.keepers.all(), by=source)
    names: dict[bytes, str] = {each.member.address: each.name for each in stage.keepers.all()}
    with stage.node.reading() as session:
        found = {names[row.holder]: row for row in session.scalars(select(KnownHead))}

    assert silent == ()
    return found


def head_leaves(stage: Scene) -> list[bytes]:
    with stage.node.reading() as session:
        leaves = session.scalars(select(Leaf.content)).all()
    return [leaf for leaf in leaves if leaf[:1] == b"\x43"]


def test_a_head_says_what_the_last_receipt_says(stage: Scene, asked: Asking) -> None:
    *_, last = receipts(stage.c1, asked, 3)
    found = head(stage.c1, AskLog(0))

    assert (last.receipt.log_size, last.receipt.log_root) == (found.size, found.root)
    assert is_signed_by(stage.c1.party.address, stage.c1.ledger.domain, found)
    assert not is_signed_by(stage.c1.party.address, stage.c1.ledger.domain, replace(found, size=1))


def test_a_head_is_hashed_as_its_type_says(stage: Scene) -> None:
    found = head(stage.c1, AskLog(0))
    kind = "LogHead(address keeper,uint64 size,bytes32 root,uint64 time)"
    values = {
        "keeper": "0x" + found.keeper.hex(),
        "size": found.size,
        "root": found.root,
        "time": found.time,
    }
    registry = stage.node.contracts["CustodyRegistry"].address

    assert general(CUSTODY, stage.node.ledger.chain_id, registry, kind, values) == head_digest(
        stage.c1.ledger.domain, found
    )


def test_heads_that_moved_are_on_the_ledger_and_others_are_not_queued_again(
    stage: Scene, asked: Asking
) -> None:
    list(receipts(stage.c1, asked, 2))
    known = anchored(stage)["c1"]
    leaf = log_head_leaf(stage.c1.party.address, known.size, known.root)
    number = len(head_leaves(stage))
    anchored(stage)
    with stage.node.reading() as session:
        proven = evidence(Work(stage.node, session), leaf)

    assert proven.batch.size > 0
    assert number == len(head_leaves(stage))
    list(receipts(stage.c1, asked, 1))
    anchored(stage)
    assert number + 1 == len(head_leaves(stage))


def test_a_keeper_that_was_never_asked_has_no_head() -> None:
    fresh = new_scene()

    assert anchored(fresh) == {}
    assert head_leaves(fresh) == []


def test_a_keeper_that_takes_a_release_back_is_found_out_for_ever() -> None:
    stage = new_scene()
    asking = stage.asking(stage.record())
    list(receipts(stage.c1, asking, 3))
    before = anchored(stage)["c1"]
    with stage.c1.sessions() as session, session.begin():
        session.execute(delete(LogLeaf).where(LogLeaf.position > 1))
    stage.c1.forget_log()
    list(receipts(stage.c1, asking, 4))
    after = anchored(stage)["c1"]
    number = len(head_leaves(stage))
    list(receipts(stage.c1, asking, 1))
    again = anchored(stage)["c1"]

    assert not before.is_forked
    assert after.is_forked
    assert again.is_forked
    assert (before.size, before.root) == (again.size, again.root)
    assert number == len(head_leaves(stage))


def test_between_any_two_receipts_a_log_is_shown_to_have_grown_only(
    stage: Scene, asked: Asking
) -> None:
    found = list(receipts(stage.c1, asked, 5))
    by = stage.wallet(asked.record)
    for first in found:
        for second in found:
            name = service.compare(
                stage.node, stage.keepers.all(), asked.record, (first, second), by=by
            )
            assert name == "c1"


def test_the_privacy_office_may_compare_too_and_nobody_else(stage: Scene, asked: Asking) -> None:
    earlier, later = receipts(stage.c1, asked, 2)
    keepers = stage.keepers.all()

    def compared(by: SigningKey) -> str:
        return service.compare(stage.node, keepers, asked.record, (earlier, later), by=by)

    assert compared(stage.consortium.privacy.signing) == "c1"
    for key in (stage.clinic.signing, stage.research.signing, SigningKey.generate()):
        with pytest.raises(NotPermitted):
            compared(key)


def test_a_log_that_was_changed_between_two_receipts_is_named() -> None:
    stage = new_scene()
    asking = stage.asking(stage.record())
    first, _ = receipts(stage.c1, asking, 2)
    with stage.c1.sessions() as session, session.begin():
        session.execute(delete(LogLeaf))
    stage.c1.forget_log()
    *_, last = receipts(stage.c1, asking, 3)

    with pytest.raises(LogForked) as raised:
        service.compare(
            stage.node,
            stage.keepers.all(),
            asking.record,
            (first, last),
            by=stage.wallet(asking.record),
        )

    assert raised.value.details == {"name": "c1", "size": 1}


def test_receipts_of_two_keepers_or_of_no_such_log_are_not_compared(
    stage: Scene, asked: Asking
) -> None:
    (own,), (other,) = receipts(stage.c1, asked, 1), receipts(stage.keeper("c2"), asked, 1)
    beyond = replace(own.receipt, log_size=own.receipt.log_size + 1_000)
    signed = m.receipt_digest(stage.c1.ledger.domain, beyond)
    lie = Evidence(beyond, keeper_of(stage.keepers.custodians[0]).party.signing.sign(signed))
    by = stage.wallet(asked.record)
    cases: list[tuple[tuple[Evidence, Evidence], type[SalusError]]] = [
        ((own, other), NotOneKeeper),
        ((own, replace(own, signature=bytes(65))), NotOneKeeper),
        ((own, lie), NoSuchLog),
    ]
    for pair, kind in cases:
        with pytest.raises(kind):
            service.compare(stage.node, stage.keepers.all(), asked.record, pair, by=by)
