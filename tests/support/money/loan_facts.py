"""What the books of lending are given: other contracts at this second, auctions, licenses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from salus.kernel.ids import Address, Digest
from salus.rights.revenue.model import Router, Token
from salus.services.lending import errors as e
from salus.services.lending.model import (
    MOST_LICENSES,
    LastSale,
    Paid,
)


@dataclass(frozen=True, slots=True)
class Auction:
    start_price: int
    started_at: int
    starter: Address
    state: int = 1  # 1 open, 2 closed, 3 settled


@dataclass(frozen=True, slots=True)
class Facts:
    """What other contracts say at this second, and the router before the verb."""

    now: int
    router: Router
    token: Callable[[int], Token]
    settle: Callable[[Router, int], Router]
    rate_of: Callable[[Router, int], int]
    fingerprint: Callable[[int], Digest]
    sale: Callable[[int], LastSale | None]
    counts: Callable[[int, Address], bool]
    lenders: frozenset[Address]
    acquirers: frozenset[Address]
    lending: Address


def named(token: int, licenses: list[int], router: Router, facts: Facts) -> Iterable[Paid]:
    """Prepayments as an appraisal reads them. Raises TooMany, and NotSorted for none."""
    if len(licenses) > MOST_LICENSES:
        raise e.TooMany(licenses=len(licenses))
    for index, number in enumerate(licenses):
        paid = router.prepayments.get((token, number))
        if paid is None:
            raise e.NotSorted(index=index)
        counts = paid.is_recurring and facts.counts(token, paid.licensee)
        yield Paid(paid.licensee, number, paid.start, paid.end, paid.rate_per_day, counts)


def paid_on(router: Router, facts: Facts, *parts: tuple[Address, int]) -> Router:
    """Pulled into the reserve of the lending, and credited out of it."""
    total = sum(amount for _, amount in parts)
    router = router.take(facts.lending, total)
    for to, amount in parts:
        router = router.credit(facts.lending, to, amount)
    return router
