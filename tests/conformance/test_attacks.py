"""Seven attacks that took money or rights elsewhere, replayed on the contracts. Each fails."""

import pytest

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger import Block, Event
from salus.rights.identity.errors import BadSignature, NonceUsed
from salus.rights.identity.model import ActionKind
from salus.rights.revenue.errors import Blocked, SettleFirst
from salus.rights.revenue.model import DAY, price
from salus.services.exchange.model import Kind, Reason
from salus.services.lending.errors import NotBetter, TooEarly, WeakerSet
from salus.services.lending.model import State
from tests.support.money.chain import Chain, actor
from tests.support.money.invariants import i12_cost
from tests.support.money.stage import (
    BANK,
    KEEPER,
    LABORATORY,
    LICENSEES,
    MOST,
    PRINCIPAL,
    RATE,
    RIVAL,
    THIEF,
    Stage,
)
from tests.support.money.world import plan

HOUR = 3_600

"""LOGS AS AUTHORITY"""


def test_a_log_of_another_contract_opens_nothing() -> None:
    stage = Stage(is_open=False)
    offer = stage.posted(Kind.SUBSCRIPTION)
    number = stage.subscribed(offer, LICENSEES[0])
    book = stage.chain.contracts["LicenseBook"]
    topics = (
        keccak256(
            b"LicenseIssued(uint256,uint256,address,uint32,uint256,"
            b"(uint32,uint24,uint120,uint16,uint8,uint8,uint8),uint64,uint256)"
        ),
        number.to_bytes(32),
        stage.token.to_bytes(32),
        bytes(12) + THIEF.account,
    )
    forged = _logging(stage.chain, topics)

    assert topics[0] in book.interface.events
    assert book.event(Event(forged, topics, bytes(384), Block(1, b"", 0), b"", 0)) is None
    for each in (number, number + 1):
        opened = stage.look("LicenseBook", "checkAccess", each, THIEF.account, LABORATORY, 1, 3)
        assert opened == (False, Reason.HOLDER)


def _logging(chain: Chain, topics: tuple[bytes, ...]) -> Address:
    """A contract that says of itself, in the words of the license book, that it licensed."""
    words = b"".join(b"\x7f" + each for each in reversed(topics))
    code = words + bytes.fromhex("6101805fa4") + b"\x00"
    creation = b"\x61" + len(code).to_bytes(2) + bytes.fromhex("80600b5f395ff300")
    made = chain.create(THIEF.account, creation + code)
    chain.poke(THIEF, made)
    return made


"""SIGNATURES AGAIN, AND ELSEWHERE"""


def test_an_intent_counts_once_and_at_one_contract() -> None:
    stage = Stage(is_open=True)
    stage.ripe()
    stage.do(stage.chain.send(KEEPER, "RevenueRouter", "settle", stage.token))
    arguments = (THIEF.account, 100)
    intent = stage.chain.intent(stage.owner, "RevenueRouter", "withdraw", arguments)
    withdraw = ("RevenueRouter", "withdraw", *arguments, intent)

    stage.do(stage.chain.send(THIEF, *withdraw))

    assert isinstance(stage.chain.send(THIEF, *withdraw).error, NonceUsed)
    stage.chain.deploy(plan(stage.world.modules), actor("other relayer").account)
    assert isinstance(stage.chain.send(THIEF, *withdraw).error, BadSignature)


def test_an_intent_does_not_say_another_amount_or_receiver() -> None:
    stage = Stage(is_open=True)
    stage.ripe()
    stage.do(stage.chain.send(KEEPER, "RevenueRouter", "settle", stage.token))
    intent = stage.chain.intent(stage.owner, "RevenueRouter", "withdraw", (KEEPER.account, 100))

    for changed in ((THIEF.account, 100), (KEEPER.account, 101)):
        done = stage.chain.send(THIEF, "RevenueRouter", "withdraw", *changed, intent)
        assert isinstance(done.error, BadSignature)


