"""The invariants of money, one function each: what must hold whatever anybody did.

Their numbers are those of the design and of the README of revenue, exchange and lending.
"""

from collections.abc import Iterable, Mapping

from salus.platform.ledger.contracts import DecodedEvent
from salus.rights.revenue.model import DAY, Gate, Prepayment, Router, accrue


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
