"""Time comes from here, so that a test or a demonstration can move it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until somebody moves it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, the unit of every time on the ledger."""
    return int(moment.timestamp())


def moment(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def stamp(at: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, the only form of time in the JSON we define."""
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def monotonic() -> float:
    """For measuring how long something took; never for deciding."""
    return time.monotonic()
