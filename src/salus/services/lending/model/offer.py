"""What a lender offers: its bounds, the limit of the principal, and when another one is better."""

from dataclasses import dataclass

from salus.kernel.ids import Address, Digest
from salus.rights.revenue.model import BPS, DAY, mul_div_down
from salus.services.lending.errors import (
    IncomeTooLow,
    NotBetter,
    OverLtv,
    TermsOutOfBounds,
    TooEarly,
    ValueStale,
    WrongState,
)
from salus.services.lending.model.loan import Breach, Loan, Mode, Reading, State, debt, term_end

LEAST_PRINCIPAL = 100 * 10**6
"""100 currency units of six decimals."""
MOST_PRINCIPAL = 2**80 - 1
MOST_APR = 3_600
TERM_DAYS = (30, 1_095)
TRIGGER_BPS = (5_000, 9_000)
LEAST_GAP = 1_000
LTV_BPS = 4_000
LTV_GAP = 2_000
SETTLED_IN = 2 * DAY
"""How long a loan is active before a better lender may replace its own."""
DEFAULT_APR, DEFAULT_DAYS, DEFAULT_SPLIT = 1_200, 365, 5_000
DEFAULT_WARN, DEFAULT_LIQUIDATION = 6_000, 7_500


@dataclass(frozen=True, slots=True)
class LoanOffer:
    """What a lender signs; the numbers are those of `Loan`. `min_rate_per_day` is the least income
    at which the offer holds, `fingerprint` what of the token it is made on.
    """

    lender: Address
    token: int
    fingerprint: Digest
    principal: int
    agreement_hash: Digest
    apr_bps: int = DEFAULT_APR
    term_days: int = DEFAULT_DAYS
    mode: Mode = Mode.AMORTIZE
    split_bps: int = 0
    warn_bps: int = DEFAULT_WARN
    liquidation_bps: int = DEFAULT_LIQUIDATION
    covenant_rate_per_day: int = 0
    min_rate_per_day: int = 0


def check_offer(offer: LoanOffer) -> None:
    """Whether an offer is within bounds. Raises TermsOutOfBounds with the first field that is not:

    tokenId (not 0), principal (100 currency units or more), aprBps (0 in FRUITS), termDays,
    splitBps (means something in SWEEP only), warnBps and liquidationBps (both 0, or in bounds and
    1000 apart).
    """
    is_off = offer.warn_bps == 0 == offer.liquidation_bps
    low, high = TRIGGER_BPS
    least = offer.warn_bps + LEAST_GAP
    rows = (
        ("tokenId", 1 <= offer.token < 2**136),
        ("principal", LEAST_PRINCIPAL <= offer.principal <= MOST_PRINCIPAL),
        ("aprBps", offer.apr_bps <= (0 if offer.mode is Mode.FRUITS else MOST_APR)),
        ("termDays", TERM_DAYS[0] <= offer.term_days <= TERM_DAYS[1]),
        ("splitBps", offer.split_bps <= BPS),
        ("warnBps", is_off or low <= offer.warn_bps <= high),
        ("liquidationBps", is_off or least <= offer.liquidation_bps <= high),
    )
    for name, is_good in rows:
        if not is_good:
            raise TermsOutOfBounds(field=name)


def limit(liquidation_bps: int, value: int) -> int:
    """The highest principal (units) with a price trigger: 40 % of the value, and 20 points below
    the trigger at most; divided down.
    """
    return mul_div_down(value, min(LTV_BPS, liquidation_bps - LTV_GAP), BPS)


def check_collateral(offer: LoanOffer, reading: Reading) -> None:
    """Whether a token is good for an offer now. Raises, in this order: IncomeTooLow; and with a
    price trigger ValueStale, OverLtv.
    """
    if reading.rate_per_day < offer.min_rate_per_day:
        raise IncomeTooLow(rate=reading.rate_per_day, least=offer.min_rate_per_day)
    if offer.liquidation_bps == 0:
        return
    if not reading.is_fresh:
        raise ValueStale(token=offer.token)
    most = limit(offer.liquidation_bps, reading.value)
    if offer.principal > most:
        raise OverLtv(principal=offer.principal, limit=most)


def opened(offer: LoanOffer, loan_id: int, borrower: Address, now: int, round_: int = 0) -> Loan:
    """The loan that an offer becomes, at `now`."""
    return Loan(
        id=loan_id,
        token=offer.token,
        borrower=borrower,
        state=State.ACTIVE,
        mode=offer.mode,
        principal=offer.principal,
        apr_bps=offer.apr_bps,
        accrued_at=now,
        due=term_end(now, offer.term_days),
        since=now,
        round=round_,
        split_bps=offer.split_bps,
        warn_bps=offer.warn_bps,
        liquidation_bps=offer.liquidation_bps,
        covenant_rate_per_day=offer.covenant_rate_per_day,
    )


def check_better(loan: Loan, agreement_hash: Digest, offer: LoanOffer, now: int) -> None:
    """Whether a new lender may replace the old one without asking the borrower.

    The loan is active without a first reading, and has been for 2 days: WrongState, TooEarly. Then
    NotBetter with the first field that is not: mode (the same), aprBps (at most nine tenths),
    termDays (due no earlier), principal (covers the debt, which is the new principal), splitBps and
    covenantRatePerDay (no higher), warnBps and liquidationBps (no lower; 0 is best), agreementHash
    (the same). The loan is accrued up to `now`.
    """
    if loan.state is not State.ACTIVE or loan.breach is not Breach.NONE:
        raise WrongState(loan=loan.id, state=loan.state.name.lower())
    if now < loan.since + SETTLED_IN:
        raise TooEarly(at=loan.since + SETTLED_IN)
    rows = (
        ("mode", offer.mode is loan.mode),
        ("aprBps", 10 * offer.apr_bps <= 9 * loan.apr_bps),
        ("termDays", term_end(now, offer.term_days) >= loan.due),
        ("principal", offer.principal >= debt(loan)),
        ("splitBps", offer.split_bps <= loan.split_bps),
        ("covenantRatePerDay", offer.covenant_rate_per_day <= loan.covenant_rate_per_day),
        ("warnBps", _no_lower(offer.warn_bps, loan.warn_bps)),
        ("liquidationBps", _no_lower(offer.liquidation_bps, loan.liquidation_bps)),
        ("agreementHash", offer.agreement_hash == agreement_hash),
    )
    for name, is_good in rows:
        if not is_good:
            raise NotBetter(field=name)


def _no_lower(new: int, old: int) -> bool:
    return new == 0 or (old != 0 and new >= old)
