"""The states of a loan: two readings of a breach, a cure, an auction, and three ends."""

from dataclasses import replace
from enum import Enum, auto

from salus.rights.revenue.model import BPS, DAY
from salus.services.lending.errors import Curable, NotCured, TooEarly, ValueStale, WrongState
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


class Event(Enum):
    PRICE_BREACHED = auto()
    INCOME_BREACHED = auto()
    CURED = auto()
    AUCTION_STARTED = auto()
    DEBT_CLEARED = auto()
    SOLD = auto()
    FORECLOSED = auto()


BREACHED = {Breach.PRICE: Event.PRICE_BREACHED, Breach.INCOME: Event.INCOME_BREACHED}
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
    """The breach that a reading of an active loan tells, which is accrued up to it.

    PRICE: there is a trigger, the value is fresh, and the debt is above `liquidation_bps` of it.
    INCOME: the rate is below the covenant. Of two, the one that was read first counts, else PRICE.
    A stale value clears no first reading of the price: it lets nothing else be told, and without a
    breach of income raises ValueStale.
    """
    is_income = reading.rate_per_day < loan.covenant_rate_per_day
    is_over = debt(loan) * BPS > loan.liquidation_bps * reading.value
    is_price = loan.liquidation_bps != 0 and reading.is_fresh and is_over
    is_unknown = loan.breach is Breach.PRICE and not reading.is_fresh
    if is_income and (loan.breach is Breach.INCOME or not (is_price or is_unknown)):
        return Breach.INCOME
    if is_price:
        return Breach.PRICE
    if is_unknown:
        raise ValueStale(token=loan.token)
    return Breach.NONE


def is_cured(loan: Loan, reading: Reading) -> bool:
    """In CURE_PRICE: the debt is at most `warn_bps` of a fresh value; raises ValueStale. In
    CURE_INCOME: the rate is the covenant or more.
    """
    if loan.state is State.CURE_INCOME:
        return reading.rate_per_day >= loan.covenant_rate_per_day
    if not reading.is_fresh:
        raise ValueStale(token=loan.token)
    return debt(loan) * BPS <= loan.warn_bps * reading.value


def flag(loan: Loan, reading: Reading, now: int) -> Loan:
    """Take a reading of an active loan, after its interest up to `now`.

    1. Without a breach a first reading is cleared; nothing changes when there was none.
    2. Another breach than the first reading's, or one more than 14 days after it, is a first one.
    3. The same breach again, from 6 hours (PRICE) or 7 days (INCOME) on, opens the time to cure;
       TooEarly before that.
    Raises WrongState, ValueStale, TooEarly.
    """
    if loan.state is not State.ACTIVE:
        raise WrongState(loan=loan.id, state=loan.state.name.lower())
    loan = accrue_interest(loan, now)
    found = breach_of(loan, reading)
    if found is Breach.NONE:
        is_clear = loan.breach is Breach.NONE
        return loan if is_clear else replace(loan, breach=Breach.NONE, since=now)
    if found is not loan.breach or now > loan.since + READINGS_WITHIN:
        return replace(loan, breach=found, since=now)
    possible = loan.since + READINGS_APART[found]
    if now < possible:
        raise TooEarly(at=possible)
    after = next_state(loan, BREACHED[found])
    return replace(loan, state=after, breach=Breach.NONE, since=now)


def cure(loan: Loan, reading: Reading, now: int) -> Loan:
    """Active again. Raises WrongState, ValueStale, NotCured."""
    after = next_state(loan, Event.CURED)
    loan = accrue_interest(loan, now)
    if not is_cured(loan, reading):
        raise NotCured(loan=loan.id)
    return replace(loan, state=after, since=now)


def start_auction(loan: Loan, reading: Reading, now: int) -> Loan:
    """In auction, with the interest up to `now`; it goes on for 72 hours.

    Possible once `now > due + 72 hours`, in any live state. Otherwise only from a cure whose time
    is over (24 hours for the price, 7 days for income), and only while it is not cured: Curable
    when it is. Raises, in this order: WrongState, TooEarly, ValueStale, Curable.
    """
    after = next_state(loan, Event.AUCTION_STARTED)
    loan = accrue_interest(loan, now)
    if now <= loan.due + GRACE:
        _check_cure_failed(loan, reading, now)
    return replace(loan, state=after, breach=Breach.NONE, since=now)


def _check_cure_failed(loan: Loan, reading: Reading, now: int) -> None:
    if loan.state not in CURE_FOR:
        raise TooEarly(at=loan.due + GRACE + 1)
    over = loan.since + CURE_FOR[loan.state]
    if now < over:
        raise TooEarly(at=over)
    if is_cured(loan, reading):
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
