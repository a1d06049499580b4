"""Two readings, a cure, an auction, and three ends that nothing leaves (I5 to I7)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.rights.revenue.model import DAY, YEAR
from salus.services.lending.errors import (
    Curable,
    IncomeTooLow,
    NotBetter,
    NotCured,
    OverLtv,
    TermsOutOfBounds,
    TooEarly,
    ValueStale,
    WrongState,
)
from salus.services.lending.model import (
    TERMINAL,
    Breach,
    Event,
    Loan,
    LoanOffer,
    Mode,
    Reading,
    State,
    check_better,
    check_collateral,
    check_offer,
    cure,
    flag,
    foreclose,
    next_state,
    opened,
    start_auction,
)

NOW, HOUR = 20_000 * DAY, 3_600
AGREEMENT = Digest(b"a" * 32)
OFFER = LoanOffer(
    lender=Address(b"l" * 20),
    token=0x100,
    fingerprint=Digest(bytes(32)),
    principal=10**9,
    agreement_hash=AGREEMENT,
    apr_bps=1_000,
    warn_bps=6_000,
    liquidation_bps=7_500,
    covenant_rate_per_day=500,
    min_rate_per_day=600,
)
LOAN = replace(opened(OFFER, 7, Address(b"b" * 20), NOW), apr_bps=0)
HEALTHY = Reading(value=10**10, is_fresh=True, rate_per_day=500)
LOW_PRICE = replace(HEALTHY, value=10**9)
LOW_INCOME = replace(HEALTHY, rate_per_day=499)
BOTH = replace(LOW_PRICE, rate_per_day=499)


def flagged(reading: Reading) -> Loan:
    return flag(LOAN, reading, NOW)


@pytest.mark.parametrize(
    ("reading", "wait", "state"),
    [(LOW_PRICE, 6 * HOUR, State.CURE_PRICE), (LOW_INCOME, 7 * DAY, State.CURE_INCOME)],
)
def test_the_second_reading_opens_the_cure_to_the_second(
    reading: Reading, wait: int, state: State
) -> None:
    first = flagged(reading)

    assert first.state is State.ACTIVE
    with pytest.raises(TooEarly) as told:
        flag(first, reading, NOW + wait - 1)
    assert told.value.details == {"at": NOW + wait}
    assert flag(first, reading, NOW + wait).state is state
    assert flag(first, reading, NOW + 14 * DAY).state is state
    again = flag(first, reading, NOW + 14 * DAY + 1)
    assert (again.state, again.since) == (State.ACTIVE, NOW + 14 * DAY + 1)


def test_a_healthy_reading_clears_the_first_one() -> None:
    cleared = flag(flagged(LOW_PRICE), HEALTHY, NOW + 1)

    assert cleared.breach is Breach.NONE
    assert flag(LOAN, HEALTHY, NOW + 1) == replace(LOAN, accrued_at=NOW + 1)


def test_a_stale_value_breaches_nothing() -> None:
    stale = replace(LOW_PRICE, is_fresh=False)

    assert flag(LOAN, stale, NOW).breach is Breach.NONE


def test_of_two_breaches_the_price_counts_unless_the_income_had_its_seven_days() -> None:
    assert flagged(BOTH).breach is Breach.PRICE
    assert flag(flagged(LOW_PRICE), BOTH, NOW + DAY).state is State.CURE_PRICE
    assert flag(flagged(LOW_INCOME), BOTH, NOW + 7 * DAY).state is State.CURE_INCOME
    sooner = flag(flagged(LOW_INCOME), BOTH, NOW + 7 * DAY - 1)
    assert (sooner.breach, sooner.since) == (Breach.PRICE, NOW + 7 * DAY - 1)


def test_a_breach_that_turns_into_the_other_is_a_first_one_again() -> None:
    turned = flag(flagged(LOW_PRICE), LOW_INCOME, NOW + DAY)

    assert (turned.breach, turned.state, turned.since) == (
        Breach.INCOME,
        State.ACTIVE,
        NOW + DAY,
    )


@given(st.integers(10**9, 10**13), st.integers(500, 10**6), st.integers(0, YEAR))
def test_a_healthy_loan_is_flagged_only_by_less_value_or_less_income(
    value: int, rate: int, later: int
) -> None:
    is_healthy = 10**9 * 10_000 <= 7_500 * value
    found = flag(LOAN, Reading(value, is_fresh=True, rate_per_day=rate), NOW + later)

    assert (found.breach is Breach.NONE) == is_healthy


def test_no_trigger_is_never_breached() -> None:
    without = replace(LOAN, warn_bps=0, liquidation_bps=0, covenant_rate_per_day=0)

    assert flag(without, Reading(0, is_fresh=True, rate_per_day=0), NOW).breach is Breach.NONE


def test_a_cure_needs_to_be_below_the_warning_and_not_only_below_the_trigger() -> None:
    curing = replace(LOAN, state=State.CURE_PRICE)
    at_warning, above = replace(HEALTHY, value=1_666_666_667), replace(HEALTHY, value=1_666_666_666)

    assert cure(curing, at_warning, NOW + 5).state is State.ACTIVE
    with pytest.raises(NotCured):
        cure(curing, above, NOW + 5)
    with pytest.raises(NotCured):
        cure(curing, replace(at_warning, is_fresh=False), NOW + 5)
    with pytest.raises(WrongState):
        cure(LOAN, HEALTHY, NOW)


@pytest.mark.parametrize(
    ("state", "reading", "window"),
    [
        (State.CURE_PRICE, LOW_PRICE, 24 * HOUR),
        (State.CURE_INCOME, LOW_INCOME, 7 * DAY),
    ],
)
def test_an_auction_starts_when_the_cure_is_over_and_failed(
    state: State, reading: Reading, window: int
) -> None:
    curing = replace(LOAN, state=state)

    with pytest.raises(TooEarly):
        start_auction(curing, reading, NOW + window - 1)
    with pytest.raises(Curable):
        start_auction(curing, HEALTHY, NOW + window)
    with pytest.raises(TooEarly) as told:
        start_auction(replace(curing, due=NOW - 72 * HOUR), reading, NOW)
    assert told.value.details == {"at": NOW + 1}
    assert start_auction(curing, reading, NOW + window).state is State.AUCTION


def test_after_the_term_and_its_grace_any_live_loan_is_auctioned() -> None:
    last = LOAN.due + 72 * HOUR
    for state in (State.ACTIVE, State.CURE_PRICE, State.CURE_INCOME):
        loan = replace(LOAN, state=state, since=last)
        with pytest.raises(TooEarly):
            start_auction(loan, HEALTHY, last)

        assert start_auction(loan, HEALTHY, last + 1).state is State.AUCTION


def test_a_lender_forecloses_after_72_hours_and_the_debt_is_gone() -> None:
    auction = replace(LOAN, state=State.AUCTION, since=NOW)
    with pytest.raises(TooEarly):
        foreclose(auction, NOW + 72 * HOUR - 1)
    ended = foreclose(auction, NOW + 72 * HOUR)

    assert (ended.state, ended.principal) == (State.FORECLOSED, 0)


@pytest.mark.parametrize("state", sorted(TERMINAL))
@pytest.mark.parametrize("event", list(Event))
def test_nothing_leaves_an_end(state: State, event: Event) -> None:
    with pytest.raises(WrongState):
        next_state(replace(LOAN, state=state), event)


@pytest.mark.parametrize(
    "state", [State.ACTIVE, State.CURE_PRICE, State.CURE_INCOME, State.AUCTION]
)
def test_a_loan_is_repaid_in_every_state_that_is_no_end(state: State) -> None:
    assert next_state(replace(LOAN, state=state), Event.DEBT_CLEARED) is State.REPAID


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (replace(OFFER, token=0), "tokenId"),
        (replace(OFFER, principal=10**8 - 1), "principal"),
        (replace(OFFER, principal=2**80), "principal"),
        (replace(OFFER, apr_bps=3_601), "aprBps"),
        (replace(OFFER, mode=Mode.FRUITS), "aprBps"),
        (replace(OFFER, term_days=29), "termDays"),
        (replace(OFFER, term_days=1_096), "termDays"),
        (replace(OFFER, split_bps=10_001), "splitBps"),
        (replace(OFFER, mode=Mode.SWEEP, split_bps=10_001), "splitBps"),
        (replace(OFFER, warn_bps=4_999), "warnBps"),
        (replace(OFFER, warn_bps=0), "warnBps"),
        (replace(OFFER, liquidation_bps=6_999), "liquidationBps"),
        (replace(OFFER, liquidation_bps=9_001), "liquidationBps"),
        (replace(OFFER, liquidation_bps=0), "liquidationBps"),
    ],
)
def test_an_offer_out_of_bounds_is_told_its_field(changed: LoanOffer, field: str) -> None:
    with pytest.raises(TermsOutOfBounds) as told:
        check_offer(changed)

    assert told.value.details == {"field": field}


def test_an_offer_within_bounds_is_let_through() -> None:
    check_offer(OFFER)
    check_offer(replace(OFFER, warn_bps=0, liquidation_bps=0))
    check_offer(replace(OFFER, mode=Mode.SWEEP, split_bps=10_000))
    check_offer(replace(OFFER, mode=Mode.FRUITS, apr_bps=0))


def test_a_loan_is_at_most_two_fifths_of_a_fresh_value() -> None:
    good = Reading(value=2_500_000_000, is_fresh=True, rate_per_day=600)
    check_collateral(OFFER, good)

    with pytest.raises(OverLtv):
        check_collateral(OFFER, replace(good, value=2_499_999_999))
    with pytest.raises(ValueStale):
        check_collateral(OFFER, replace(good, is_fresh=False))
    with pytest.raises(IncomeTooLow):
        check_collateral(OFFER, replace(good, rate_per_day=599))
    off = replace(OFFER, warn_bps=0, liquidation_bps=0)
    check_collateral(off, replace(good, value=0, is_fresh=False))


def better(**changes: int) -> tuple[Loan, LoanOffer, int]:
    loan = opened(OFFER, 7, Address(b"b" * 20), NOW)
    offer = replace(OFFER, apr_bps=900, **changes)  # type: ignore[arg-type]
    return replace(loan, interest=0, accrued_at=NOW + 2 * DAY), offer, NOW + 2 * DAY


def test_a_better_lender_is_let_in_after_two_days() -> None:
    loan, offer, now = better()
    check_better(loan, AGREEMENT, offer, now)

    with pytest.raises(TooEarly):
        check_better(loan, AGREEMENT, offer, now - 1)
    with pytest.raises(WrongState):
        check_better(replace(loan, breach=Breach.PRICE), AGREEMENT, offer, now)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("aprBps", {"apr_bps": 901}),
        ("termDays", {"term_days": 362}),
        ("mode", {"mode": Mode.SWEEP}),
        ("splitBps", {"split_bps": 1}),
        ("warnBps", {"warn_bps": 5_999}),
        ("liquidationBps", {"liquidation_bps": 7_499}),
        ("covenantRatePerDay", {"covenant_rate_per_day": 501}),
        ("agreementHash", {"agreement_hash": Digest(bytes(32))}),
        ("principal", {"principal": 10**9 - 1}),
    ],
)
def test_a_lender_who_is_worse_in_anything_is_not(field: str, changes: dict[str, int]) -> None:
    loan, offer, now = better()
    with pytest.raises(NotBetter) as told:
        check_better(loan, AGREEMENT, replace(offer, **changes), now)  # type: ignore[arg-type]

    assert told.value.details == {"field": field}


def test_flagging_what_is_not_active_is_refused() -> None:
    errors: list[type[SalusError]] = []
    for state in State:
        if state is not State.ACTIVE:
            with pytest.raises(WrongState) as told:
                flag(replace(LOAN, state=state), LOW_PRICE, NOW)
            errors.append(type(told.value))

    assert len(errors) == len(State) - 1
