"""Answers of views: at one block they never change, so they are asked for once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from salus.kernel.clock import monotonic
from salus.platform.ledger.errors import StateGone
from salus.platform.ledger.port import Block, Ledger

T = TypeVar("T")
BLOCKS, ANSWERS = 2, 10_000  # held at most, and of each block
FRESH = 0.5  # seconds
_TRIES = 4


class Remembered:
    """Answers of the last blocks. What the ledger holds is public, so that all may share them."""

    def __init__(self, *, blocks: int = BLOCKS, answers: int = ANSWERS) -> None:
        self._most, self._each = blocks, answers
        self._held: OrderedDict[bytes, dict[Hashable, Any]] = OrderedDict()
        self._newest: tuple[Block, float] | None = None
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

    def newest(self, ask: Callable[[], Block], *, seen: Callable[[], int]) -> Block:
        """The final block as it was a moment ago, unless the index has seen a newer one since."""
        newest = self._newest
        if newest and monotonic() - newest[1] < FRESH and newest[0].number >= seen():
            return newest[0]
        block, asked = ask(), monotonic()
        self._newest = block, asked
        return block

    def outdate(self) -> None:
        """The next time the newest block is asked for."""
        self._newest = None

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


@dataclass(frozen=True, slots=True)
class _Page:
    """`seen`: the number of the last block that the index has."""

    seen: Callable[[], int]
    blocks: dict[Ledger, Block] = field(default_factory=dict)


_PAGE: ContextVar[_Page | None] = ContextVar("salus_page_block", default=None)


@contextmanager
def at_one_block(seen: Callable[[], int]) -> Iterator[None]:
    """What is read inside is read at one final block, which is not older than what `seen` says."""
    token = _PAGE.set(_Page(seen))
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
            remembered(ledger).outdate()
            if (page := _PAGE.get()) is not None:
                page.blocks.pop(ledger, None)
    return ask(ledger.final())


def _final(ledger: Ledger) -> Block:
    page = _PAGE.get()
    if page is None:
        return ledger.final()
    if ledger not in page.blocks:
        page.blocks[ledger] = remembered(ledger).newest(ledger.final, seen=page.seen)
    return page.blocks[ledger]
