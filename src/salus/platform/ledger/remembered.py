"""Answers of views: at one block they never change, so they are asked for once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from salus.platform.ledger.errors import StateGone
from salus.platform.ledger.port import Block, Ledger

T = TypeVar("T")
BLOCKS, ANSWERS = 2, 10_000  # held at most, and of each block
_TRIES = 4


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


_PAGE: ContextVar[dict[Ledger, Block] | None] = ContextVar("salus_page_block", default=None)


@contextmanager
def at_one_block() -> Iterator[None]:
    """What is read inside is read at one final block, which is asked for once."""
    token = _PAGE.set({})
    try:
        yield
    finally:
        _PAGE.reset(token)


@contextmanager
def at_any_block() -> Iterator[None]:
    """Inside, the ledger is asked anew each time: for whoever decides something."""
    token = _PAGE.set(None)
    try:
        yield
    finally:
        _PAGE.reset(token)


def at_final(ledger: Ledger, ask: Callable[[Block], T]) -> T:
    """An answer at the last final block; at a newer one where a ledger keeps no older state."""
    for _ in range(_TRIES):
        try:
            return ask(_final(ledger))
        except StateGone:
            if (held := _PAGE.get()) is not None:
                held.pop(ledger, None)
    return ask(ledger.final())


def _final(ledger: Ledger) -> Block:
    held = _PAGE.get()
    if held is None:
        return ledger.final()
    if ledger not in held:
        held[ledger] = ledger.final()
    return held[ledger]
