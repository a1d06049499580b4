"""What owners do with tokens on a real ledger, and what becomes of the keys."""

import pytest
from sqlalchemy import select

from salus.kernel.ids import Address, RecordId, record_text
from salus.platform.work import Node
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.reading import as_reader, read
from salus.rights.custody.renewing.errors import RenewalUnderWay
from salus.rights.custody.renewing.sealing import Desk
from salus.rights.custody.renewing.service import Stage, renew
from salus.rights.custody.renewing.tests.test_renewing import opened, until
from salus.rights.identity.errors import BadSignature
from salus.rights.identity.ledger import Views
from salus.rights.records import ownership
from salus.rights.records.errors import (
    BadShares,
    NotDetached,
    NotOwner,
    NotPayee,
    RekeyPending,
    SectionMissing,
    ShareRaised,
    UnknownSection,
)
from salus.rights.records.ledger import on_ledger, token_state
from salus.rights.records.ownership import Owned
from salus.rights.records.tables import TokenRow
from salus.rights.records.tokens import Payee
from tests.support.scene import Scene, new_scene, scene

BOTH = LABORATORY, ALLERGIES = "laboratory", "allergies"


def desk_of(stage: Scene, record: RecordId, section: int = 0) -> Desk:
    desk = stage.desk
    key = desk.storage_key
    return Desk(stage.node, record, stage.keepers, desk.source, key, desk.spare, section)


def divided(stage: Scene, *sections: str) -> RecordId:
    record = stage.record()
    by = stage.wallet(record)
    ownership.detach(stage.node, record=record, sections=sections, by=by)
    stage.node.follow()
    return record


def owners(node: Node, record: RecordId) -> dict[int, Address]:
    """As the index knows them, by section."""
    with node.reading() as session:
        mine = select(TokenRow).where(TokenRow.record == record_text(record))
        return {row.section: Address(row.owner) for row in session.scalars(mine)}


def key_epoch(stage: Scene, token: int) -> int:
    state = token_state(Views(stage.node), token, at=stage.node.ledger.final())
    assert state is not None
    return state.key_epoch


def test_a_divided_section_is_a_token_of_the_same_owner_and_opens_as_before() -> None:
    stage = scene()
    record = stage.record()
    before = opened(stage, record, *BOTH)
    account = on_ledger(stage.node, record).subject
    by = stage.wallet(record)
    ownership.detach(stage.node, record=record, sections=[LABORATORY], by=by)
    stage.node.follow()

    assert owners(stage.node, record) == {0: account, 7: account}
    assert on_ledger(stage.node, record).detached == 1 << 7
    assert opened(stage, record, *BOTH).units == before.units


def test_sections_that_cannot_be_divided_are_named() -> None:
    stage = scene()
    record, node = stage.record(), stage.node
    by = stage.wallet(record)
    with pytest.raises(UnknownSection):
        ownership.detach(node, record=record, sections=["blood"], by=by)
    for names in (["genomics"], ["emergency-summary"], []):
        with pytest.raises(SectionMissing):
            ownership.detach(node, record=record, sections=names, by=by)
    with pytest.raises(NotDetached):
        ownership.attach(node, record=record, sections=[LABORATORY], by=by)
    with pytest.raises(NotDetached):
        ownership.owner(node, Owned(record, LABORATORY))


def test_nobody_but_the_owner_moves_a_token() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    thief = stage.research
    owned = Owned(record, LABORATORY)
    with pytest.raises(BadSignature):
        ownership.detach(stage.node, record=record, sections=[ALLERGIES], by=thief.signing)
    with pytest.raises(BadSignature):
        ownership.transfer(stage.node, owned=owned, to=thief.address, by=thief.signing)


def test_a_section_given_away_has_new_keys_of_its_own_and_the_rest_keeps_its() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    owned, to = Owned(record, LABORATORY), stage.research
    before = opened(stage, record, *BOTH)
    bodies = {unit.place.section: unit.located for unit in stage.units(record, *BOTH)}
    ownership.transfer(stage.node, owned=owned, to=to.address, by=stage.wallet(record))
    stage.node.follow()
    waiting = renew(desk_of(stage, record, 7))
    after = opened(stage, record, *BOTH)

    assert waiting == ()
    assert owners(stage.node, record)[7] == to.address
    assert key_epoch(stage, owned.token) == 1
    assert on_ledger(stage.node, record).key_epoch == 0
    assert epochs_of(stage.node, record, [bodies[7], bodies[3]]) == [range(256, 257), range(1)]
    assert before.units == after.units
    kept = [leaf for leaf in before.version.objects if leaf.section != 7]
    assert kept == [leaf for leaf in after.version.objects if leaf.section != 7]
    assert not {leaf.object_id for leaf in before.version.objects if leaf.section == 7} & {
        leaf.object_id for leaf in after.version.objects
    }


