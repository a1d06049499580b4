"""A keeper in service forgets answers whose deadline is past, once in a while."""

from contextlib import suppress
from dataclasses import dataclass

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.rights.custody.keeper import Keeper, sweep

PAUSE = 60  # seconds


@dataclass(slots=True)
class Tidying:
    """Asked after each answer, so that a keeper needs no clockwork of its own."""

    keeper: Keeper
    last: int = 0

    def now_and_then(self) -> None:
        """At most once a minute; what goes wrong is done the next time."""
        now = seconds(self.keeper.clock.now())
        if now - self.last >= PAUSE:
            self.last = now
            with suppress(SalusError):
                sweep(self.keeper)
