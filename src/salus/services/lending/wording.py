"""Words of tables that stand in no call."""

from collections.abc import Iterator

from salus.services.lending.model import State
from salus.services.lending.projections import AuctionState

OFFERS = ("open", "taken", "expired")


def wording() -> Iterator[str]:
    """The states of loans, auctions and offers, and who borrows."""
    yield "patient"
    yield "unsold"
    yield from OFFERS
    words = {each.name.lower() for kind in (State, AuctionState) for each in kind}
    yield from sorted(words - {"none", *OFFERS})
