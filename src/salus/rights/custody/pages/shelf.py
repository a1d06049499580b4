"""What a visitor has opened, held in memory while he reads on.

To open a section asks custodians and the gateway, and all of them write it down. Pages would do
that at every click; so what was opened and checked once lies here, under the session that opened
it and the version that it belongs to, for some minutes. It is never written to a disk.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from salus.kernel.clock import monotonic
from salus.platform.observe import log
from salus.platform.turns import PAGES
from salus.rights.records.readable import Entry

T = TypeVar("T")
KEPT = 10 * 60.0  # seconds since it was opened
MOST = 128 * 2**20  # bytes of all visitors together
Key = tuple[str, int, int, str]
"""Session, record, version and section."""
Resources = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A section that was opened: its resources as they were written, and as lines to read."""

    resources: Resources = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def size(self) -> int:
        return sum(map(len, self.resources.values()))


class Shelf:
    """Bounded in time and size; the oldest goes first."""

    def __init__(self, *, kept: float = KEPT, most: int = MOST) -> None:
        self._kept, self._most, self._size = kept, most, 0
        self._held: OrderedDict[Key, tuple[Shelved, float]] = OrderedDict()
        self._lock = Lock()

    def take(
        self, keys: Sequence[Key], open_: Callable[[Sequence[Key]], Mapping[Key, Shelved]]
    ) -> list[Shelved]:
        """What lies under keys, in their order. What is not there is opened now, together."""
        with self._lock:
            self._drop_old()
            found = {key: self._held[key][0] for key in keys if key in self._held}
        if missing := [key for key in keys if key not in found]:
            opened = open_(missing)
            with self._lock:
                self._keep(opened)
            found |= opened
        return [found[key] for key in keys]

    def _keep(self, opened: Mapping[Key, Shelved]) -> None:
        now = monotonic()
        for key, shelved in opened.items():
            self._remove(key)
            self._held[key] = (shelved, now)
            self._size += shelved.size
        while self._size > self._most and len(self._held) > 1:
            self._remove(next(iter(self._held)))

    def forget(self, session: str) -> None:
        """A visitor has left."""
        with self._lock:
            for key in [key for key in self._held if key[0] == session]:
                self._remove(key)

    def visitors(self) -> set[str]:
        """The sessions of which something lies here."""
        with self._lock:
            return {key[0] for key in self._held}

    def _drop_old(self) -> None:
        oldest = monotonic() - self._kept
        for key in [key for key, (_, at) in self._held.items() if at < oldest]:
            self._remove(key)

    def _remove(self, key: Key) -> None:
        if (held := self._held.pop(key, None)) is not None:
            self._size -= held[0].size


SHELF = Shelf()


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    """What was answered, and when, as `monotonic` counts."""

    value: T
    at: float


class Lately(Generic[T]):
    """What was asked of everybody a moment ago, for pages that only glance at it.

    It is asked again after some seconds. For `grace` seconds more nobody waits for the answer: who
    glances sees the last one, and the next the new one. Of those who are asked for behind the
    scenes one is asked for after another, so that pages stay quick. A key begins with whose it is.
    """

    def __init__(self, seconds: float, *, grace: float = 0.0, most: int = 1_000) -> None:
        self._seconds, self._grace, self._most = seconds, grace, most
        self._held: OrderedDict[tuple[Hashable, ...], _Answer[T]] = OrderedDict()
        self._asking: dict[tuple[Hashable, ...], Event] = {}
        self._lock, self._turn = Lock(), Lock()

    def take(self, key: tuple[Hashable, ...], ask: Callable[[], T]) -> T:
        """The answer; who finds none that may still be shown waits for it."""
        with self._lock:  # also while it is decided who asks: the answer may be coming just now
            found = self._known(key)
            begins = found is not None and self._begins(key, found)
        if found is None:
            return self._ask(key, ask)
        if begins:
            self._start(key, ask)
        return found.value

    def glance(
        self, key: tuple[Hashable, ...], ask: Callable[[], T], *, patience: float
    ) -> T | None:
        """The answer, or None where it fails or does not come within `patience` seconds."""
        with self._lock:
            found = self._known(key)
            begins = self._begins(key, found)
            asking = self._asking.get(key)
        if begins:
            self._start(key, ask)
        if found is None and asking is not None:
            with PAGES.given():
                asking.wait(patience)
            with self._lock:
                found = self._known(key)
        return None if found is None else found.value

    def visitors(self) -> set[Hashable]:
        """Of whom something is known here."""
        with self._lock:
            return {key[0] for key in self._held}

    def forget(self, whose: Hashable) -> None:
        """A visitor has left."""
        with self._lock:
            for key in [key for key in self._held if key[0] == whose]:
                del self._held[key]

    def _known(self, key: tuple[Hashable, ...]) -> _Answer[T] | None:
        found = self._held.get(key)
        if found is None or monotonic() - found.at >= self._seconds + self._grace:
            return None
        return found

    def _begins(self, key: tuple[Hashable, ...], found: _Answer[T] | None) -> bool:
        """Whether it is time to ask, and nobody does so yet."""
        is_young = found is not None and monotonic() - found.at < self._seconds
        if is_young or key in self._asking:
            return False
        self._asking[key] = Event()
        return True

    def _start(self, key: tuple[Hashable, ...], ask: Callable[[], T]) -> None:
        context = copy_context()  # the language of the visitor
        Thread(target=context.run, args=(self._ask_behind, key, ask), daemon=True).start()

    def _ask_behind(self, key: tuple[Hashable, ...], ask: Callable[[], T]) -> None:
        """What fails is tried again by the next who glances, or by who waits for it."""
        try:
            with self._turn:
                self._ask(key, ask)
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer is told
            log("glance-failed", level="warning", error=type(error).__name__)
        finally:
            with self._lock:
                self._asking.pop(key).set()

    def _ask(self, key: tuple[Hashable, ...], ask: Callable[[], T]) -> T:
        answer = ask()
        with self._lock:
            self._held[key] = _Answer(answer, monotonic())
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return answer
