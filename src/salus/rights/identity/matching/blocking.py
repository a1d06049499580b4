"""Which pairs are compared at all: those that share a block. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from salus.rights.identity.matching.person import Person

CROWDED: Final = 200
"""People in one block, above which a second key narrows it."""


@dataclass(frozen=True, slots=True)
class Block:
    """`key` names a block; in a crowded one only those with the same `second` are compared."""

    key: str
    second: str


def blocks(person: Person) -> tuple[Block, ...]:
    """Birth date; phone; identifier; name and birth year; given name and postal code."""
    return tuple(dict.fromkeys(_blocks(person)))


def _blocks(person: Person) -> Iterator[Block]:
    year, first = person.birth[:4], person.names[0] if person.names else None
    family = first.family_sound if first else ""
    given = first.given_sound if first else ""
    if person.birth:
        yield Block(f"birth|{person.birth}", family)
    for phone in person.phones:
        yield Block(f"phone|{phone[-7:]}", year)
    for each in person.identifiers:
        yield Block(f"identifier|{each.system}|{each.value}", given)
    for name in person.names:
        both = "|".join(sorted((name.family_sound, name.given_sound)))
        if year and name.given_sound:
            yield Block(f"name|{both}|{year}", person.birth[5:7])
        for address in person.addresses:
            if name.given_sound and address.postal:
                yield Block(f"place|{name.given_sound}|{address.postal}", year)


@dataclass(slots=True)
class Register:
    """People by their blocks, in memory."""

    by_key: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, number: int, person: Person) -> None:
        self.put(number, blocks(person))

    def put(self, number: int, those: Iterable[Block]) -> None:
        """The same for somebody of whom only the blocks are known."""
        for block in those:
            self.by_key[block.key].append((block.second, number))

    def near(self, person: Person) -> set[int]:
        """The numbers of those who share a block."""
        return self.within(blocks(person))

    def within(self, those: Iterable[Block]) -> set[int]:
        """The numbers of those who are in one of the blocks."""
        found: set[int] = set()
        for block in those:
            found.update(_within(self.by_key.get(block.key, ()), block.second))
        return found


def _within(members: Iterable[tuple[str, int]], second: str) -> Iterator[int]:
    known = list(members)
    is_crowded = len(known) > CROWDED
    return (number for other, number in known if not is_crowded or other == second)


def pairs(people: Iterable[Person]) -> Iterator[tuple[int, int]]:
    """Every pair that shares a block once, by their numbers, the later one first."""
    register = Register()
    for number, person in enumerate(people):
        yield from ((number, other) for other in sorted(register.near(person)))
        register.add(number, person)
