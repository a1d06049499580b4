"""Prepayments: what a licensee paid ahead, and the sections it is for."""

from dataclasses import dataclass

from salus.kernel.ids import Address
from salus.rights.revenue.model.amounts import DAY


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a license: its id, its rate, and the generation it was opened in."""

    section: int
    rate_per_day: int
    generation: int


@dataclass(frozen=True, slots=True)
class Prepayment:
    """What a licensee paid ahead: `rate_per_day` from `start` (seconds) to `end_day`, exclusive.

    `recurring` is false for a perpetual license, which an appraisal leaves out.
    """

    licensee: Address
    start: int
    end_day: int
    rate_per_day: int
    recurring: bool

    @property
    def end(self) -> int:
        return self.end_day * DAY