def test_the_offer_of_a_lender_is_taken_once_and_at_one_book() -> None:
    stage = Stage(is_open=True)
    stage.ripe()
    offer = stage.offer()
    lent = stage.lent(offer)
    stage.do(stage.borrow(offer, lent))
    owed = stage.look("LoanBook", "loanDebtOf", 1)
    stage.do(stage.chain.act(KEEPER, "LoanBook", "repay", 1, owed))

    assert isinstance(stage.borrow(offer, lent).error, NonceUsed)
    stage.chain.deploy(plan(stage.world.modules), actor("other relayer").account)
    assert isinstance(stage.borrow(offer, lent).error, BadSignature)


"""LOOPS THAT ANYBODY CAN LENGTHEN"""


def test_a_transfer_costs_the_same_for_any_number_of_licensees() -> None:
    """I12."""
    few, many = _transfer_gas(1), _transfer_gas(300)

    assert few > 0
    i12_cost(few, many)


def _transfer_gas(licensees: int) -> int:
    stage = Stage(is_open=True)
    for number in range(licensees):
        stage.licensed(number, LICENSEES[number % 6])
    stage.chain.wait(3 * DAY)
    return stage.do(
        stage.chain.act(stage.owner, "RecordRegistry", "transfer", stage.token, KEEPER.account)
    ).gas


def test_more_midnights_than_one_step_counts_delay_a_transfer_by_one_step() -> None:
    stage = Stage(is_open=True)
    for number in range(100):
        stage.licensed(number, LICENSEES[0], rate=1, days=number + 1)
    stage.chain.wait(120 * DAY)
    transfer = (stage.owner, "RecordRegistry", "transfer", stage.token, KEEPER.account)

    assert isinstance(stage.chain.act(*transfer).error, SettleFirst)
    stage.do(stage.chain.send(KEEPER, "RevenueRouter", "accrue", stage.section))
    stage.do(stage.chain.act(*transfer))


"""RENEWING EARLY"""


@pytest.mark.parametrize("wait", [0, 1, DAY, 29 * DAY])
def test_who_renews_early_loses_no_second(wait: int) -> None:
    stage = Stage(is_open=False)
    start = stage.chain.now
    number = stage.subscribed(stage.posted(Kind.SUBSCRIPTION), LICENSEES[0])
    end = stage.look("LicenseBook", "expiresAt", number)
    stage.chain.wait(wait)

    renew = (LICENSEES[0], "LicenseBook", "renew", number, 30, MOST)
    told = stage.do(stage.chain.act(*renew)).named("LicenseRenewed")

    assert told["end"] == end + 30 * DAY == stage.look("LicenseBook", "expiresAt", number)
    assert told["price"] == 30 * RATE
    spent = 10**18 - stage.look("SettlementToken", "balanceOf", LICENSEES[0].account)
    assert spent == price(RATE, start, told["end"])


"""REFINANCING IN FRONT OF A REPAYMENT"""


def test_a_repayment_reaches_the_loan_that_was_refinanced_before_it() -> None:
    stage = Stage(is_open=True)
    stage.borrowed()
    owed = stage.look("LoanBook", "loanDebtOf", 1)
    other = stage.offer(RIVAL, principal=PRINCIPAL)
    intent = stage.chain.intent(stage.owner, "LoanBook", "refinance", [1, other])
    lent = stage.lent(other, RIVAL)
    stage.do(stage.chain.send(stage.owner, "LoanBook", "refinance", 1, other, lent, intent))
    before = stage.credit(BANK.account), stage.credit(RIVAL.account)

    stage.do(stage.chain.act(KEEPER, "LoanBook", "repay", 1, 2 * owed))

    assert before == (owed, 0)
    assert stage.credit(RIVAL.account) == PRINCIPAL
    assert stage.look("LoanBook", "loanOf", 1)[1] == State.REPAID
    assert stage.look("RecordRegistry", "ownerOf", stage.token) == stage.owner.account


