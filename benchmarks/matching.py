"""Finding who is who among registrations: blocks, and the comparison of one pair.

The reference of the first row is the loop over all pairs with the same scorer, so the ratio says
what the blocks save. That of the second is the Jaro-Winkler similarity of both names alone. Across
two organizations the reference is the open comparison of the same people.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from rapidfuzz.distance import JaroWinkler

from benchmarks.report import Row, paired, row, scaled
from salus.rights.identity.matching.across.encoding import Encoded, Encoder
from salus.rights.identity.matching.across.model import pairs_of
from salus.rights.identity.matching.blocking import pairs
from salus.rights.identity.matching.model import REVIEW, score
from salus.rights.identity.matching.person import Person, person_of
from tests.support.people import register

_HOUSEHOLDS = 500
_LARGER = 20_000


def run() -> list[Row]:
    people = _people(scaled(_HOUSEHOLDS))
    return [
        _all_pairs(people),
        _one_pair(people),
        _register(_people(scaled(_LARGER))),
        *_across(scaled(_HOUSEHOLDS)),
    ]


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


def _across(households: int) -> list[Row]:
    """Two hospitals by keyed codes: how well they find each other, and how fast."""
    seen, encoder = register(20_260_105, households), Encoder(bytes(32))
    people = [person_of(each.patient()) for each in seen]
    found = pairs_of(*_sides(encoder, people))
    named = [(int.from_bytes(each.left), int.from_bytes(each.right)) for each in found]
    openly = [
        (one, other)
        for one, other in pairs(people)
        if (one + other) % 2 and score(people[one], people[other]).probability >= REVIEW
    ]
    who = [each.who for each in seen]
    mine, _ = paired(lambda: list(pairs_of(*_sides(encoder, people))), lambda: None, runs=3)
    return [
        row(
            f"{len(people):,} people of two hospitals matched by codes",
            100 * _f1(who, named),
            "% F1",
            reference=100 * _f1(who, openly),
            ratio_at_least=0.99,
        ),
        row("people encoded and compared by codes", len(people) / mine, "people/s"),
    ]


def _sides(encoder: Encoder, people: Sequence[Person]) -> tuple[list[Encoded], list[Encoded]]:
    codes = [encoder.encode(each, at.to_bytes(16)) for at, each in enumerate(people)]
    return codes[::2], codes[1::2]


def _f1(who: Sequence[int], named: Sequence[tuple[int, int]]) -> float:
    """Over pairs of which each is in another hospital."""
    here, there = Counter(who[::2]), Counter(who[1::2])
    wanted = sum(count * there[each] for each, count in here.items())
    right = sum(who[one] == who[other] for one, other in named)
    return 2 * right / (len(named) + wanted)
