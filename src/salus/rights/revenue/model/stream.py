"""The stream of one section: what it has earned, by the second, however many licensees it has.

A license adds its rate to the stream and leaves a *drop* at the midnight at which it ends, so that
counting costs one step for each used midnight and none for each licensee.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from salus.rights.revenue.errors import RateOverflow, SettleFirst
from salus.rights.revenue.model.amounts import DAY

MOST_DROPS = 64
"""Midnights that one walk passes; the next walk goes on from there."""
MOST_RATE = 2**48 - 1


@dataclass(frozen=True, slots=True)
class Gate:
    """What the patient says of a section, as LicensingPolicy tells it.

    `closings[g]` is the second at which generation `g` was closed. Generations before the present
    one are all closed; the present one is open when it has no closing.
    """

    generation: int = 0
    closings: tuple[int, ...] = ()

    def closed_at(self, generation: int) -> int:
        """The second (since 1970) at which licenses of a generation stopped; 0 when they run."""
        return self.closings[generation] if generation < len(self.closings) else 0

    @property
    def is_open(self) -> bool:
        return self.closed_at(self.generation) == 0


@dataclass(frozen=True, slots=True)
class Section:
    """`Stream` and `drop` of RevenueRouter, for one section id.

    `accrued` is units x DAY: `accrued // DAY` units are payable, the rest stays. `last` is the
    second up to which it is counted. `drops` has, by day, the rate that ends at that midnight, of
    the present generation only; each day lies after `last`, and together they are `rate_per_day`
    while the generation runs. `shared_through_day` is the latest end that was ever promised to
    somebody who shares the section; PERPETUAL_DAY for ever; 0 in a new generation.
    """

    accrued: int = 0
    rate_per_day: int = 0
    last: int = 0
    generation: int = 0
    shared_through_day: int = 0
    drops: Mapping[int, int] = field(default_factory=dict)

    @property
    def payable(self) -> int:
        """Units that are earned and not yet paid, rounded down."""
        return self.accrued // DAY

    def paid(self) -> "Section":
        """What is left once `payable` was taken: less than one unit."""
        return replace(self, accrued=self.accrued % DAY)

    def joined(self, section_id: int, rate: int, end: int, through_day: int) -> "Section":
        """With one more license, to `end` (a midnight after `last`). Raises RateOverflow."""
        if self.rate_per_day + rate > MOST_RATE:
            raise RateOverflow(section=section_id)
        return replace(
            self,
            rate_per_day=self.rate_per_day + rate,
            shared_through_day=max(self.shared_through_day, through_day),
            drops=_with(self.drops, end // DAY, rate),
        )

    def moved(self, rate: int, old: int, new: int, through_day: int) -> "Section":
        """With the end of one license moved, both midnights after `last`."""
        drops = _with(_with(self.drops, old // DAY, -rate), new // DAY, rate)
        through = max(self.shared_through_day, through_day)
        return replace(self, drops=drops, shared_through_day=through)

    def left(self, rate: int, end: int) -> "Section":
        """Without a license that would have run to `end` (a midnight after `last`)."""
        drops = _with(self.drops, end // DAY, -rate)
        return replace(self, rate_per_day=self.rate_per_day - rate, drops=drops)


def _with(drops: Mapping[int, int], day: int, change: int) -> dict[int, int]:
    changed = {**drops, day: drops.get(day, 0) + change}
    return {each: rate for each, rate in changed.items() if rate}


@dataclass(frozen=True, slots=True)
class Walk:
    """A section after a walk; `is_whole` is false when used midnights are left for the next one."""

    section: Section
    is_whole: bool


def accrue(section: Section, gate: Gate, now: int, most: int = MOST_DROPS) -> Walk:
    """Count what a section earned up to `now` (seconds), or to the second it was closed in.

    1. `stop` is the closing of the section's generation when there was one, else `now`.
    2. For each used day in ascending order with `day * DAY <= stop`, at most `most` of them:
       `accrued += rate * (day * DAY - last)`, `last = day * DAY`, `rate -= drop[day]`.
    3. If such a day is left over, the walk ends here and is not whole.
    4. Otherwise `accrued += rate * (stop - last)` and `last = stop`.
    5. If the generation was closed, rate and `shared_through_day` become 0 and its drops are
       never looked at again; once the gate has a new generation, the section takes it over, and
       `last = now`.
    """
    closed = gate.closed_at(section.generation)
    stop = min(closed, now) if closed else now
    due = sorted(day for day in section.drops if day * DAY <= stop)
    for day in due[:most]:
        section = _passed(section, day)
    if len(due) > most:
        return Walk(section, is_whole=False)
    section = _at(section, max(stop, section.last))
    return Walk(_closed(section, gate, now) if closed else section, is_whole=True)


def accrued(section_id: int, section: Section, gate: Gate, now: int) -> Section:
    """`accrue` for a verb that needs the whole walk. Raises SettleFirst."""
    walk = accrue(section, gate, now)
    if not walk.is_whole:
        raise SettleFirst(section=section_id)
    return walk.section


def _at(section: Section, moment: int) -> Section:
    earned = section.rate_per_day * (moment - section.last)
    return replace(section, accrued=section.accrued + earned, last=moment)


def _passed(section: Section, day: int) -> Section:
    section = _at(section, day * DAY)
    drops = {each: rate for each, rate in section.drops.items() if each != day}
    rate = section.rate_per_day - section.drops[day]
    return replace(section, rate_per_day=rate, drops=drops)


def _closed(section: Section, gate: Gate, now: int) -> Section:
    section = replace(section, rate_per_day=0, shared_through_day=0, drops={})
    if gate.generation == section.generation:
        return section
    return replace(section, generation=gate.generation, last=now)
