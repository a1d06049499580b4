"""The invariants of money, one function each: what must hold whatever anybody did.

Their numbers are those of the design and of the README of revenue, exchange and lending.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.platform.ledger.contracts import DecodedEvent
from salus.rights.revenue.errors import SettleFirst
from salus.rights.revenue.model import BPS, DAY, Gate, Prepayment, Router, accrue
from salus.services.exchange.model import Asked, Kind, codes, is_live
from salus.services.lending.model import (
    TERMINAL,
    Appraisal,
    Breach,
    Loan,
    Reading,
    accrue_interest,
    debt,
    is_breached,
    rise_limit,
)
from salus.services.lending.model.appraisal import ANSWER
from tests.support.money.deals import Scene
from tests.support.money.loans import Loans
from tests.support.money.market import Market
from tests.support.money.replay import Replay


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


def i4_pledged(locker: Address, lending: Address, *, is_pledged: bool, has_lien: bool) -> None:
    """The lending has a token locked, and a lien on it, as long as a loan on it lives."""
    assert (locker == lending) == is_pledged == has_lien


def i5_breached(before: Loan, after: Loan, reading: Reading) -> None:
    """A healthy loan is flagged for too low a value or income only."""
    if before.breach is Breach.NONE and after.breach is not Breach.NONE:
        assert is_breached(after, reading, after.breach)


def i6_repayable(refusal: SalusError | None) -> None:
    """A loan that is not over can be repaid, by anybody who pays."""
    assert refusal is None or isinstance(refusal, SettleFirst)


def i8_price_falls(before: int, after: int) -> None:
    """The price of an auction never rises, whatever anybody does."""
    assert after <= before


def i11_earned(expected: tuple[int, ...], found: tuple[int, ...]) -> None:
    """A section has earned what its licenses paid for, to the second: the stream of both."""
    assert expected == found


def i12_cost(few: int, many: int) -> None:
    """What a verb costs does not grow with the number of licensees (gas)."""
    assert many <= few + 1_000


def i13_price_covers(paid: Prepayment, price: int) -> None:
    """No rounding favors who pays."""
    assert price * DAY >= paid.rate_per_day * (paid.end - paid.start)


def i14_replayed(replay: Replay, router: Router) -> None:
    """Who replays the events knows the storage."""
    assert replay.escrowed == router.escrowed
    assert +replay.credits == Counter(router.credits)
    assert replay.liens == set(router.liens)


def i15_never_shorter(before: int, after: int) -> None:
    """Renewing takes no time away that was paid for (ends, in seconds)."""
    assert after > before


def i16_held(reserve: int, prices: Iterable[int]) -> None:
    """The price of a sale stays in the reserve until there are new keys, or goes back."""
    assert reserve == sum(prices)


def i18_floor_first(events: Iterable[DecodedEvent], bps: Mapping[int, int]) -> None:
    """The subject's share of what is divided is whole, whatever a lender takes; by record."""
    for each in events:
        if each.name == "Routed":
            split = each.values["split"]
            assert split[0] == sum(split) * bps[each.values["token"] >> 8] // BPS


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
