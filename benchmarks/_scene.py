"""A whole consortium in one process, for benchmarks: real ledger, real stores, real keys."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from salus.kernel.clock import SystemClock
from salus.platform.node import open_node
from salus.platform.settings import read
from salus.platform.work import Node
from salus.rights.custody import founding
from salus.rights.custody.settings import CustodySettings
from salus.services.fhir.service import Desk, desk_of


@dataclass(frozen=True, slots=True)
class Scene:
    """A home that is thrown away."""

    home: Path
    node: Node
    consortium: founding.Consortium
    desk: Desk


@contextmanager
def scene() -> Iterator[Scene]:
    with TemporaryDirectory(prefix=f"salus-bench-{secrets.token_hex(2)}-") as folder:
        home, settings = Path(folder) / "home", read(CustodySettings)
        consortium = founding.found(home, clock=SystemClock(), settings=settings)
        with open_node(home) as node:
            yield Scene(home, node, consortium, desk_of(node, home))
