"""The states of a loan: two readings of a breach, a cure, an auction, and three ends."""

from dataclasses import replace
from enum import Enum, auto

from salus.rights.revenue.model import BPS, DAY
from salus.services.lending.errors import Curable, NotCured, TooEarly, WrongState
from salus.services.lending.model.auction import LENGTH
from salus.services.lending.model.loan import (
    Breach,
    Loan,
    Reading,
    State,
    accrue_interest,
    debt,
)

HOUR = 3_600
GRACE = 72 * HOUR
READINGS_APART = {Breach.PRICE: 6 * HOUR, Breach.INCOME: 7 * DAY}
READINGS_WITHIN = 14 * DAY
CURE_FOR = {State.CURE_PRICE: 24 * HOUR, State.CURE_INCOME: 7 * DAY}
CURE_OF = {Breach.PRICE: State.CURE_PRICE, Breach.INCOME: State.CURE_INCOME}
BREACH_OF = {state: breach for breach, state in CURE_OF.items()}


class Event(Enum):
    PRICE_BREACHED = auto()
    INCOME_BREACHED = auto()
    CURED = auto()
    AUCTION_STARTED = auto()
    DEBT_CLEARED = auto()
    SOLD = auto()
    FORECLOSED = auto()


_LIVE = (State.ACTIVE, State.CURE_PRICE, State.CURE_INCOME)
TRANSITIONS = {
    (State.ACTIVE, Event.PRICE_BREACHED): State.CURE_PRICE,
    (State.ACTIVE, Event.INCOME_BREACHED): State.CURE_INCOME,
    (State.CURE_PRICE, Event.CURED): State.ACTIVE,
    (State.CURE_INCOME, Event.CURED): State.ACTIVE,
    **{(state, Event.AUCTION_STARTED): State.AUCTION for state in _LIVE},
    **{(state, Event.DEBT_CLEARED): State.REPAID for state in (*_LIVE, State.AUCTION)},
    **{(state, Event.SOLD): State.SETTLED for state in (*_LIVE, State.AUCTION)},
    (State.AUCTION, Event.FORECLOSED): State.FORECLOSED,
}
"""SOLD outside an auction is a buyout that the borrower asked for. Terminal states have no row."""


def next_state(loan: Loan, event: Event) -> State:
    """The state after an event. Raises WrongState where there is none."""
    after = TRANSITIONS.get((loan.state, event))
    if after is None:
        raise WrongState(loan=loan.id, state=loan.state.name.lower())
    return after


def breach_of(loan: Loan, reading: Reading) -> Breach:
    """PRICE before INCOME when there are both; see `is_breached`."""
    for each in (Breach.PRICE, Breach.INCOME):
        if is_breached(loan, reading, each):
            return each
    return Breach.NONE


def is_breached(loan: Loan, reading: Reading, breach: Breach) -> bool:
    """PRICE: there is a trigger, the value is fresh, and the debt is above `liquidation_bps` of it.
    INCOME: the rate is below the covenant. The loan is accrued up to the reading.
    """
    if breach is Breach.PRICE:
        is_over = debt(loan) * BPS > loan.liquidation_bps * reading.value
        return loan.liquidation_bps != 0 and reading.is_fresh and is_over
    return breach is Breach.INCOME and reading.rate_per_day < loan.covenant_rate_per_day


def is_curable(loan: Loan, reading: Reading) -> bool:
    """In CURE_PRICE: the debt is at most `warn_bps` of a fresh value. In CURE_INCOME: the rate is
    the covenant or more.
    """
    if loan.state is State.CURE_PRICE:
        return reading.is_fresh and debt(loan) * BPS <= loan.warn_bps * reading.value
    return loan.state is State.CURE_INCOME and reading.rate_per_day >= loan.covenant_rate_per_day


def flag(loan: Loan, reading: Reading, now: int) -> Loan:
    """Take a reading of an active loan, after its interest up to `now`.

    1. Without any breach the first reading is cleared; nothing happens when there was none.
    2. If the breach of the first reading still holds: after 14 days it is a first reading again;
       from 6 hours (PRICE) or 7 days (INCOME) on, the time to cure begins.
    3. Before that, a PRICE breach replaces a first reading of INCOME, as it is the quicker one;
       otherwise TooEarly.
    4. If it does not hold any more but the other does, that is the first reading now.
    Raises WrongState, TooEarly.
    """
    if loan.state is not State.ACTIVE:
        raise WrongState(loan=loan.id, state=loan.state.name.lower())
    loan, found = accrue_interest(loan, now), breach_of(loan, reading)
    loan_breach = loan.breach
    if loan_breach is not Breach.NONE and is_breached(loan, reading, loan_breach):
        return _second(loan, found, now)
    if found is Breach.NONE and loan_breach is Breach.NONE:
        return loan
    return replace(loan, breach=found, since=now)


def _second(loan: Loan, found: Breach, now: int) -> Loan:
    if now > loan.since + READINGS_WITHIN:
        return replace(loan, breach=found, since=now)
    possible = loan.since + READINGS_APART[loan.breach]
    if now >= possible:
        return replace(loan, state=CURE_OF[loan.breach], breach=Breach.NONE, since=now)
    if found is not loan.breach:
        return replace(loan, breach=found, since=now)
    raise TooEarly(at=possible)


def cure(loan: Loan, reading: Reading, now: int) -> Loan:
    """Active again. Raises WrongState, NotCured."""
    after = next_state(loan, Event.CURED)
    loan = accrue_interest(loan, now)
    if not is_curable(loan, reading):
        raise NotCured(loan=loan.id)
    return replace(loan, state=after, since=now)


def start_auction(loan: Loan, reading: Reading, now: int) -> Loan:
    """In auction, with the interest up to `now` and none after it.

    Possible once `now > due + 72 hours`, in any live state. Otherwise only from a cure whose time
    is over (24 hours for the price, 7 days for income), and while the breach holds: Curable when it
    does not. Raises WrongState, TooEarly (with the earlier of the two moments).
    """
    after = next_state(loan, Event.AUCTION_STARTED)
    loan = accrue_interest(loan, now)
    if now <= loan.due + GRACE:
        _check_cure_failed(loan, reading, now)
    return replace(loan, state=after, breach=Breach.NONE, since=now)


def _check_cure_failed(loan: Loan, reading: Reading, now: int) -> None:
    overdue = loan.due + GRACE + 1
    if loan.state is State.ACTIVE:
        raise TooEarly(at=overdue)
    over = loan.since + CURE_FOR[loan.state]
    if now < over:
        raise TooEarly(at=min(over, overdue))
    if not is_breached(loan, reading, BREACH_OF[loan.state]):
        raise Curable(loan=loan.id)


def foreclose(loan: Loan, now: int) -> Loan:
    """The lender's, once nobody bought for 72 hours; the debt is written off by that.

    Raises WrongState, TooEarly.
    """
    after = next_state(loan, Event.FORECLOSED)
    over = loan.since + LENGTH
    if now < over:
        raise TooEarly(at=over)
    return replace(loan, state=after, since=now, principal=0, interest=0)
