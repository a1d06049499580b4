"""What several processes of one program count: each in a file of its own, told by the first.

The files are those of the client library of Prometheus. What a process counted stays when it dies.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from salus.platform.observe.settings import ObserveSettings
from salus.platform.operations import watching
from salus.platform.settings import read

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library looks here, once, when it is loaded."""


@contextmanager
def counts_kept() -> Iterator[Path | None]:
    """A folder for what other processes count; None where nobody watches."""
    if not read(ObserveSettings).port:
        yield None
        return
    with TemporaryDirectory(prefix="salus-counts-") as name:
        yield Path(name)


@contextmanager
def counting() -> Iterator[None]:
    """In a process beside the first: count what happens inside where that one finds it."""
    if not os.environ.get(FOLDER):
        yield
        return
    from salus.platform.observe.meters import Counts  # noqa: PLC0415 - only where somebody watches

    with watching(Counts().measure):
        yield
