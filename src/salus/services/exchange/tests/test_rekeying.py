"""Tokens that are sold and given away: new keys, and who reads on and who does not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from sqlalchemy import select

from salus.kernel.ids import RecordId, UnitId
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.consent.owning.errors import OwnerTied, SeveralTokens
from salus.rights.consent.service import Granted, More, grant
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.reading import Opened, as_reader, read
from salus.rights.custody.renewing.errors import RenewalUnderWay
from salus.rights.custody.renewing.pending import renew_pending
from salus.rights.custody.renewing.sealing import Desk
from salus.rights.custody.renewing.service import Stage, renew, under_way
from salus.rights.custody.renewing.tests.test_renewing import desk_of, sealed, until
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party
from salus.rights.records import ownership
from salus.rights.records.ledger import Rekey, on_ledger
from salus.rights.records.ownership import Owned
from salus.rights.records.tables import Object
from salus.services.exchange import ledger
from salus.services.exchange.ledger import Hand
from salus.services.exchange.model import Kind
from tests.support.scene import Scene, new_scene
from tests.support.trading import (
    LABORATORY,
    buy_token,
    fund,
    license_to,
    offer,
    open_to_licenses,
    opened_by,
)

LAB, ALLERGY = "laboratory", "allergies"


@cache
def scene() -> Scene:
    """A consortium of these tests alone: its job looks at every token that waits for keys."""
    return new_scene()


def divided(stage: Scene) -> RecordId:
    record = stage.record()
    divide(stage, record)
    return record


def divide(stage: Scene, record: RecordId) -> None:
    ownership.detach(stage.node, record=record, sections=[LAB], by=stage.wallet(record))


def selling(stage: Scene, desk: Desk, offered: int, *, by: Party) -> Desk:
    """The desk of a source that makes the keys of a sale, which the exchange completes."""
    receiver = by.address
    sale = buy_token(stage, offered, desk.token, receiver=receiver, by=by.signing)

    def complete(node: Node, rekey: Rekey, signatures: Sequence[bytes]) -> Call:
        return ledger.complete_sale(node, sale, rekey, signatures)

    return replace(desk, complete=complete)


def give(
    stage: Scene, record: RecordId, section: str, *, to: Party, by: Party | None = None
) -> None:
    key = by.signing if by else stage.wallet(record)
    ownership.transfer(stage.node, owned=Owned(record, section), to=to.address, by=key)


def all_renewed(stage: Scene) -> int:
    return renew_pending(
        stage.node, lambda record, section: replace(desk_of(stage, record), section=section)
    )


def granted(stage: Scene, record: RecordId, reader: Party, *sections: str) -> Granted:
    return stage.grant(record, *sections, reader=reader)


def opened(stage: Scene, given: Granted, reader: Party, *sections: str) -> Opened:
    who = as_reader(reader, given)
    units = stage.units(given.terms.record, *sections)
    return read(stage.node, stage.keepers, who, given.terms.record, units)


def is_closed(stage: Scene, given: Granted, reader: Party, *sections: str) -> bool:
    with pytest.raises(NotPermitted):
        opened(stage, given, reader, *sections)
    return True


def epochs(stage: Scene, record: RecordId) -> dict[str, int]:
    units = stage.units(record, LAB, ALLERGY)
    found = epochs_of(stage.node, record, [unit.located for unit in units])
    return {name: each[-1] for name, each in zip((LAB, ALLERGY), found, strict=True)}


def bodies(stage: Scene, record: RecordId) -> dict[int, set[bytes]]:
    """The names of the bodies of each section."""
    sections = {unit.id: unit.place.section for unit in stage.units(record, LAB, ALLERGY)}
    with stage.node.reading() as session:
        mine = select(Object.unit, Object.segment_root).where(Object.unit.in_(sections))
        found = [(sections[UnitId(unit)], name) for unit, name in session.execute(mine)]
    return {code: {name for section, name in found if section == code} for code, _ in found}


def of_source(stage: Scene, record: RecordId) -> set[bytes]:
    return set().union(*bodies(stage, record).values())


"""A SALE"""


def test_what_is_sold_is_sealed_again_and_nothing_else_is() -> None:
    stage = scene()
    record, buyer = divided(stage), stage.consortium.licensees[0]
    before, subject = bodies(stage, record), stage.subject(record)
    open_to_licenses(stage, record)
    fund(stage, buyer)
    section = replace(desk_of(stage, record), section=LABORATORY)
    offered = offer(stage, record, Kind.SALE, section=LABORATORY)
    desk = selling(stage, section, offered, by=buyer)
    waiting = renew(desk)
    after = bodies(stage, record)

    assert waiting == ()
    assert not before[LABORATORY] & after[LABORATORY]
    assert all(before[code] == after[code] for code in before if code != LABORATORY)
    assert epochs(stage, record) == {LAB: 256, ALLERGY: 0}
    assert ownership.owner(stage.node, Owned(record, LAB)) == buyer.address
    everything = stage.units(record, LAB, ALLERGY)
    assert len(read(stage.node, stage.keepers, subject, record, everything).units) == 2


def test_a_licensee_reads_before_at_and_after_the_sale_of_the_record() -> None:
    stage = scene()
    record, buyer = stage.record(), stage.consortium.licensees[0]
    number = license_to(stage, record)
    fund(stage, buyer)
    desk = selling(stage, desk_of(stage, record), offer(stage, record, Kind.SALE), by=buyer)
    for stop in (Stage.ASKED, Stage.SEALED, Stage.IN_FORCE, Stage.KEPT):
        until(desk, stop)
        assert opened_by(stage, record, number).units
    renew(desk)

    assert opened_by(stage, record, number).units
    assert on_ledger(stage.node, record).key_epoch == 1


def test_an_owner_who_sold_reads_no_more_and_the_next_reads_by_a_grant_only() -> None:
    stage = scene()
    record, buyer = stage.record(), stage.consortium.licensees[0]
    seller = stage.research
    give(stage, record, "", to=seller)
    assert all_renewed(stage) >= 1
    before = granted(stage, record, seller)
    assert opened(stage, before, seller).units
    open_to_licenses(stage, record)
    fund(stage, buyer)
    hand = Hand(seller.signing)
    desk = selling(
        stage, desk_of(stage, record), offer(stage, record, Kind.SALE, by=hand), by=buyer
    )
    assert opened(stage, before, seller).units  # a sale that is not completed changes nothing
    renew(desk)

    assert is_closed(stage, before, seller)
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, as_reader(buyer, None), record, stage.units(record))
    after = granted(stage, record, buyer)
    assert opened(stage, after, buyer).units
    subject = stage.subject(record)
    assert read(stage.node, stage.keepers, subject, record, stage.units(record)).units


def test_a_sale_that_came_to_nothing_leaves_everything_as_it_was() -> None:
    stage = new_scene()
    record, buyer = stage.record(), stage.consortium.licensees[0]
    open_to_licenses(stage, record)
    fund(stage, buyer)
    offered = offer(stage, record, Kind.SALE)
    desk = desk_of(stage, record)
    sale = buy_token(stage, offered, desk.token, receiver=buyer.address, by=buyer.signing)
    until(desk, Stage.SEALED)
    made = sealed(desk)
    stage.clock.move(timedelta(hours=73))
    send(stage.node, ledger.abort_sale(stage.node, sale))
    stage.node.follow()
    assert under_way(stage.node) == [(record, 0)]
    all_renewed(stage)

    assert under_way(stage.node) == []
    assert on_ledger(stage.node, record).key_epoch == 0
    assert not {each.manifest.segment_root for each in made.objects} & of_source(stage, record)
    renew(desk)
    assert on_ledger(stage.node, record).key_epoch == 2  # the number of the sale is used up


"""A GIFT"""


def test_what_is_given_away_gets_its_keys_by_the_job_of_its_source() -> None:
    stage = scene()
    record = stage.record()
    number = license_to(stage, record)
    divide(stage, record)
    give(stage, record, LAB, to=stage.research)
    assert opened_by(stage, record, number).units  # while new keys are pending
    done = all_renewed(stage)

    assert done >= 1
    assert epochs(stage, record) == {LAB: 256, ALLERGY: 0}
    assert opened_by(stage, record, number).units
    assert all_renewed(stage) == 0


def test_a_former_owner_is_refused_while_new_keys_are_pending_and_after() -> None:
    stage = scene()
    record = divided(stage)
    give(stage, record, LAB, to=stage.research)
    all_renewed(stage)
    before = granted(stage, record, stage.research)
    assert opened(stage, before, stage.research).units
    give(stage, record, LAB, to=stage.clinic, by=stage.research)
    coming = granted(stage, record, stage.clinic)

    assert is_closed(stage, before, stage.research)
    assert is_closed(stage, coming, stage.clinic)  # until the new keys are in force
    all_renewed(stage)
    assert is_closed(stage, before, stage.research)
    assert opened(stage, coming, stage.clinic).units


def test_a_grant_to_anybody_else_goes_on() -> None:
    stage = scene()
    record = stage.record()
    before = granted(stage, record, stage.clinic)
    give(stage, record, "", to=stage.research)
    all_renewed(stage)

    assert opened(stage, before, stage.clinic).units


def test_a_recombined_section_is_sealed_with_its_record() -> None:
    stage = scene()
    record = divided(stage)
    ownership.attach(stage.node, record=record, sections=[LAB], by=stage.wallet(record))
    all_renewed(stage)

    assert set(epochs(stage, record).values()) == {256}
    subject, everything = stage.subject(record), stage.units(record, LAB, ALLERGY)
    assert len(read(stage.node, stage.keepers, subject, record, everything).units) == 2


def test_one_token_of_a_record_at_a_time() -> None:
    stage = scene()
    record = divided(stage)
    until(replace(desk_of(stage, record), section=LABORATORY), Stage.SEALED)
    with pytest.raises(RenewalUnderWay):
        renew(desk_of(stage, record))
    all_renewed(stage)

    assert on_ledger(stage.node, record).key_epoch == 0
    assert epochs(stage, record)[LAB] == 256


"""WHAT AN OWNER IS GRANTED"""


def allow(
    stage: Scene, record: RecordId, owner: Party, sections: tuple[str, ...], more: More
) -> Granted:
    return grant(
        stage.node,
        record=record,
        units=[unit.id for unit in stage.units(record, *sections)],
        readers=[owner.address],
        purpose="TREAT",
        until=(stage.now() + timedelta(days=3)).replace(microsecond=0),
        by=stage.wallet(record),
        more=more,
    )


def test_a_grant_to_an_owner_takes_no_other_condition_and_ends_with_one_token() -> None:
    stage = scene()
    record, owner = divided(stage), stage.research
    for section in ("", LAB):
        give(stage, record, section, to=owner)
        all_renewed(stage)
    other = More(condition=f"organization:0x{owner.address.hex()}")
    with pytest.raises(OwnerTied):
        allow(stage, record, owner, (LAB,), other)
    with pytest.raises(SeveralTokens):
        allow(stage, record, owner, (LAB, ALLERGY), More())

    assert opened(stage, allow(stage, record, owner, (ALLERGY,), More()), owner, ALLERGY).units
