"""Loans: what is owed, and what income and repayment do to it. The twin of DebtMath and LoanBook.

Interest is counted in units x basis points x seconds, `FULL` of which are one unit. Source:
exchange-and-lending, section 10.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from salus.kernel.ids import Address
from salus.rights.revenue.model import BPS, DAY, YEAR, mul_div_down, mul_div_up

FULL = BPS * YEAR


class Mode(IntEnum):
    """What income does while all is well. FRUITS: all of it is the lender's yield. AMORTIZE:
    interest, then principal. SWEEP: interest, then a part to the principal.
    """

    FRUITS = 0
    AMORTIZE = 1
    SWEEP = 2


class State(IntEnum):
    """REPAID, SETTLED and FORECLOSED are for ever."""

    NONE = 0
    ACTIVE = 1
    CURE_PRICE = 2
    CURE_INCOME = 3
    AUCTION = 4
    REPAID = 5
    SETTLED = 6
    FORECLOSED = 7


class Breach(IntEnum):
    """What a first reading told, while the loan is active."""

    NONE = 0
    PRICE = 1
    INCOME = 2


TERMINAL = frozenset({State.REPAID, State.SETTLED, State.FORECLOSED})


@dataclass(frozen=True, slots=True)
class Loan:
    """`interest` is in units x bps x seconds, up to `accrued_at`. `due` and `since` are seconds;
    `since` is when the state began, or the first reading of `breach` was. `warn_bps` and
    `liquidation_bps` are both 0 where there is no price trigger, `covenant_rate_per_day` is 0
    where income triggers nothing. `round` counts refinancings.
    """

    id: int
    token: int
    borrower: Address
    state: State
    mode: Mode
    principal: int
    apr_bps: int
    accrued_at: int
    due: int
    since: int
    interest: int = 0
    breach: Breach = Breach.NONE
    round: int = 0
    split_bps: int = 0
    warn_bps: int = 0
    liquidation_bps: int = 0
    covenant_rate_per_day: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a token at a moment: its value (units), whether that is fresh, its rate."""

    value: int
    is_fresh: bool
    rate_per_day: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A loan after a payment, and what of it was interest (or yield) and principal (units)."""

    loan: Loan
    interest: int
    principal: int

    @property
    def is_closed(self) -> bool:
        """Nothing is owed any more: the lien is off, and the token goes home."""
        return debt(self.loan) == 0


def debt(loan: Loan) -> int:
    """Principal + ceil(interest / (BPS * YEAR)), in units, up to `accrued_at`."""
    return loan.principal + mul_div_up(loan.interest, 1, FULL)


def accrue_interest(loan: Loan, now: int) -> Loan:
    """`interest += principal * apr_bps * (now - accrued_at)`; in an auction and after it, nothing.

    In FRUITS `apr_bps` is 0, so there is none.
    """
    if loan.state is State.AUCTION or loan.state in TERMINAL:
        return loan
    more = loan.principal * loan.apr_bps * (now - loan.accrued_at)
    return replace(loan, interest=loan.interest + more, accrued_at=now)


@dataclass(frozen=True, slots=True)
class Applied:
    """What of an amount pays interest and principal (units); `left` of the interest, as counted."""

    for_interest: int
    for_principal: int
    left: int


def applied(principal: int, interest: int, amount: int) -> Applied:
    """Divide at most the debt: whole units of interest, then principal, then the last part of one.

    `for_interest = min(amount, interest / FULL)`, divided down, and what is less than a unit goes
    on, because a lender who settles every second would win a unit with each rounding up (I13). The
    last unit of a debt pays what is left, rounded up. The debt falls by exactly what is paid.
    """
    amount = min(amount, principal + mul_div_up(interest, 1, FULL))
    for_interest = min(amount, mul_div_down(interest, 1, FULL))
    for_principal = min(amount - for_interest, principal)
    last = amount - for_interest - for_principal
    left = 0 if last else interest - for_interest * FULL
    return Applied(for_interest + last, for_principal, left)


def pay(loan: Loan, amount: int) -> Payment:
    """Write an amount off the debt, as `applied` divides it; more than the debt is left over."""
    parts = applied(loan.principal, loan.interest, amount)
    left = replace(loan, interest=parts.left, principal=loan.principal - parts.for_principal)
    return Payment(left, parts.for_interest, parts.for_principal)


def apply_income(loan: Loan, available: int, reading: Reading, now: int) -> Payment:
    """What a loan takes of net income (units) at `now`, after the interest up to `now`.

    FRUITS takes all while it is active, as yield, and owes no less. Otherwise it takes
    `min(budget, debt)` as `pay` does. The owner has what is left.
    """
    if loan.mode is Mode.FRUITS and loan.state is State.ACTIVE:
        return Payment(loan, available, 0)
    loan = accrue_interest(loan, now)
    return pay(loan, budget(loan, available, reading))


def budget(loan: Loan, available: int, reading: Reading) -> int:
    """What of net income is for the debt, before the debt limits it.

    All of it, except for an active SWEEP: there whole units of interest, and of the rest
    floor(rest * split_bps / BPS); but all of it while the price trigger is on and the value is
    stale or the debt is above `warn_bps` of it.
    """
    if loan.mode is not Mode.SWEEP or loan.state is not State.ACTIVE or is_swept(loan, reading):
        return available
    return split_down(loan.interest, available, loan.split_bps)


def split_down(interest: int, available: int, split_bps: int) -> int:
    """Whole units of interest, and floor(rest * split_bps / BPS) of the rest (units)."""
    whole = min(available, mul_div_down(interest, 1, FULL))
    return whole + mul_div_down(available - whole, split_bps, BPS)


def is_swept(loan: Loan, reading: Reading) -> bool:
    """Whether a SWEEP takes all: it has a price trigger, and a stale value or too much debt."""
    if loan.warn_bps == 0:
        return False
    return not reading.is_fresh or debt(loan) * BPS > loan.warn_bps * reading.value


def term_end(now: int, term_days: int) -> int:
    """When a loan is due (seconds): `now + term_days * DAY`."""
    return now + term_days * DAY
