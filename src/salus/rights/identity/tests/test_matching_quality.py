"""How good matching is on made-up people: half Chinese, half Western, with twins, errors, moves."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from salus.rights.identity.matching.blocking import CROWDED, Register, pairs
from salus.rights.identity.matching.model import REVIEW, Candidate, Grade, judge, score
from salus.rights.identity.matching.person import Person, person_of
from tests.support.people import Seen, register

SEED, HOUSEHOLDS = 20_260_105, 1_200


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision, recall and their harmonic mean over pairs of registrations."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}"


@cache
def seen() -> tuple[tuple[Seen, ...], tuple[Person, ...]]:
    found = tuple(register(SEED, HOUSEHOLDS))
    return found, tuple(person_of(each.patient()) for each in found)


def quality(found: Iterable[tuple[int, int]]) -> Quality:
    known, _ = seen()
    counted = Counter(each.who for each in known)
    wanted = sum(count * (count - 1) // 2 for count in counted.values())
    named = list(found)
    right = sum(known[one].who == known[other].who for one, other in named)
    return Quality(right / len(named), right / wanted)


def test_registrations_of_one_person_find_each_other() -> None:
    _, people = seen()
    found = [
        (one, other)
        for one, other in pairs(people)
        if score(people[one], people[other]).probability >= REVIEW
    ]
    measured = quality(found)

    assert measured.f1 >= 0.97, str(measured)
    assert measured.precision >= 0.97, str(measured)
    assert measured.recall >= 0.97, str(measured)


def test_what_is_linked_without_a_person_is_right() -> None:
    """One after another, as at imports: each is linked with the best certain one before it."""
    _, people = seen()
    known, found = Register(), []
    for number, person in enumerate(people):
        best = _best(person, known, people)
        if best is not None:
            found.append((number, int(best.key)))
        known.add(number, person)
    measured = quality(found)

    assert measured.precision >= 0.998, str(measured)
    assert measured.recall >= 0.85, str(measured)


def _best(person: Person, known: Register, people: tuple[Person, ...]) -> Candidate | None:
    near = ((str(each), str(each), people[each]) for each in known.near(person))
    judged = judge(person, near)
    return judged[0] if judged and judged[0].grade is Grade.CERTAIN else None


def test_blocks_lose_next_to_nothing() -> None:
    known, people = seen()
    near = set(pairs(people))
    by_person: dict[int, list[int]] = {}
    for number, each in enumerate(known):
        by_person.setdefault(each.who, []).append(number)
    lost = [
        numbers
        for numbers in by_person.values()
        if len(numbers) == 2 and _pair(numbers) not in near
    ]

    assert len(lost) <= len(known) // 1_000
    assert len(near) < len(known) * 20


def _pair(numbers: list[int]) -> tuple[int, int]:
    return max(numbers), min(numbers)


def test_both_halves_of_the_people_are_there_and_so_are_twins() -> None:
    known, _ = seen()
    counted = Counter(each.is_han for each in known)
    twins = {(each.family, each.born, each.line): each.who for each in known if each.is_multiple}

    assert min(counted.values()) > len(known) // 3
    assert len(twins) > 20


def test_the_same_seed_gives_the_same_people() -> None:
    assert register(7, 20) == register(7, 20)
    assert register(7, 20) != register(8, 20)


def test_a_crowded_block_is_narrowed_by_its_second_key() -> None:
    berg, silva = (_born_first("Berg"), _born_first("Silva"))
    known = Register()
    for number in range(CROWDED):
        known.add(number, silva if number < 5 else berg)
    at_the_bound = known.near(silva)
    known.add(CROWDED, berg)

    assert CROWDED == len(at_the_bound)
    assert set(range(5)) == known.near(silva)


def _born_first(family: str) -> Person:
    return person_of({"name": [{"family": family}], "birthDate": "1900-01-01"})
