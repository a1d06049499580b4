"""Powers of delegates, circles of guardians, and recoveries. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag

from salus.kernel.clock import seconds
from salus.kernel.ids import NOBODY, Address, Digest
from salus.rights.consent.errors import BadWindow, UnknownPower
from salus.rights.consent.model import DAY, LONGEST

WAIT = timedelta(hours=72)
"""How long a recovery and a change of guardians wait, as in Authority.sol."""
NO_KEY = Digest(bytes(32))


class Powers(IntFlag):
    """What a delegate may do; bits as in IAuthority.sol."""

    READ = 1
    GRANT = 2
    REVOKE = 4
    APPROVE = 8
    NOTIFY = 16


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the ledger holds of a delegation: powers, window in seconds, and a condition."""

    powers: Powers
    not_before: int
    not_after: int
    condition: Address = NOBODY
    condition_key: Digest = NO_KEY

    def as_abi(self) -> tuple[int, int, int, bytes, bytes]:
        window = (self.not_before, self.not_after)
        return (int(self.powers), *window, self.condition, self.condition_key)

    def is_within(self, now: datetime) -> bool:
        return self.not_before <= seconds(now) < self.not_after


@dataclass(frozen=True, slots=True)
class Circle:
    """Guardians, how many of them a recovery needs, and since when in seconds."""

    guardians: tuple[Address, ...] = ()
    threshold: int = 0
    begins: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What guardians wish: the new controller for each of them.

    `controller` and `ready_at` (seconds) are of the recovery that runs, None and 0 when none does.
    """

    wishes: tuple[tuple[Address, Address], ...] = ()
    controller: Address | None = None
    ready_at: int = 0


def powers_of(text: str) -> Powers:
    """`read,grant` as bits. Raises UnknownPower."""
    powers = Powers(0)
    for name in text.split(","):
        try:
            powers |= Powers[name.strip().upper()]
        except KeyError:
            raise UnknownPower(powers=name.strip()[:32]) from None
    return powers


def names_of(powers: Powers) -> list[str]:
    return [power.name.lower() for power in Powers if power in powers and power.name]


def delegation(
    powers: Powers,
    *,
    now: datetime,
    until: datetime,
    condition: Address = NOBODY,
    condition_key: Digest = NO_KEY,
) -> Delegation:
    """From now on until a moment, in whole days, so that the ledger tells no exact times.

    Raises BadWindow.
    """
    if not now < until <= now + LONGEST:
        raise BadWindow
    first, last = seconds(now), seconds(until)
    return Delegation(powers, first - first % DAY, last + -last % DAY, condition, condition_key)
