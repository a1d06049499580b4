"""The time of the demonstration: that of the machine, moved ahead where months have to pass."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from salus.kernel.clock import Clock, SystemClock


@dataclass(slots=True)
class MovedClock:
    """Runs as the clock of the machine does, and is `ahead` of it."""

    ahead: timedelta = timedelta()
    _machine: Clock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self._machine.now() + self.ahead

    def move(self, by: timedelta) -> None:
        self.ahead += by
