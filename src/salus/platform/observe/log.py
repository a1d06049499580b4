"""Writing log lines."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, add_log_level

from salus.platform.observe.keys import only_allowed

Value = str | int | float | bool | None


class _Sink:
    """Where lines go; standard error until somebody says otherwise."""

    stream: TextIO | None = None

    def write(self, text: str) -> None:
        stream = self.stream or sys.stderr
        stream.write(text)
        stream.flush()


_sink = _Sink()
_logger: Any = structlog.wrap_logger(
    None,
    processors=[
        merge_contextvars,
        add_log_level,
        TimeStamper(fmt="iso", utc=True, key="time"),
        only_allowed,
        JSONRenderer(sort_keys=True),
        lambda _logger, _method, text: _write(str(text)),
    ],
    cache_logger_on_first_use=False,
)


def _write(text: str) -> str:
    _sink.write(text + "\n")
    raise structlog.DropEvent


def log(event: str, *, level: str = "info", **values: Value) -> None:
    """Write one line. `event` is a fixed phrase; what varies goes into allow-listed keys."""
    getattr(_logger, level)(event, **values)


@contextmanager
def bound(**values: Value) -> Iterator[None]:
    """Every line inside carries these values: the id of a request, the name of a job."""
    with bound_contextvars(**values):
        yield


@contextmanager
def to_file(path: Path) -> Iterator[None]:
    """Append lines to a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        before, _sink.stream = _sink.stream, stream
        try:
            yield
        finally:
            _sink.stream = before


def to_stderr() -> None:
    _sink.stream = None
