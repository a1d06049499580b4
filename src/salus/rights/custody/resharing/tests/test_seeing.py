"""What is seen of who keeps a record: a part that is lacking, and one that was lost."""

from sqlalchemy import delete

from salus.kernel.ids import RecordId
from salus.rights.custody.resharing.seeing import KeyState, record_state
from salus.rights.custody.tables import Acknowledgement, HeldSecret
from tests.support.scene import Scene, scene


def keys(stage: Scene, record: RecordId) -> tuple[KeyState, ...]:
    by = stage.desk.source.signing
    return record_state(stage.node, stage.keepers, record, by=by).keys


def loses(stage: Scene, name: str, record: RecordId) -> None:
    keeper = stage.keeper(name)
    with keeper.sessions() as session, session.begin():
        session.execute(delete(HeldSecret).where(HeldSecret.record == f"{record:032x}"))
    keeper.kept.forget()


def test_whoever_signed_for_a_part_and_lacks_it_has_lost_it() -> None:
    stage = scene()
    record = stage.record()
    before = keys(stage, record)
    loses(stage, "c2", record)
    after = keys(stage, record)

    assert {(each.lacking, each.lost) for each in before} == {((), ())}
    assert {(each.lacking, each.lost) for each in after} == {(("c2",), ("c2",))}


def test_whoever_never_signed_lacks_it_and_has_lost_nothing() -> None:
    stage = scene()
    record = stage.record()
    loses(stage, "c4", record)
    address = stage.keeper("c4").party.address
    with stage.node.sessions() as session, session.begin():
        session.execute(delete(Acknowledgement).where(Acknowledgement.holder == address))
    after = keys(stage, record)

    assert {(each.lacking, each.lost) for each in after} == {(("c4",), ())}