def test_a_live_grant_reads_over_the_gift_of_a_section() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    reader = as_reader(stage.clinic, stage.grant(record))
    by = stage.wallet(record)
    to = stage.research.address
    ownership.transfer(stage.node, owned=Owned(record, LABORATORY), to=to, by=by)
    stage.node.follow()
    desk = desk_of(stage, record, 7)
    for stop in (Stage.SEALED, Stage.IN_FORCE, Stage.KEPT):
        until(desk, stop)
        assert read(stage.node, stage.keepers, reader, record, stage.units(record)).units
    renew(desk)

    assert read(stage.node, stage.keepers, reader, record, stage.units(record)).units


def test_what_waits_for_new_keys_cannot_be_moved() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    owned, by = Owned(record, LABORATORY), stage.wallet(record)
    ownership.transfer(stage.node, owned=owned, to=stage.research.address, by=by)
    with pytest.raises(RekeyPending):
        ownership.transfer(
            stage.node, owned=owned, to=stage.clinic.address, by=stage.research.signing
        )
    with pytest.raises(RekeyPending):
        ownership.attach(stage.node, record=record, sections=[LABORATORY], by=by)


def test_an_organization_gives_on_what_it_was_given() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    owned, by = Owned(record, LABORATORY), stage.wallet(record)
    ownership.transfer(stage.node, owned=owned, to=stage.research.address, by=by)
    renew(desk_of(stage, record, 7))
    with pytest.raises(NotOwner):
        ownership.transfer(stage.node, owned=owned, to=stage.clinic.address, by=by)
    ownership.transfer(stage.node, owned=owned, to=stage.clinic.address, by=stage.research.signing)

    assert ownership.owner(stage.node, owned) == stage.clinic.address


def test_recombined_sections_get_keys_above_all_of_theirs() -> None:
    stage = scene()
    record = divided(stage, LABORATORY)
    by = stage.wallet(record)
    before = opened(stage, record, *BOTH)
    for _ in range(2):
        renew(desk_of(stage, record, 7))
    ownership.attach(stage.node, record=record, sections=[LABORATORY], by=by)
    stage.node.follow()
    meanwhile = opened(stage, record, *BOTH)
    units = [unit.located for unit in stage.units(record, *BOTH)]
    in_force = epochs_of(stage.node, record, units)
    own = {section: each for (_, section), each in zip(units, in_force, strict=True)}
    renew(desk_of(stage, record))

    assert owners(stage.node, record).keys() == {0}
    assert meanwhile.units == before.units == opened(stage, record, *BOTH).units
    assert own[7] == range(512, 513)
    assert own[3] == range(1)
    assert set(epochs_of(stage.node, record, units)) == {range(768, 769)}


def test_custodians_sign_for_the_section_that_waits_and_no_other() -> None:
    """One change at a time: each changes the root of the record."""
    stage = scene()
    record = divided(stage, LABORATORY, ALLERGIES)
    until(desk_of(stage, record, 7), Stage.SEALED)
    with pytest.raises(RenewalUnderWay):
        renew(desk_of(stage, record, 3))
    renew(desk_of(stage, record, 7))
    renew(desk_of(stage, record, 3))

    assert [key_epoch(stage, record << 8 | each) for each in (0, 3, 7)] == [0, 1, 1]


def test_shares_only_fall_and_only_by_whoever_is_paid() -> None:
    stage = scene()
    record, node = stage.record(), stage.node
    source, patient = stage.consortium.hospital.signing, stage.wallet(record)
    ownership.lower_share(node, record=record, payee=Payee.SOURCE, bps=300, by=source)
    ownership.lower_share(node, record=record, payee=Payee.SUBJECT, bps=500, by=patient)
    with pytest.raises(ShareRaised):
        ownership.lower_share(node, record=record, payee=Payee.SOURCE, bps=301, by=source)
    with pytest.raises(BadShares):
        ownership.lower_share(node, record=record, payee=Payee.SUBJECT, bps=499, by=patient)
    with pytest.raises(NotPayee):
        ownership.lower_share(node, record=record, payee=Payee.SOURCE, bps=1, by=patient)
    known = on_ledger(node, record)

    assert (known.source_bps, known.subject_bps) == (300, 500)


def test_the_subject_names_the_host() -> None:
    stage = scene()
    record = stage.record()
    host = stage.clinic.address
    with pytest.raises(BadSignature):
        ownership.set_host(stage.node, record=record, host=host, by=stage.clinic.signing)
    ownership.set_host(stage.node, record=record, host=host, by=stage.wallet(record))

    assert on_ledger(stage.node, record).host == host


def test_the_index_comes_back_from_the_events_alone() -> None:
    stage = new_scene()
    record = divided(stage, LABORATORY)
    by = stage.wallet(record)
    to = stage.research.address
    ownership.transfer(stage.node, owned=Owned(record, LABORATORY), to=to, by=by)
    stage.node.follow()

    assert stage.node.rebuild_index() == ()
    assert owners(stage.node, record)[7] == to
