"""Words of tables that stand in no call."""

from collections.abc import Iterator

from salus.services.lending.model import State
from salus.services.lending.notices import Told
from salus.services.lending.offers import Fate
from salus.services.lending.projections import AuctionState, Step
from salus.services.lending.telling import BETTER, BOUNDS, STATES


def wording() -> Iterator[str]:
    """The states of loans, auctions and offers, what is told to whom, and who borrows."""
    words = {each.name.lower() for kind in (State, AuctionState) for each in kind}
    words |= {each.value for kind in (Fate, Told, Step) for each in kind}
    words |= {*BETTER.values(), *BOUNDS.values(), *STATES.values()}
    yield from sorted(words - {"none"} | {"patient", "unsold"})
