"""Who is shown which lines, and that a keeper that changed its log is found out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from salus.kernel.clock import seconds
from salus.kernel.ids import NOBODY, Digest, RecordId
from salus.kernel.merkle import root
from salus.kernel.secp256k1 import SigningKey
from salus.platform.database.worktable import WorkRow
from salus.platform.work import Work
from salus.rights.consent.audit.model import leaf_of
from salus.rights.consent.audit.service import leaves
from salus.rights.custody.auditing import messages as audit
from salus.rights.custody.auditing.anchoring import (
    ANCHOR,
    EVERY,
    anchor_heads,
    ask_head,
    keep_heads_anchored,
    last_head,
)
from salus.rights.custody.auditing.keeping import tell
from salus.rights.custody.auditing.service import Collected, check, collect, deeds
from salus.rights.custody.errors import AuditForked, NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.peers import RemoteKeeper
from salus.rights.custody.reading import read
from salus.rights.identity.service import link
from salus.rights.notary import service as notary
from salus.rights.notary.model import audit_leaf
from tests.support.scene import Scene, new_scene, scene

NODE = NOBODY


def asked(
    stage: Scene, record: RecordId, by: SigningKey, *, after: int = 0, late: int = 60
) -> audit.AskAudit:
    deadline = seconds(stage.now()) + late
    bare = audit.AskAudit(record, after, 0, deadline, b"")
    return replace(bare, signature=by.sign(audit.audit_digest(stage.c1.ledger.domain, bare)))


def read_once(stage: Scene, record: RecordId | None = None) -> RecordId:
    record = record or stage.record()
    read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))
    return record


def gathered(stage: Scene, record: RecordId, keepers: Any = None) -> Collected:
    chosen = keepers or stage.keepers
    return collect(stage.node, chosen.all(), record, by=stage.wallet(record))


"""WHO"""


def test_the_subject_sees_the_lines_of_one_record_only() -> None:
    stage = scene()
    record, other = read_once(stage), read_once(stage)
    told = tell(stage.c1, asked(stage, record, stage.wallet(record)))

    assert len(told.lines) == 1
    assert told.head.size >= 2
    with pytest.raises(NotPermitted):
        tell(stage.c1, asked(stage, record, stage.wallet(other)))


def test_strangers_readers_and_late_questions_are_refused() -> None:
    stage = scene()
    record = read_once(stage)
    wallet = stage.wallet(record)
    changed = replace(asked(stage, record, wallet), after=1)
    for each in (
        asked(stage, record, SigningKey.generate()),
        asked(stage, record, stage.clinic.signing),
        asked(stage, record, stage.consortium.hospital.signing),
        asked(stage, record, stage.consortium.gateway.signing),
        asked(stage, record, wallet, late=-1),
        changed,
    ):
        with pytest.raises(NotPermitted):
            tell(stage.c1, each)


def test_the_privacy_office_of_the_source_sees_them() -> None:
    stage = new_scene()
    record, privacy = read_once(stage), stage.consortium.privacy
    governors = stage.consortium.governors()[:2]
    link(stage.node, stage.consortium.hospital.address, privacy.address, governors=governors)

    assert len(tell(stage.c1, asked(stage, record, privacy.signing)).lines) == 1


def test_lines_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.rights.custody.auditing.keeping.MOST", 2)
    monkeypatch.setattr("salus.rights.custody.auditing.service.MOST", 2)
    stage = scene()
    record = stage.record()
    for _ in range(5):
        read_once(stage, record)
    found = gathered(stage, record)

    assert (found.silent, found.forked) == ([], [])
    assert len(found.kept) == 5 * len(stage.keepers.all())


"""WHAT"""


def test_one_request_is_one_deed_however_many_wrote_of_it() -> None:
    stage = scene()
    record = read_once(stage)
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, stage.reader(None), record, stage.units(record))
    found = gathered(stage, record)
    opened, refused = deeds(found.kept, gateway="gateway")

    assert opened.logs == ("gateway", "c1", "c2", "c3", "c4", "c5")
    assert (opened.is_disclosed, refused.is_disclosed) == (True, False)
    assert (opened.entry.outcome, refused.entry.outcome) == ("permitted", "refused")


def test_without_the_gateway_nothing_was_disclosed_unless_it_does_not_say() -> None:
    stage = scene()
    record = read_once(stage)
    found = gathered(stage, record)
    custodians = [each for each in found.kept if each.log != "gateway"]
    gateway = [each for each in found.kept if each.log == "gateway"]
    no = replace(gateway[0], entry=replace(gateway[0].entry, outcome="refused"))

    assert [deed.is_disclosed for deed in deeds(custodians, gateway="gateway")] == [True]
    assert [deed.is_disclosed for deed in deeds([*custodians, no], gateway="gateway")] == [False]


"""LIARS"""


def hide_a_line(told: Any) -> Any:
    return replace(told, lines=()) if isinstance(told, audit.Told) else told


def change_a_line(told: Any) -> Any:
    if not isinstance(told, audit.Told):
        return told
    content = told.lines[0].line.content.replace(b'"permitted"', b'"refused"')
    line = replace(told.lines[0].line, content=content)
    return replace(told, lines=(replace(told.lines[0], line=line),))


def forge_a_line(told: Any) -> Any:
    """With a leaf that fits: but it is not in the tree."""
    changed = change_a_line(told)
    if not isinstance(changed, audit.Told):
        return changed
    line = changed.lines[0].line
    forged = replace(line, leaf=leaf_of(line.salt, line.content))
    return replace(changed, lines=(replace(changed.lines[0], line=forged),))


def claim_another_root(told: Any) -> Any:
    if not isinstance(told, audit.Told):
        return told
    return replace(told, head=replace(told.head, root=Digest(bytes(32))))


@pytest.mark.parametrize("lie", [change_a_line, forge_a_line, claim_another_root])
def test_a_keeper_that_shows_what_is_not_in_its_log_is_named(lie: Callable[[Any], Any]) -> None:
    stage = scene()
    record = read_once(stage)
    found = gathered(stage, record, stage.with_tampering(c2=lie))

    assert found.forked == ["c2"]
    assert len(found.kept) == 5


def test_a_keeper_that_hides_a_line_is_contradicted_by_the_others() -> None:
    stage = scene()
    record = read_once(stage)
    found = gathered(stage, record, stage.with_tampering(gateway=hide_a_line))
    (deed,) = deeds(found.kept, gateway="gateway")

    assert deed.logs == ("c1", "c2", "c3", "c4", "c5")
    assert deed.is_disclosed


"""HEADS"""


def anchored(stage: Scene) -> list[str]:
    return anchor_heads(stage.node, NODE, stage.keepers.all(), by=stage.consortium.hospital.signing)


def test_heads_of_all_logs_are_anchored_once_until_they_move() -> None:
    stage = new_scene()
    record = read_once(stage)
    stage.finish()

    assert anchored(stage) == []
    with stage.node.reading() as session:
        head = last_head(session, stage.c1.party.address).head
        leaf = audit_leaf(stage.c1.party.address, head.size, head.root)
        proof = notary.evidence(Work(stage.node, session), leaf)
    with stage.c1.reading() as session:
        assert head.root == root(leaves(session))
    before = _batches(stage)
    anchored(stage)

    assert (head.size, proof.batch.size) == (1, 7)
    assert _batches(stage) == before
    read_once(stage, record)
    anchored(stage)
    assert _batches(stage) == before + 1


def _batches(stage: Scene) -> int:
    with stage.node.reading() as session:
        return len(notary.log_of(Work(stage.node, session)))


def test_a_checked_log_says_how_much_of_it_is_anchored() -> None:
    stage = new_scene()
    record = read_once(stage)
    anchored(stage)
    read_once(stage, record)
    found = _check(stage, stage.c1)

    assert (found.size, found.anchored, found.faults) == (2, 1, ())
    assert found.block > 0


def _check(stage: Scene, keeper: Keeper) -> Any:
    with keeper.reading() as session:
        return check(stage.node, session, keeper.party.name, keeper.party.address)


def rewrite(keeper: Keeper, *statements: str) -> None:
    """What somebody does who owns the machine: the triggers go first."""
    names = [f"audit_entry_{each}" for each in ("only_grows", "stays", "stays_as_it_is")]
    with keeper.sessions() as session, session.begin():
        for name in names:
            session.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            session.execute(text(statement))


def write_anew(keeper: Keeper) -> None:
    """The last line as if it had always been another: the chain itself is whole again."""
    with keeper.sessions() as session:
        row = session.execute(
            text("SELECT sequence, salt, content FROM audit_entry ORDER BY sequence DESC LIMIT 1")
        ).one()
    content = row.content.replace(b'"permitted"', b'"refused"')
    rewrite(
        keeper,
        f"UPDATE audit_entry SET content = x'{content.hex()}',"
        f" leaf = x'{leaf_of(row.salt, content).hex()}' WHERE sequence = {row.sequence}",
    )


def cut_off(keeper: Keeper) -> None:
    rewrite(keeper, "DELETE FROM audit_entry WHERE sequence = 2")


@pytest.mark.parametrize(
    ("change", "reason"), [(write_anew, "not-the-anchored"), (cut_off, "shorter-than-anchored")]
)
def test_a_log_that_was_rewritten_whole_contradicts_its_anchored_head(
    change: Callable[[Keeper], None], reason: str
) -> None:
    stage = new_scene()
    record = read_once(stage)
    read_once(stage, record)
    anchored(stage)
    change(stage.c1)
    remote: RemoteKeeper = stage.keepers.custodians[0]

    assert [fault.reason for fault in _check(stage, stage.c1).faults] == [reason]
    with pytest.raises(AuditForked):
        ask_head(stage.node, remote)
    assert gathered(stage, record).forked == ["c1"]
    assert _check(stage, stage.gateway).faults == ()


def test_a_forked_log_is_not_anchored_again() -> None:
    stage = new_scene()
    record = read_once(stage)
    anchored(stage)
    write_anew(stage.c1)
    read_once(stage, record)
    anchored(stage)
    with stage.node.reading() as session:
        sizes = [last_head(session, each.party.address).head.size for each in _two(stage)]

    assert sizes == [1, 2]


def _two(stage: Scene) -> tuple[Keeper, Keeper]:
    return stage.c1, stage.gateway


def test_a_keeper_that_does_not_answer_is_anchored_the_next_time() -> None:
    stage = new_scene()
    read_once(stage)
    keepers = stage.with_tampering(c1=_silent).all()
    by = stage.consortium.hospital.signing

    assert anchor_heads(stage.node, NODE, keepers, by=by) == ["c1"]
    assert anchored(stage) == []
    with stage.node.reading() as session:
        assert last_head(session, stage.c1.party.address).head.size == 1


def _silent(_: object) -> object:
    raise NotPermitted


def test_a_read_sees_to_it_that_heads_are_anchored_within_five_minutes() -> None:
    stage = new_scene()
    read_once(stage)
    read_once(stage)

    assert [row.run_at for row in _waiting(stage)] == [seconds(stage.now() + EVERY)]


def test_after_4096_lines_it_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.rights.custody.auditing.anchoring.AT_ONCE", 3)
    stage = new_scene()
    record = read_once(stage)
    stage.clock.move(timedelta(seconds=20))
    read_once(stage, record)
    read_once(stage, record)
    due = [row for row in _waiting(stage) if row.run_at <= seconds(stage.now())]

    assert len(due) == 1


def test_one_job_waits_at_a_time() -> None:
    stage = new_scene()
    for _ in range(3):
        with stage.node.sessions() as session, session.begin():
            keep_heads_anchored(Work(stage.node, session))

    assert len(_waiting(stage)) == 1


def _waiting(stage: Scene) -> list[WorkRow]:
    with stage.node.reading() as session:
        return list(session.query(WorkRow).filter(WorkRow.name == ANCHOR))
