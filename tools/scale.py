"""Where ledger, custody or a node saturates first: the law of growth, lived hour by hour.

`python -m tools.scale` prints what 1, 100 and 10,000 hospitals ask for, and what they come to with
the costs that were measured; docs/explanation/scale.md explains it.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

SECONDS = 3_600
DAYS = 365
RESOURCES = ("ledger", "keepers", "node", "ledger disk", "keeper disk")
PEAK = (1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 11, 10, 8, 10, 11, 10, 8, 6, 4, 3, 2, 2, 1, 1)
"""How a working day is spread over its hours, in parts of their sum."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one of each costs, as measured on two cores; README.md says by which benchmark."""

    ledger: float = 430.0  # transactions a second that four validators drain
    releases: float = 1_598.0  # units a second that one core of a keeper releases
    imported: float = 7_042.0  # resources a second that a node of two cores takes in
    bytes_of_transaction: float = 7_300.0  # on the disk of a validator
    bytes_of_release: float = 5_100.0  # in the store of a keeper: receipt, log and audit
    disk: float = 4e12  # bytes that a validator or a keeper may fill in a year


@dataclass(frozen=True, slots=True)
class Use:
    """What a hospital does in a day; `minutes` lie between two batches of its commitments."""

    visits: int = 1_200  # each moves a record to its next version
    resources: int = 30  # that are new in a visit
    grants: int = 60  # and as many ends of grants
    reads: int = 400  # of others, each of so many units
    units: int = 4
    trades: int = 5  # licenses, payments and loans
    minutes: int = 10
    steps: int = 100  # versions that one transaction moves


@dataclass(frozen=True, slots=True)
class Asked:
    """In an hour, by all hospitals together; `each` is what the node of one of them takes in."""

    transactions: float
    releases: float
    each: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`busy`: by resource, the busiest hour (or the year of a disk) in parts of what there is.

    `longest_wait`: hours for which the ledger is behind.
    """

    hospitals: int
    transactions_a_day: float
    busy: dict[str, float]
    longest_wait: float

    def first(self) -> str:
        """What saturates first."""
        return max(self.busy, key=lambda name: self.busy[name])


def hours(hospitals: int, use: Use, networks: int = 1) -> Iterator[Asked]:
    """What comes in each hour of a day to one of so many networks of validators.

    Versions go together in a transaction: at most `steps` of them, and at least one transaction
    for each pause in which there was any. So a hospital that grows pays less for each.
    """
    here = hospitals / networks
    for part in PEAK:
        share = part / sum(PEAK)
        pauses = 60 / use.minutes
        versions = use.visits * share
        batches = max(min(pauses, versions), ceil(versions / use.steps)) if versions else 0
        acts = (2 * use.grants + use.trades) * share
        yield Asked(
            here * (2 * batches + acts),  # a batch of commitments, and one of versions
            hospitals * use.reads * use.units * share,
            use.visits * use.resources * share,
        )


def lived(
    hospitals: int, use: Use, costs: Costs, *, cores: int = 2, networks: int = 1, sets: int = 1
) -> Outcome:
    """Live a day: what an hour cannot do waits for the next one.

    `cores` of each keeper, `sets` of keepers among whom records are divided.
    """
    capacity, keepers = costs.ledger * SECONDS, costs.releases * SECONDS * cores * sets
    waiting = longest = sent = released = 0.0
    busy = dict.fromkeys(RESOURCES, 0.0)
    for asked in hours(hospitals, use, networks):
        waiting = max(0.0, waiting + asked.transactions - capacity)
        longest = max(longest, waiting / capacity)
        sent += asked.transactions
        released += asked.releases / sets
        found = {
            "ledger": asked.transactions / capacity,
            "keepers": asked.releases / keepers,
            "node": asked.each / (costs.imported * SECONDS),
        }
        busy |= {name: max(busy[name], part) for name, part in found.items()}
    busy["ledger disk"] = DAYS * sent * costs.bytes_of_transaction / costs.disk
    busy["keeper disk"] = DAYS * released * costs.bytes_of_release / costs.disk
    return Outcome(hospitals, sent, busy, longest)


def most(use: Use, costs: Costs, **more: int) -> int:
    """How many hospitals there may be before an hour is too short for anything."""
    low, high = 1, 1 << 30
    while low < high:
        middle = (low + high + 1) // 2
        found = lived(middle, use, costs, **more)
        if max(found.busy.values()) <= 1:
            low = middle
        else:
            high = middle - 1
    return low


def table(use: Use, costs: Costs) -> Iterator[str]:
    """What `main` prints, line by line."""
    yield "hospitals    tx a day" + "".join(f"{name:>13}" for name in RESOURCES) + "  first"
    for count in (1, 100, 10_000):
        found = lived(count, use, costs)
        parts = "".join(f"{found.busy[name]:>13.2%}" for name in RESOURCES)
        yield f"{count:>9,} {found.transactions_a_day:>11,.0f}{parts}  {found.first()}"
    for networks, sets in ((1, 1), (1, 8), (4, 32), (10, 80)):
        count = most(use, costs, networks=networks, sets=sets)
        yield f"{networks} networks and {sets} sets of keepers carry {count:,} hospitals"


def main() -> int:
    for line in table(Use(), Costs()):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
