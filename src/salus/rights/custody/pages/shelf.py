"""What a visitor has opened, held in memory while he reads on.

To open a section asks custodians and the gateway, and all of them write it down. Pages would do
that at every click; so what was opened and checked once lies here, under the session that opened
it and the version that it belongs to, for some minutes. It is never written to a disk.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Generic, TypeVar

from salus.kernel.clock import monotonic
from salus.platform.observe import log
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


class Lately(Generic[T]):
    """What was asked of everybody a moment ago, for pages that only glance at it.

    It is asked again after some seconds. For `grace` seconds more nobody waits for the answer: who
    glances sees the last one, and the next the new one.
    """

    def __init__(self, seconds: float, *, grace: float = 0.0, most: int = 1_000) -> None:
        self._seconds, self._grace, self._most = seconds, grace, most
        self._held: OrderedDict[Hashable, tuple[T, float]] = OrderedDict()
        self._asking: set[Hashable] = set()
        self._lock = Lock()

    def take(self, key: Hashable, ask: Callable[[], T]) -> T:
        with self._lock:  # also while it is decided who asks: the answer may be coming just now
            found = self._held.get(key)
            age = monotonic() - found[1] if found is not None else 0.0
            is_stale = found is not None and age >= self._seconds
            begins = is_stale and key not in self._asking and age < self._seconds + self._grace
            if begins:
                self._asking.add(key)
        if found is None or age >= self._seconds + self._grace:
            return self._ask(key, ask)
        if begins:
            context = copy_context()  # the language of the visitor
            Thread(target=context.run, args=(self._ask_behind, key, ask), daemon=True).start()
        return found[0]

    def _ask_behind(self, key: Hashable, ask: Callable[[], T]) -> None:
        """What fails is tried again by the next who glances, or by who waits for it."""
        try:
            self._ask(key, ask)
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer is told
            log("glance-failed", level="warning", error=type(error).__name__)
        finally:
            with self._lock:
                self._asking.discard(key)

    def _ask(self, key: Hashable, ask: Callable[[], T]) -> T:
        answer = ask()
        with self._lock:
            self._held[key] = (answer, monotonic())
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return answer
