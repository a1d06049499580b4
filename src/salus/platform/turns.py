"""Threads that make pages take turns: side by side they hinder each other more than they help.

Python runs one thread at a time. Several that compute at once take that from each other every few
milliseconds, so that all of them end late. One after the other, each ends sooner and the last no
later. Whoever waits for somebody outside lets the next begin meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, local
from typing import Any

PATIENCE = 0.1  # seconds: who computes or waits for longer holds up nobody else


@dataclass(slots=True)
class Turns:
    """One thread at a time, as long as each takes less than `patience` (seconds)."""

    patience: float = PATIENCE
    _free: Any = field(default_factory=Lock, repr=False)
    _mine: local = field(default_factory=local, repr=False)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Run the block when it is this thread's turn, or when that takes too long."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def given(self) -> Iterator[None]:
        """Let another thread begin while this one waits for somebody outside.

        Does nothing in a thread that has no turn.
        """
        if not self._give():
            yield
            return
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._mine.has = self._free.acquire(timeout=self.patience)

    def _give(self) -> bool:
        """Whether the thread had a turn."""
        has = getattr(self._mine, "has", False)
        self._mine.has = False
        if has:
            self._free.release()
        return has


PAGES = Turns()
"""Those of this process, for all its doors."""
