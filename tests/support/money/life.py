"""What the random lives of money have in common: two engines, and how they are held together."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from salus.kernel.errors import SalusError
from salus.services.lending.model import State as LoanState
from tests.support.money.chain import Done

State = TypeVar("State")
DAY = 86_400
WEEK = 7 * DAY


class Life(ABC):
    """Random verbs of one seed. `told` is what was done last, for whoever looks at a difference."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance, self.told = seed, random.Random(seed), ""

    def run(self, steps: int) -> int:
        """The steps after which both engines agreed. Raises at the first where they do not."""
        for number in range(steps):
            try:
                self.step()
                self.check(is_whole=number % 16 == 15 or number == steps - 1)
            except AssertionError as difference:
                note = f"seed {self.seed}, step {number}: {self.told}"
                difference.add_note(note)
                raise
        return steps

    @property
    @abstractmethod
    def calls(self) -> int:
        """Transactions until now, those of the scene included."""

    @abstractmethod
    def step(self) -> None:
        """One verb that chance chooses, in both engines."""

    @abstractmethod
    def check(self, *, is_whole: bool) -> None:
        """Whether both engines say the same, in what has changed or in all."""

    def agree(self, told: str, done: Done, deed: Callable[[], State]) -> State | None:
        """What the model does, or None where both refuse, for the same reason and values."""
        self.told = told
        after, refusal = _tried(deed)
        assert _said(done.error) == _said(refusal), f"{done.error!r} is not {refusal!r}"
        return after

    def odds(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def time(self) -> int:
        """Seconds to wait: none, some, to the second of a midnight, or long."""
        return self.chance.choice(
            [0, 1, self.chance.randrange(DAY), DAY, self.chance.randrange(20 * DAY)]
        )

    def rate(self, most: int) -> int:
        """Units a day; small and large ones alike, and nothing at all."""
        return self.chance.getrandbits(self.chance.randrange(most + 1))


def _tried(deed: Callable[[], State]) -> tuple[State | None, SalusError | None]:
    try:
        return deed(), None
    except SalusError as refusal:
        return None, refusal


def _said(error: SalusError | None) -> tuple[object, ...]:
    """An error by its class and values, whose names differ in case between the languages.

    A state is a number on the ledger, and the name of a field fills 32 bytes there.
    """
    if error is None:
        return ()
    values = [
        LoanState(value).name.lower() if name == "state" and isinstance(value, int) else value
        for name, value in error.details.items()
    ]
    if "field" in error.details and isinstance(field := error.details["field"], bytes):
        values = [field.rstrip(b"\0").decode()]
    return (type(error), *values)
