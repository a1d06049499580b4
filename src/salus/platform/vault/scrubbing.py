"""Looking at every copy of every body, and making good what is missing or damaged."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from salus.kernel.clock import Clock, monotonic
from salus.kernel.documents import BadDocument, parse, text
from salus.kernel.errors import SalusError
from salus.platform.files import private_folder, write_atomic
from salus.platform.vault.errors import BlobDamaged, BlobMissing, ScrubRunning
from salus.platform.vault.port import is_named
from salus.platform.vault.replicated import ReplicatedVault
from salus.platform.vault.stores import Store

PROGRESS, LOCK = "scrub.json", "scrub.lock"
SAVE_SECONDS = 2.0  # what a killed scrub has to look at again
MOST_LISTED = 100  # names of lost bodies that a report holds


class State(Enum):
    """Of one copy."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"
    """Its store does not answer."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The copies of one body, in the order of the stores; `body` when one is whole."""

    name: bytes
    states: tuple[State, ...]
    body: bytes | None

    def count(self, state: State) -> int:
        return self.states.count(state)

    def is_lost(self) -> bool:
        return self.body is None and State.UNKNOWN not in self.states


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scrub is, kept in the home, and what it found up to there.

    `missing`, `damaged`, `unknown` and `mended` count copies; `bodies`, `thin` (with fewer whole
    copies than must be) and `lost` (with none, though every store answered) count bodies, and
    `away` the stores that did not say at the end what they have.
    """

    begun: datetime
    seen: datetime
    is_repair: int
    is_over: int = 0
    after: bytes = b""
    bodies: int = 0
    missing: int = 0
    damaged: int = 0
    unknown: int = 0
    mended: int = 0
    thin: int = 0
    lost: int = 0
    away: int = 0
    lost_names: tuple[bytes, ...] = ()

    def is_whole(self) -> bool:
        """Whether every copy that should be there is there now."""
        return not self.away and self.missing + self.damaged + self.unknown == self.mended


def examine(vault: ReplicatedVault, name: bytes) -> Examined:
    """Read and check each copy."""
    states, whole = [], None
    for store in vault.stores:
        state, body = _copy(vault, store, name)
        states.append(state)
        whole = whole if body is None else body
    return Examined(name, tuple(states), whole)


def _copy(vault: ReplicatedVault, store: Store, name: bytes) -> tuple[State, bytes | None]:
    try:
        body = store.ask(lambda each: each.get(name))
    except BlobMissing:
        return State.MISSING, None
    except BlobDamaged:
        return State.DAMAGED, None
    except SalusError:
        return State.UNKNOWN, None
    if is_named(name, body, vault.digest_of):
        return State.WHOLE, body
    return State.DAMAGED, None


def mend(vault: ReplicatedVault, found: Examined) -> int:
    """Copy a whole body to the stores that lack it; how many have it now that had not.

    A damaged copy goes first: a name is given once. Nobody deletes the body meanwhile.
    """
    if found.body is None or found.count(State.WHOLE) == len(vault.stores):
        return 0
    with vault.deletions.turn():
        if found.name in vault.deletions or not _is_still_there(vault, found):
            return 0
        pairs = zip(vault.stores, found.states, strict=True)
        return sum(_mend_copy(store, state, found.name, found.body) for store, state in pairs)


def _is_still_there(vault: ReplicatedVault, found: Examined) -> bool:
    """Since it was read, somebody may have deleted it everywhere."""
    for store, state in zip(vault.stores, found.states, strict=True):
        if state is State.WHOLE:
            try:
                return store.ask(lambda each: each.has(found.name))
            except SalusError:
                continue
    return False


def _mend_copy(store: Store, state: State, name: bytes, body: bytes) -> int:
    try:
        if state is State.DAMAGED:
            store.ask(lambda each: each.delete(name))
        if state in {State.DAMAGED, State.MISSING}:
            store.ask(lambda each: each.put({name: body}))
            return 1
    except SalusError:
        pass  # it is counted as not mended, and found again
    return 0


def scrub(
    vault: ReplicatedVault,
    folder: Path,
    clock: Clock,
    *,
    repairs: bool,
    anew: bool = False,
    seconds: float | None = None,
    step: Callable[[int], None] = lambda _count: None,
) -> Progress:
    """Look at every body, on from where the last one of its kind was ended; `repairs` mends.

    It stops after `seconds` if any are given, and may be called again. Raises ScrubRunning.
    """
    with _alone(folder):
        for store in vault.stores:
            store.wake()
        _finish_deletions(vault)
        progress = start = begin(folder, clock, repairs=repairs, anew=anew)
        step(start.bodies)
        pace, away = _Pace(seconds), list[SalusError]()
        for progress in _walk(vault, start, clock, away):
            step(1)
            if pace.is_over():
                return _save(folder, progress)
            if pace.must_save():
                _save(folder, progress)
        return _save(folder, replace(progress, seen=clock.now(), is_over=1, away=len(away)))


def _finish_deletions(vault: ReplicatedVault) -> None:
    try:
        vault.finish_deletions()
    except SalusError:
        return  # a store is still away; what is deleted stays noted


class _Pace:
    """When to write down how far it is, and when to stop."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._begun = self._saved = monotonic()

    def is_over(self) -> bool:
        return self._seconds is not None and monotonic() - self._begun >= self._seconds

    def must_save(self) -> bool:
        if monotonic() - self._saved < SAVE_SECONDS:
            return False
        self._saved = monotonic()
        return True


def _walk(
    vault: ReplicatedVault, progress: Progress, clock: Clock, away: list[SalusError]
) -> Iterator[Progress]:
    """The progress after each body."""
    for name in vault.listed(away, after=progress.after):
        found = examine(vault, name)
        mended = mend(vault, found) if progress.is_repair else 0
        progress = replace(_counted(progress, found, mended, vault.copies), seen=clock.now())
        yield progress


def _counted(progress: Progress, found: Examined, mended: int, copies: int) -> Progress:
    lost = progress.lost_names
    if found.is_lost() and len(lost) < MOST_LISTED:
        lost = (*lost, found.name)
    return replace(
        progress,
        after=found.name,
        bodies=progress.bodies + 1,
        missing=progress.missing + found.count(State.MISSING),
        damaged=progress.damaged + found.count(State.DAMAGED),
        unknown=progress.unknown + found.count(State.UNKNOWN),
        mended=progress.mended + mended,
        thin=progress.thin + (found.count(State.WHOLE) + mended < copies),
        lost=progress.lost + found.is_lost(),
        lost_names=lost,
    )


def begin(folder: Path, clock: Clock, *, repairs: bool, anew: bool) -> Progress:
    """The scrub to go on with, or a new one."""
    known = last(folder)
    if known is None or anew or known.is_over or known.is_repair != int(repairs):
        return Progress(clock.now(), clock.now(), int(repairs))
    return known


def last(folder: Path) -> Progress | None:
    """The last scrub or repair, over or not; None when there was none."""
    try:
        return parse(Progress, (folder / PROGRESS).read_bytes())
    except (FileNotFoundError, BadDocument):
        return None


def _save(folder: Path, progress: Progress) -> Progress:
    write_atomic(folder / PROGRESS, text(progress))
    return progress


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raises ScrubRunning while another process looks through this vault."""
    lock = os.open(private_folder(folder) / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ScrubRunning from None
