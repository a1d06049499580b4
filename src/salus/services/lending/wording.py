"""Words of tables that stand in no call."""

from collections.abc import Iterator

from salus.platform.i18n import translate
from salus.services.lending.model import Mode, State
from salus.services.lending.notices import Told
from salus.services.lending.offers import Fate
from salus.services.lending.projections import AuctionState, Step
from salus.services.lending.telling import BETTER, BOUNDS, STATES

MODES = {
    Mode.AMORTIZE: "Your income pays the interest first, then the loan.",
    Mode.SWEEP: "Your income pays the interest, then {split} of the rest pays the loan.",
    Mode.FRUITS: "Your income is the lender's meanwhile; there is no interest, and the loan itself"
    " is paid at the end.",
}
"""What income does, as a patient is told."""
DESK_MODES = {
    Mode.AMORTIZE: "It pays the interest, then the loan",
    Mode.SWEEP: "It pays the interest, then a part of the rest pays the loan",
    Mode.FRUITS: "It is the lender's; there is no interest",
}
STEPS = {
    Step.LENT: "The loan began",
    Step.NOTE: "The right to be paid was handed on",
    Step.REFINANCED: "Another lender took its place",
    Step.BREACH: "It was found unhealthy once",
    Step.CURE_PRICE: "It must be made healthy: the debt is high for the value",
    Step.CURE_INCOME: "It must be made healthy: the income is low",
    Step.CURED: "It is healthy again",
    Step.AUCTION: "An auction began",
    Step.REPAID: "It was paid back",
    Step.SETTLED: "The record was sold",
    Step.FORECLOSED: "The lender took the record",
}


def step_word(step: Step) -> str:
    """What happened to a loan, for people."""
    return translate(STEPS[step])


def wording() -> Iterator[str]:
    """The states of loans, auctions and offers, what is told to whom, and who borrows."""
    words = {each.name.lower() for kind in (State, AuctionState) for each in kind}
    words |= {each.value for kind in (Fate, Told, Step) for each in kind}
    words |= {*BETTER.values(), *BOUNDS.values(), *STATES.values()}
    yield from sorted(words - {"none"} | {"patient", "unsold"})
    for spoken in (MODES, DESK_MODES, STEPS):
        yield from spoken.values()
