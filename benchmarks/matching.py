"""Finding who is who among registrations: blocks, and the comparison of one pair.

The reference of the first row is the loop over all pairs with the same scorer, so the ratio says
what the blocks save. That of the second is the Jaro-Winkler similarity of both names alone.
"""

from collections.abc import Sequence
from itertools import combinations

from rapidfuzz.distance import JaroWinkler

from benchmarks.report import Row, paired, row, scaled
from salus.rights.identity.matching.blocking import pairs
from salus.rights.identity.matching.model import REVIEW, score
from salus.rights.identity.matching.person import Person, person_of
from tests.support.people import register

_HOUSEHOLDS = 500
_LARGER = 20_000


def run() -> list[Row]:
    people = _people(scaled(_HOUSEHOLDS))
    return [_all_pairs(people), _one_pair(people), _register(_people(scaled(_LARGER)))]


def _people(households: int) -> list[Person]:
    return [person_of(each.patient()) for each in register(20_260_105, households)]


def _all_pairs(people: Sequence[Person]) -> Row:
    """How many of all pairs are decided in a second; those in no block together are decided too."""

    def ours() -> int:
        return sum(
            score(people[one], people[other]).probability >= REVIEW for one, other in pairs(people)
        )

    def naive() -> int:
        return sum(
            score(one, other).probability >= REVIEW for one, other in combinations(people, 2)
        )

    count = len(people) * (len(people) - 1) // 2
    assert ours() >= naive() * 0.99, "the blocks lose next to nothing"
    mine, plain = paired(ours, naive, runs=3)
    return row(
        f"all pairs of {len(people):,} registrations decided",
        count / mine,
        "pairs/s",
        reference=count / plain,
        ratio_at_least=50,
    )


def _one_pair(people: Sequence[Person]) -> Row:
    chosen = list(pairs(people))[:10_000]

    def ours() -> None:
        for one, other in chosen:
            score(people[one], people[other])

    def names() -> None:
        for one, other in chosen:
            left, right = people[one].names[0], people[other].names[0]
            JaroWinkler.similarity(left.family_sound, right.family_sound)
            JaroWinkler.similarity(left.given_sound, right.given_sound)

    mine, plain = paired(ours, names)
    return row(
        "seven fields of a pair compared and weighed",
        len(chosen) / mine,
        "pairs/s",
        reference=len(chosen) / plain,
        at_least=30_000,
    )


def _register(people: Sequence[Person]) -> Row:
    """A whole register against itself, where the loop over all pairs would take hours."""

    def ours() -> None:
        for one, other in pairs(people):
            score(people[one], people[other])

    mine, _ = paired(ours, lambda: None, runs=1)
    return row(f"a register of {len(people):,} matched", len(people) / mine, "people/s")
