"""Chance that repeats itself: the same name always gives the same patient."""

from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar

from orjson import Fragment

T = TypeVar("T")
_SCALE: Final = (1, 10, 100, 1000, 10_000)


class Chance:
    """Repeatable choices. Not for keys: whoever knows the name knows every choice."""

    __slots__ = ("_bits", "_random")

    def __init__(self, name: str) -> None:
        source = Random(name)  # noqa: S311 - made-up patients must repeat, secrets must not
        self._random = source.random
        self._bits = source.getrandbits

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._random() * len(choices))]

    def often(self, percent: int) -> bool:
        return self._random() * 100 < percent

    def uuid(self) -> str:
        """The text of a version 4 UUID (RFC 4122)."""
        text = f"{self._bits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def decimal(self, low: int, high: int, places: int) -> Fragment:
        """A decimal between two bounds given in units of the last place."""
        return decimal(self.between(low, high), places)


def decimal(amount: int, places: int) -> Fragment:
    """`amount` units of the last place as a JSON number that keeps its zeros: 120, 2 is `1.20`."""
    return Fragment(f"{amount / _SCALE[places]:.{places}f}")
