"""Answers of views: at one block they never change, so they are asked for once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from salus.platform.ledger.port import Block, Ledger

T = TypeVar("T")
BLOCKS, ANSWERS = 2, 10_000  # held at most, and of each block


class Remembered:
    """Answers of the last blocks. What the ledger holds is public, so that all may share them."""

    def __init__(self, *, blocks: int = BLOCKS, answers: int = ANSWERS) -> None:
        self._most, self._each = blocks, answers
        self._held: OrderedDict[bytes, dict[Hashable, Any]] = OrderedDict()
        self._lock = Lock()

    def take(self, at: Block, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer to a question, by its key, at a block. What `ask` raises is not held."""
        with self._lock:
            known = self._of(at)
            if key in known:
                return cast(T, known[key])
        answer = ask()
        with self._lock:
            known = self._of(at)
            if len(known) < self._each:
                known[key] = answer
        return answer

    def _of(self, at: Block) -> dict[Hashable, Any]:
        """By the hash: two chains may have blocks with the same number."""
        if at.hash not in self._held:
            self._held[at.hash] = {}
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return self._held[at.hash]


_HELD: "WeakKeyDictionary[Ledger, Remembered]" = WeakKeyDictionary()
_LOCK = Lock()


def remembered(ledger: Ledger) -> Remembered:
    """What a ledger has answered; each has its own, since another may be asked elsewhere."""
    with _LOCK:
        return _HELD.setdefault(ledger, Remembered())
