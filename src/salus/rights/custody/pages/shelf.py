"""What a visitor has opened, held in memory while he reads on.

To open a section asks custodians and the gateway, and all of them write it down. Pages would do
that at every click; so what was opened and checked once lies here, under the session that opened
it and the version that it belongs to, for some minutes. It is never written to a disk.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from salus.kernel.clock import monotonic

KEPT = 10 * 60.0  # seconds since it was opened
MOST = 128 * 2**20  # bytes of all visitors together
Key = tuple[str, int, int, str]
"""Session, record, version, and the section or what else was opened."""
Resources = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    resources: Resources = field(repr=False)
    size: int
    at: float


class Shelf:
    """Bounded in time and size; the oldest goes first."""

    def __init__(self, *, kept: float = KEPT, most: int = MOST) -> None:
        self._kept, self._most, self._size = kept, most, 0
        self._held: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Key, open_: Callable[[], Resources]) -> Resources:
        """What lies under a key, opened now unless it is there."""
        with self._lock:
            self._drop_old()
            found = self._held.get(key)
        if found is not None:
            return found.resources
        resources = open_()
        size = sum(map(len, resources.values()))
        with self._lock:
            self._remove(key)
            self._held[key] = Kept(resources, size, monotonic())
            self._size += size
            while self._size > self._most and len(self._held) > 1:
                self._remove(next(iter(self._held)))
        return resources

    def forget(self, session: str) -> None:
        """A visitor has left."""
        with self._lock:
            for key in [key for key in self._held if key[0] == session]:
                self._remove(key)

    def _drop_old(self) -> None:
        oldest = monotonic() - self._kept
        for key in [key for key, kept in self._held.items() if kept.at < oldest]:
            self._remove(key)

    def _remove(self, key: Key) -> None:
        if (kept := self._held.pop(key, None)) is not None:
            self._size -= kept.size


SHELF = Shelf()
