"""The invariants of money, one function each: what must hold whatever anybody did.

Their numbers are those of the design and of the README of revenue, exchange and lending.
"""

from collections.abc import Iterable, Mapping

from salus.platform.ledger.contracts import DecodedEvent
from salus.rights.revenue.model import DAY, Gate, Prepayment, Router, accrue
from salus.services.exchange.model import Asked, Kind, codes, is_live
from salus.services.lending.model import (
    TERMINAL,
    Appraisal,
    Loan,
    accrue_interest,
    debt,
    rise_limit,
)
from salus.services.lending.model.appraisal import ANSWER
from tests.support.money.deals import Scene
from tests.support.money.loans import Loans
from tests.support.money.market import Market


def i1_balance(router: Router, balance: int, donated: int) -> None:
    """Nothing is missing in the router, and nothing is nobody's."""
    owed = router.escrowed + sum(router.credits.values()) + sum(router.reserves.values())
    assert balance == router.balance + donated
    assert balance == owed + donated


def i2_legs_sum(events: Iterable[DecodedEvent]) -> None:
    """What is earned is divided, to the unit, and no leg is negative."""
    for each in events:
        if each.name == "Routed":
            assert all(leg >= 0 for leg in each.values["split"])


def i2_escrow_covers(router: Router, gates: Mapping[int, Gate], now: int) -> None:
    """What is escrowed covers what was earned and what is still to be earned or given back."""
    owed = 0
    for number, section in router.sections.items():
        section_now = accrue(section, gates.get(number, Gate()), now, most=2**16).section
        ends = sum(rate * (day * DAY - section_now.last) for day, rate in section_now.drops.items())
        owed += section_now.accrued + ends
    assert router.escrowed * DAY >= owed


def i13_price_covers(paid: Prepayment, price: int) -> None:
    """No rounding favors who pays."""
    assert price * DAY >= paid.rate_per_day * (paid.end - paid.start)


def i10_only_live(market: Market, number: int, asked: Asked, scene: Scene) -> None:
    """What is open is live, held, current and accredited, up to the license at the top."""
    while number:
        sold = market.sold[number]
        license_ = sold.license
        gate = scene.gate(sold.offer.record << 8 | asked.code)
        assert license_.licensee in scene.accredited
        assert gate.is_open
        assert license_.generation(asked.code) == gate.generation
        assert license_.kind is Kind.PERPETUAL or scene.now < license_.end
        number = sold.parent


def i15_exclusive_alone(market: Market, router: Router, scene: Scene) -> None:
    """While somebody has a section to himself, nobody else has it."""
    alone: dict[int, int] = {}
    holders: dict[int, set[int]] = {}
    for number, sold in market.sold.items():
        if not is_live(sold.license, scene.now) or sold.parent:
            continue
        for code in codes(sold.license.mask):
            section, gate = sold.offer.record << 8 | code, scene.gate(sold.offer.record << 8 | code)
            if gate.is_open and gate.generation == sold.license.generation(code):
                holders.setdefault(section, set()).add(number)
                if sold.license.kind is Kind.EXCLUSIVE:
                    alone[section] = number
    for section, number in alone.items():
        assert holders[section] == {number}


def i3_debt_falls(before: Loan, after: Loan, now: int) -> None:
    """Paying makes no debt higher, and none negative."""
    assert 0 <= debt(after) <= debt(accrue_interest(before, now))


def i7_terminal_is_final(before: Loans, after: Loans) -> None:
    """A loan that is over stays as it is, and an auction that is over never goes on."""
    for number, loan in before.loans.items():
        if loan.state in TERMINAL:
            assert after.loans[number] == loan
    for number, auction in before.auctions.items():
        if auction.state != 1:
            assert after.auctions[number] == auction


def i9_rises_slowly(before: Appraisal | None, after: Appraisal) -> None:
    """A value rises by two percent a day, except in the day in which a fall is answered."""
    if before is None or before.value == 0:
        return
    is_answer = after.at < before.fell_at + ANSWER
    limit = max(rise_limit(before, after.at), before.peak if is_answer else 0)
    assert after.value <= limit
