"""Whole tokens are sold: new keys, ownership and money in one step, or the price back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.rights.custody.renewing.sealing import Completing, Desk
from salus.rights.custody.renewing.tests.test_renewing import desk_of
from salus.rights.identity.ledger import view
from salus.rights.identity.model import Party
from salus.rights.records import ownership
from salus.rights.records.ownership import Owned
from salus.rights.revenue import ledger as money
from salus.services.exchange.errors import (
    BalanceTooLow,
    CannotAcquire,
    OfferClosed,
    PriceAbove,
    SaleClosed,
    TooEarly,
    WrongKind,
)
from salus.services.exchange.ledger import Hand
from salus.services.exchange.model import Kind, SaleState
from salus.services.exchange.notices import Step, Told, notices
from salus.services.exchange.offering import Wished, close_offer, post_offer
from salus.services.exchange.reading import KnownOffer, KnownSale, on_sale, sales
from salus.services.exchange.selling import DeskOf, abort, buy, complete, pursue
from salus.services.exchange.service import Buyer
from tests.support.scene import Scene, new_scene, scene
from tests.support.trading import LABORATORY, UNIT, fund, open_to_licenses, subject_of

PRICE = 400 * UNIT
REKEY_TIME = timedelta(hours=72)


def desks(stage: Scene) -> DeskOf:
    def desk(record: RecordId, section: int, completing: Completing) -> Desk:
        return replace(desk_of(stage, record), section=section, complete=completing)

    return desk


def for_sale(stage: Scene, section: int = 0, by: Hand | None = None) -> KnownOffer:
    """A new record, or a section divided from one, for PRICE."""
    record = stage.record()
    open_to_licenses(stage, record)
    if section:
        wallet = stage.wallet(record)
        ownership.detach(stage.node, record=record, sections=["laboratory"], by=wallet)
    return put_up(stage, record, section, by or subject_of(stage, record))


def put_up(stage: Scene, record: RecordId, section: int, by: Hand) -> KnownOffer:
    until = stage.now() + timedelta(days=30)
    wished = Wished(Kind.SALE, ((0, PRICE),), until, section=section)
    return post_offer(stage.node, record=record, wished=wished, by=by)


def rich(stage: Scene, party: Party | None = None) -> Buyer:
    who = party or stage.consortium.licensees[0]
    fund(stage, who)
    return Buyer(who.address, who.signing)


def is_on_sale(stage: Scene, known: KnownOffer) -> bool:
    with stage.node.reading() as session:
        return bool(on_sale(session, known.offer))


def owner(stage: Scene, sale: KnownSale) -> bytes:
    return bytes(view(stage.node, "RecordRegistry", "ownerOf", sale.token))


@pytest.mark.parametrize("section", [0, LABORATORY])
def test_a_sale_moves_the_token_and_divides_its_price_in_one_step(section: int) -> None:
    stage = scene()
    buyer, known = rich(stage), for_sale(stage, section)
    assert is_on_sale(stage, known)
    had, seller = money.balance_of(stage.node, buyer.account), known.offer.seller
    sale = buy(stage.node, known, by=buyer)
    assert sale.state is SaleState.OPEN
    assert owner(stage, sale) == seller
    assert money.credit_of(stage.node, seller) == 0
    done = complete(stage.node, sale, desks(stage))

    assert done.state is SaleState.COMPLETED
    assert owner(stage, sale) == buyer.account
    assert not is_on_sale(stage, known)
    assert had - money.balance_of(stage.node, buyer.account) == PRICE
    assert money.credit_of(stage.node, seller) == PRICE - PRICE // 10 - PRICE // 40


def test_who_bought_sells_on_as_an_organization_and_the_patient_gets_his_floor() -> None:
    stage = scene()
    first, second = rich(stage), rich(stage, stage.consortium.licensees[1])
    known = for_sale(stage)
    record, patient = RecordId(known.offer.record), known.offer.seller
    complete(stage.node, buy(stage.node, known, by=first), desks(stage))
    before = money.credit_of(stage.node, patient)
    again = put_up(stage, record, 0, Hand(first.key))
    done = complete(stage.node, buy(stage.node, again, by=second), desks(stage))

    assert owner(stage, done) == second.account
    assert money.credit_of(stage.node, patient) - before == PRICE // 10
    with stage.node.reading() as session:
        found = {(each.step, each.role) for each in notices(session, record)}
    assert {(Step.OPENED, Told.SUBJECT), (Step.OPENED, Told.OWNER)} <= found
    assert (Step.COMPLETED, Told.BUYER) in found


def test_somebody_else_may_become_the_owner_of_what_one_pays() -> None:
    stage = scene()
    buyer, known = rich(stage), for_sale(stage)
    bank = stage.consortium.bank.address
    done = complete(stage.node, buy(stage.node, known, by=buyer, receiver=bank), desks(stage))

    assert owner(stage, done) == bank
    assert (done.buyer, done.receiver) == (buyer.account, bank)


def test_without_new_keys_the_price_comes_back_in_full() -> None:
    stage = new_scene()
    buyer, known = rich(stage), for_sale(stage)
    sale = buy(stage.node, known, by=buyer)
    with pytest.raises(TooEarly):
        abort(stage.node, sale)
    stage.clock.move(REKEY_TIME + timedelta(seconds=2))
    aborted = abort(stage.node, sale)

    assert aborted.state is SaleState.ABORTED
    assert money.credit_of(stage.node, buyer.account) == PRICE
    assert owner(stage, sale) == known.offer.seller
    with pytest.raises(SaleClosed):
        abort(stage.node, aborted)
    assert pursue(stage.node, desks(stage), stage.desk.source.address) == 0


def test_the_job_completes_what_is_in_time_and_aborts_what_is_not() -> None:
    stage = new_scene()
    buyer = rich(stage)
    late = buy(stage.node, for_sale(stage), by=buyer)
    stage.clock.move(REKEY_TIME + timedelta(seconds=2))
    early = buy(stage.node, for_sale(stage), by=buyer)
    assert pursue(stage.node, desks(stage), stage.clinic.address) == 1  # it only aborts
    assert pursue(stage.node, desks(stage), stage.desk.source.address) == 1
    with stage.node.reading() as session:
        states = {each.id: each.state for each in sales(session)}

    assert states == {late.id: SaleState.ABORTED, early.id: SaleState.COMPLETED}


def test_what_cannot_be_bought_is_refused_before_any_money_moves() -> None:
    stage = scene()
    buyer, known = rich(stage), for_sale(stage)
    had = money.balance_of(stage.node, buyer.account)
    with pytest.raises(PriceAbove):
        buy(stage.node, known, by=buyer, most=PRICE - 1)
    with pytest.raises(CannotAcquire):
        buy(stage.node, known, by=buyer, receiver=stage.clinic.address)
    poor = stage.consortium.bank
    with pytest.raises(BalanceTooLow):
        buy(stage.node, known, by=Buyer(poor.address, poor.signing))
    record = RecordId(known.offer.record)
    wished = Wished(Kind.PERPETUAL, ((LABORATORY, UNIT),), stage.now() + timedelta(days=1))
    licensed = post_offer(stage.node, record=record, wished=wished, by=subject_of(stage, record))
    with pytest.raises(WrongKind):
        buy(stage.node, licensed, by=buyer)
    closed = close_offer(stage.node, known, by=subject_of(stage, record))
    with pytest.raises(OfferClosed):
        buy(stage.node, closed, by=buyer)

    assert money.balance_of(stage.node, buyer.account) == had


def test_an_owner_does_not_buy_what_is_his() -> None:
    stage = scene()
    buyer, known = rich(stage), for_sale(stage)
    done = complete(stage.node, buy(stage.node, known, by=buyer), desks(stage))
    again = put_up(stage, done.record, 0, Hand(buyer.key))
    with pytest.raises(CannotAcquire):
        buy(stage.node, again, by=buyer)


def test_a_sale_that_was_seen_closes_the_token_for_seconds_only() -> None:
    """Nobody else buys meanwhile, and afterwards the old offer binds its seller only."""
    stage = scene()
    first, second = rich(stage), rich(stage, stage.consortium.licensees[1])
    known = for_sale(stage)
    sale = buy(stage.node, known, by=first)
    with pytest.raises(SalusError):
        buy(stage.node, known, by=second)
    complete(stage.node, sale, desks(stage))
    with pytest.raises(SalusError):
        buy(stage.node, known, by=second)

    assert seconds(stage.now()) < sale.deadline
    assert owner(stage, sale) == first.account


def test_two_sales_are_two_tokens() -> None:
    stage = scene()
    buyer = rich(stage)
    one, other = for_sale(stage), for_sale(stage, LABORATORY)
    for known in (one, other):
        complete(stage.node, buy(stage.node, known, by=buyer), desks(stage))

    assert ownership.owner(stage.node, Owned(RecordId(one.offer.record), "")) == buyer.account
    assert (
        ownership.owner(stage.node, Owned(RecordId(other.offer.record), "laboratory"))
        == buyer.account
    )
