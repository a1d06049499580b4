"""What is worth watching, by fixed names; nothing is measured until somebody watches.

An operation carries allow-listed values only, never content: see `observe.keys`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, TypeVar

from salus.kernel.errors import SalusError

P = ParamSpec("P")
T = TypeVar("T")
Value = str | int | float | bool | None
DONE = "done"
TRACES = "SALUS_OBSERVE_TRACES"
"""Looked at before settings are loaded: most commands send none."""


@dataclass(slots=True)
class Operation:
    """`outcome` is `done`, or the key of the error that ended it, never what it said."""

    name: str
    values: dict[str, Value] = field(default_factory=dict)
    outcome: str = DONE


Watcher = Callable[[Operation], AbstractContextManager[object]]
"""Entered when an operation begins; left when its outcome is known."""
_watchers: list[Watcher] = []


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Every operation of this process that begins inside is shown to a watcher."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def is_watched() -> bool:
    return bool(_watchers)


@contextmanager
def operation(name: str, **values: Value) -> Iterator[Operation]:
    """What happens inside is one operation."""
    seen = Operation(name, dict(values))
    with ExitStack() as stack:
        for watcher in tuple(_watchers):
            stack.enter_context(watcher(seen))
        try:
            yield seen
        except BaseException as error:
            seen.outcome = named(error)
            raise


def observed(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Each call of a function is an operation of that name."""

    def around(verb: Callable[P, T]) -> Callable[P, T]:
        @wraps(verb)
        def watched(*args: P.args, **kwargs: P.kwargs) -> T:
            if not _watchers:
                return verb(*args, **kwargs)
            with operation(name):
                return verb(*args, **kwargs)

        return watched

    return around


def named(error: BaseException) -> str:
    """The key of an error that we know, else the name of its class."""
    return error.key() if isinstance(error, SalusError) else type(error).__name__


@contextmanager
def traced() -> Iterator[None]:
    """Send a trace of what happens inside to where the setting says; usually there is none."""
    if not os.environ.get(TRACES):
        yield
        return
    from salus.platform.observe.tracing import tracing  # noqa: PLC0415 - rarely needed

    with tracing():
        yield
