"""What is erased is gone from its source and from every keeper, and nothing else is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from salus.kernel.ids import RecordId, record_text
from salus.kernel.merkle import Frontier, leaf_hash, verify_inclusion
from salus.platform.database import Database, PrivateTable
from salus.rights.consent.authority import service as authority
from salus.rights.custody.erasure.errors import BadErase, NotErased
from salus.rights.custody.erasure.messages import Erase, Erased, HeldPart, deleted_digest
from salus.rights.custody.erasure.model import Stage
from salus.rights.custody.erasure.reading import find_erased, proof_of
from salus.rights.custody.erasure.service import Eraser, pursue, request
from salus.rights.custody.erasure.shredding import erase
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import domain_of, erase_unit
from salus.rights.custody.reading import read
from salus.rights.custody.tables import HeldSecret, LogLeaf, StoredObject
from salus.rights.identity.ledger import send
from salus.rights.notary.model import deletion_leaf
from salus.rights.notary.tables import BatchRow
from salus.rights.records import tables as t
from salus.rights.records.errors import UnknownRecord, UnknownSection
from salus.rights.records.service import all_units, state_of
from tests.support.refusing import is_refused
from tests.support.scene import Scene, Tamper, chart, keeper_of, new_patient, scene

LEFT = {"custody_erasure", "custody_deletion", "audit_entry"}
"""Tables that may hold random handles of an erased record or its units; nothing else of it."""


def eraser(stage: Scene, **tampers: Tamper) -> Eraser:
    return Eraser(stage.node, stage.with_tampering(**tampers), stage.desk.source.signing)


def erased(stage: Scene, record: RecordId, *sections: str) -> int:
    number = request(eraser(stage), record, sections)
    assert pursue(eraser(stage), number).stage is Stage.PROVED
    return number


def silent(_: object) -> object:
    """A keeper that does not answer."""
    raise NotPermitted


def naming(database: Database, needles: Sequence[bytes]) -> set[str]:
    """The private tables that hold one of the needles: raw, as text, or as digits."""
    forms = [form for each in needles for form in (each, each.hex().encode())]
    with database.read() as session:
        return {
            table.name
            for table in PrivateTable.metadata.sorted_tables
            if not table.name.startswith("test_")
            for row in session.execute(select(table))
            for value in row
            for content in [value.encode() if isinstance(value, str) else value]
            if isinstance(content, bytes) and any(form in content for form in forms)
        }


def secrets_of(stage: Scene, record: RecordId, patient: str) -> list[bytes]:
    """What ties the record to a person, and what opens hashes on the ledger."""
    with stage.node.reading() as session:
        state, units = state_of(session, f"Patient/{patient}"), all_units(session, record)
    return [patient.encode(), state.salt, state.pseudonym, *(unit.salt for unit in units)]


def handles_of(stage: Scene, record: RecordId) -> list[bytes]:
    with stage.node.reading() as session:
        units = all_units(session, record)
    return [record_text(record).encode(), str(record).encode(), *(unit.id for unit in units)]


def everywhere(stage: Scene, needles: Sequence[bytes]) -> set[str]:
    stores = [keeper_of(each).database for each in stage.keepers.all()]
    return {name for each in (stage.node.database, *stores) for name in naming(each, needles)}


def lived(stage: Scene, patient: str) -> RecordId:
    """A record that was shared, read, refused and changed."""
    record = stage.record(patient)
    granted = stage.grant(record)
    read(stage.node, stage.keepers, stage.reader(granted), record, stage.units(record))
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, stage.reader(None), record, stage.units(record))
    stage.take(chart(patient, "13.1 g/dL"))
    stage.finish()
    return record


def test_of_a_record_that_lived_nothing_is_left_but_random_handles() -> None:
    stage, patient = scene(), new_patient()
    record = lived(stage, patient)
    secrets, handles = secrets_of(stage, record, patient), handles_of(stage, record)
    with stage.node.reading() as session:
        mine = t.Object.record == record_text(record)
        bodies = list(session.scalars(select(t.Object.segment_root).where(mine)))
    before = everywhere(stage, secrets), everywhere(stage, handles)
    erased(stage, record)

    assert [len(each) > 3 for each in before] == [True, True]
    assert everywhere(stage, secrets) == set()
    assert everywhere(stage, handles) <= LEFT
    assert bodies
    assert not any(stage.node.vault.has(name) for name in bodies)
    with pytest.raises(UnknownRecord):
        stage.find(record_text(record))


def test_other_patients_lose_nothing() -> None:
    stage = scene()
    record, other = stage.record(), stage.record()
    granted = stage.grant(other)
    erased(stage, record)
    opened = read(stage.node, stage.keepers, stage.reader(granted), other, stage.units(other))

    assert len(opened.units) == 1
    assert stage.node.rebuild_index() == ()


def test_whoever_asks_from_the_block_on_is_refused_before_anything_is_deleted(
    keeper: Keeper,
) -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    authority.erase(stage.node, record=asking.record, by=stage.wallet(asking.record))

    assert is_refused(keeper, asking, asking.changed(), "erased")


def test_of_an_erased_section_nothing_opens_and_the_others_do(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    both = stage.asking(record, sections="laboratory allergies")
    (unit,) = stage.units(record)
    send(stage.node, erase_unit(stage.node, record, unit.id, by=stage.wallet(record)))
    allergies = stage.units(record, "allergies")
    opened = read(stage.node, stage.keepers, stage.subject(record), record, allergies)

    assert is_refused(keeper, both, both.changed(), "erased")
    assert [len(unit.resources) for unit in opened.units] == [1]
    erased(stage, record, "laboratory")
    with pytest.raises(UnknownSection):
        stage.units(record, "laboratory")


def test_a_section_that_comes_back_has_a_key_of_its_own() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    (before,) = stage.units(record)
    erased(stage, record, "laboratory")
    stage.take(chart(patient, "13.1 g/dL"))
    stage.finish()
    (after,) = stage.units(record)
    opened = read(stage.node, stage.keepers, stage.subject(record), record, [after])
    again = read(
        stage.node, stage.keepers, stage.subject(record), record, stage.units(record, "allergies")
    )

    assert before.id != after.id
    assert any(b"13.1 g/dL" in raw for raw in opened.units[0].resources.values())
    assert opened.version.header.version == again.version.header.version == 2


def test_a_patient_who_comes_back_gets_another_record() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    erased(stage, record)

    assert stage.record(patient) != record


def test_every_holder_signs_and_its_receipt_is_anchored() -> None:
    stage = scene()
    record = stage.record()
    with stage.node.reading() as session:
        units = {unit.id for unit in all_units(session, record)}
    proof = proof_of(stage.node, erased(stage, record))
    holders = {keeper.member.address for keeper in stage.keepers.all()}

    assert {(each.holder, each.part.unit) for each in proof.receipts} == {
        (holder, unit) for holder in holders for unit in units
    }
    for each in proof.receipts:
        digest = deleted_digest(domain_of(stage.node), each.part, each.time)
        leaf = leaf_hash(deletion_leaf(digest, each.signature))
        with stage.node.reading() as session:
            root = session.get_one(BatchRow, each.batch).root
        assert verify_inclusion(leaf, each.index, each.size, each.path, root)


def test_a_keeper_that_is_away_is_asked_again_and_the_others_are_not() -> None:
    stage = scene()
    number = request(eraser(stage), stage.record())
    asked: list[str] = []

    def counting(name: str) -> Tamper:
        def count(answer: object) -> object:
            asked.append(name)
            return answer

        return count

    others = {name: counting(name) for name in ("c1", "c3", "c4", "c5", "gateway")}
    first = pursue(eraser(stage, c2=silent, **others), number)
    second = pursue(eraser(stage, c2=counting("c2"), **others), number)

    assert first.stage is Stage.SHREDDING
    assert first.waits_for == (stage.keeper("c2").party.address,)
    assert first.is_final
    assert second.stage is Stage.PROVED
    assert sorted(asked) == ["c1", "c2", "c3", "c4", "c5", "gateway"]


@pytest.mark.parametrize(
    ("away", "is_final"),
    [
        (("c1", "c2", "c3", "gateway"), False),
        (("c1", "c2", "gateway"), True),
        (("c1", "c2", "c3", "c4", "c5"), True),
    ],
    ids=["three-shares-left", "two-shares-left", "only-the-half-is-gone"],
)
def test_it_is_final_once_too_few_shares_or_no_half_are_left(
    away: tuple[str, ...], *, is_final: bool
) -> None:
    stage = scene()
    number = request(eraser(stage), stage.record(), ["laboratory"])
    first = pursue(eraser(stage, **dict.fromkeys(away, silent)), number)
    pursue(eraser(stage), number)

    assert first.is_final == is_final


def test_a_receipt_that_another_signed_is_not_taken() -> None:
    stage = scene()
    number = request(eraser(stage), stage.record())
    forged = {"c2": lambda answer: replace(answer, time=answer.time + 1)}
    short = {"c3": lambda answer: Erased(answer.time, answer.signatures[1:])}
    first = pursue(eraser(stage, **forged, **short), number)

    assert len(first.waits_for) == 2
    assert pursue(eraser(stage), number).stage is Stage.PROVED


def test_the_same_wish_twice_is_one_and_so_is_every_step() -> None:
    stage = scene()
    record = stage.record()
    first, second = (request(eraser(stage), record) for _ in range(2))
    done = [pursue(eraser(stage), first) for _ in range(2)]
    with stage.node.reading() as session:
        found = find_erased(session, record_text(record)[:12])

    assert first == second
    assert done[0] == done[1] == found


def test_a_section_first_and_the_whole_record_later() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    secrets, handles = secrets_of(stage, record, patient), handles_of(stage, record)
    erased(stage, record, "laboratory")
    erased(stage, record)

    assert everywhere(stage, secrets) == set()
    assert everywhere(stage, handles) <= LEFT


"""KEEPERS"""


def parts(stage: Scene, record: RecordId) -> tuple[HeldPart, ...]:
    """As the first custodian holds them."""
    with stage.c1.reading() as session:
        rows = session.scalars(
            select(HeldSecret).where(HeldSecret.record == record_text(record))
        ).all()
    return tuple(HeldPart(row.unit, row.epoch, row.index, bytes(32)) for row in rows)  # type: ignore[arg-type]


def test_a_keeper_deletes_nothing_that_the_ledger_does_not_call_erased() -> None:
    stage = scene()
    record = stage.record()
    held = parts(stage, record)
    for each in (stage.c1, stage.gateway):
        with pytest.raises(NotErased):
            erase(each, Erase(record, held, ()))

    assert parts(stage, record) == held


def test_a_keeper_deletes_no_part_of_another_record() -> None:
    stage = scene()
    record, other = stage.record(), stage.record()
    theirs = parts(stage, other)
    erased(stage, record)
    with pytest.raises(BadErase):
        erase(stage.c1, Erase(record, theirs, ()))

    assert parts(stage, other) == theirs


def test_a_keeper_finds_what_its_source_forgot() -> None:
    stage = scene()
    record = stage.record()
    held = parts(stage, record)
    number = request(eraser(stage), record)
    pursue(eraser(stage, c1=silent), number)
    erase(stage.c1, Erase(record, held[:1], ()))

    assert len(held) > 1
    assert parts(stage, record) == ()
    assert pursue(eraser(stage), number).stage is Stage.PROVED


def test_the_log_of_a_keeper_goes_on_over_leaves_that_say_nothing(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))
    with keeper.sessions() as session:
        before = keeper.log(session).root()
    erased(stage, record)
    with keeper.reading() as session:
        leaves = list(session.scalars(select(LogLeaf).order_by(LogLeaf.position)))
    again = Frontier()
    for each in leaves:
        again.append(each.leaf)

    assert again.root() == before
    assert (leaves[-1].salt, leaves[-1].receipt) == (b"", b"")


def test_a_keeper_forgets_what_it_had_in_memory(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    read(
        stage.node,
        stage.keepers,
        stage.subject(asking.record),
        asking.record,
        stage.units(asking.record),
    )
    erased(stage, asking.record)
    with keeper.reading() as session:
        found = keeper.kept.held(session, asking.ask.request.items[0].unit, 0)
        objects = session.scalars(
            select(StoredObject).where(StoredObject.unit == asking.ask.request.items[0].unit)
        ).all()

    assert found == ()
    assert objects == []