def test_other_lenders_cannot_come_again_and_again() -> None:
    stage = Stage(is_open=True)
    stage.borrowed()
    stage.chain.wait(3 * DAY)
    stage.poke(1, 2, 3, 4, 5)
    better = stage.offer(RIVAL, apr=1_080)
    stage.do(stage.chain.act(RIVAL, "LoanBook", "refinanceBetter", 1, better))

    again = stage.chain.act(BANK, "LoanBook", "refinanceBetter", 1, stage.offer(apr=972))
    assert isinstance(again.error, TooEarly)
    stage.chain.wait(3 * DAY)
    stage.poke(1, 2, 3, 4, 5)
    no_better = stage.chain.act(BANK, "LoanBook", "refinanceBetter", 1, stage.offer(apr=973))
    assert isinstance(no_better.error, NotBetter)


"""A LENDER WHO CANNOT BE PAID"""


def test_a_blocked_lender_stops_nobody() -> None:
    stage = Stage(is_open=True)
    stage.borrowed()
    token, platform = "SettlementToken", actor("platform")
    stage.do(stage.chain.act(platform, token, "setBlocked", BANK.account, True))
    stage.chain.wait(DAY)

    stage.do(stage.chain.send(KEEPER, "RevenueRouter", "settle", stage.token))
    stage.do(stage.chain.act(KEEPER, "LoanBook", "repay", 1, 2 * PRINCIPAL))

    assert stage.look("LoanBook", "loanOf", 1)[1] == State.REPAID
    assert stage.credit(BANK.account) > PRINCIPAL
    assert isinstance(
        stage.chain.send(KEEPER, "RevenueRouter", "withdrawFor", BANK.account).error, Blocked
    )
    stage.do(stage.chain.act(platform, token, "setBlocked", BANK.account, False))
    stage.do(stage.chain.send(KEEPER, "RevenueRouter", "withdrawFor", BANK.account))


"""INCOME FROM ONESELF"""


@pytest.mark.parametrize("licensees", [1, 2, 3])
def test_fewer_than_four_licensees_are_worth_nothing(licensees: int) -> None:
    stage = Stage(is_open=True)
    for number, each in enumerate(LICENSEES[:licensees], 1):
        stage.licensed(number, each, rate=10**9)
    stage.chain.wait(110 * DAY)

    assert stage.poke(*range(1, licensees + 1)) == 0


def test_licensees_who_are_linked_to_the_owner_are_worth_nothing() -> None:
    stage = Stage(is_open=True)
    owner = LICENSEES[5]
    give = (stage.owner, "RecordRegistry", "transfer", stage.token, owner.account)
    stage.do(stage.chain.act(*give))
    for number, each in enumerate(LICENSEES[:4], 1):
        stage.licensed(number, each)
    stage.chain.wait(110 * DAY)
    honest = stage.poke(1, 2, 3, 4)
    stage.world.decide(ActionKind.LINK, LICENSEES[0].account, other=owner.account)

    assert honest > 0
    assert stage.poke(1, 2, 3, 4) == 0


def test_income_of_a_day_is_worth_nothing_and_more_of_it_rises_slowly() -> None:
    stage = Stage(is_open=True)
    for number, each in enumerate(LICENSEES[:5], 1):
        stage.licensed(number, each)
    stage.chain.wait(DAY)
    assert stage.poke(1, 2, 3, 4, 5) == 0
    stage.chain.wait(110 * DAY)
    value = stage.poke(1, 2, 3, 4, 5)
    stage.chain.wait(DAY)
    for number, each in enumerate(LICENSEES[:5], 6):
        stage.licensed(number, each, rate=100 * RATE)
    stage.chain.wait(20 * DAY)

    both = [number for each in range(1, 6) for number in (each, each + 5)]
    assert stage.poke(*both) <= value * (10_000 + 21 * 200) // 10_000


def test_who_leaves_licenses_out_lowers_no_value() -> None:
    stage = Stage(is_open=True)
    value = stage.ripe()
    stage.chain.wait(2 * DAY)

    done = stage.chain.send(THIEF, "Appraiser", "poke", stage.token, [1, 2, 3])

    assert isinstance(done.error, WeakerSet)
    assert stage.look("Appraiser", "valueOf", stage.token)[0] == value
