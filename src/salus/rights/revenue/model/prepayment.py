"""Prepayments: what a licensee paid ahead, and the sections it is for."""

from dataclasses import dataclass

from salus.kernel.ids import Address
from salus.rights.revenue.model.amounts import DAY, PERPETUAL_DAY


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a license: its id, its rate, and the generation it was opened in."""

    section: int
    rate_per_day: int
    generation: int


@dataclass(frozen=True, slots=True)
class Prepayment:
    """What a licensee paid ahead: `rate_per_day` from `start` (seconds) to `end_day`, exclusive.

    `is_recurring` is false for a perpetual license, which an appraisal leaves out.
    `is_shared` is false for an exclusive one.
    """

    licensee: Address
    start: int
    end_day: int
    rate_per_day: int
    is_recurring: bool
    is_shared: bool = True

    @property
    def end(self) -> int:
        return self.end_day * DAY

    @property
    def through_day(self) -> int:
        """The day through which it is promised to share a section; 0 when it is not shared."""
        if not self.is_shared:
            return 0
        return self.end_day if self.is_recurring else PERPETUAL_DAY
