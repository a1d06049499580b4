"""Pages of the portal: how many a second, how long the slowest take, and how large they are.

`salus serve` runs as it does for people, and each of six patients asks for one page after another
on a connection of his own, over loopback. Sessions, decisions and templates are real; only the
limits on how often one person may ask are lifted: six people ask here as often as hundreds would.

The reference are the same bytes from a bare Starlette with as many processes, in turns with ours.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from benchmarks._asking import Asker
from benchmarks._bare import bare
from benchmarks.report import Row, row, scaled
from salus.surfaces.server.seed.living import HOME, Account, seed
from salus.surfaces.server.workers import usual

PATHS = ("/app/home", "/app/record", "/app/shares")
FIRST = ("/app/login", "/app/static/salus.css", "/app/static/htmx.min.js", "/app/static/salus.js")
ROUNDS = 3
_SERVE = "from salus.surfaces.cli import main; main()"
_UNLIMITED = {f"SALUS_PORTAL_{name}": "0" for name in ("PAGES", "STRANGERS_PAGES", "SIGN_INS")}


def run() -> list[Row]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        home, pages = folder / HOME, folder / "pages"
        pages.mkdir()
        accounts = seed(home, resources=scaled(1_000, quick=120))
        with _served(home) as port:
            return asyncio.run(_measure(port, [each for each in accounts if each.record], pages))


@contextmanager
def _served(home: Path) -> Iterator[int]:
    command = [sys.executable, "-c", _SERVE, "serve", "--home", str(home), "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | _UNLIMITED
    ) as process:
        assert process.stdout is not None
        try:
            said = b"".join(iter(process.stdout.readline, b"}\n")) + b"}"
            yield int(orjson.loads(said)["url"].rpartition(":")[2])
        finally:
            process.terminate()


async def _measure(port: int, accounts: Sequence[Account], pages: Path) -> list[Row]:
    askers = [Asker(port) for _ in accounts]
    for asker, account in zip(askers, accounts, strict=True):
        await asker.sign_in(account.name, account.password)
    await _keep(askers, pages)
    with bare(pages, usual()) as other:
        others = [Asker(other) for _ in askers]
        for each in others:  # a process that still starts would take time from ours
            await each.get(PATHS[0].removeprefix("/app"))
        ours, theirs = await _in_turns(askers, others)
    rows = [
        row(
            f"pages to {len(askers)} people at once",
            ours.rate,
            "1/s",
            reference=theirs.rate,
            at_least=150,
        )
    ]
    for path, took in ours.took.items():
        rows.append(row(f"{path}, half of them within", _within(took, 0.5), "ms"))
        rows.append(row(f"{path}, 99 of 100 within", _within(took, 0.99), "ms", at_most=100))
    size = sum([len(await askers[0].get(path, gzip=True)) for path in FIRST])
    rows.append(row("first page with style and scripts", size / 1_000, "kB", at_most=100))
    return rows


async def _keep(askers: Sequence[Asker], pages: Path) -> None:
    """Look at every page once, so that records are open, and keep one of each as it came."""
    for asker in askers:
        for path in PATHS:
            (pages / path.rpartition("/")[2]).write_bytes(await asker.get(path))


@dataclass(slots=True)
class Asked:
    """What was asked for by all together: how long each page took, and all in all (seconds)."""

    took: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in PATHS})
    spent: float = 0.0

    @property
    def rate(self) -> float:
        return sum(map(len, self.took.values())) / self.spent

    async def ask(self, askers: Sequence[Asker], path: str, at: str, count: int) -> None:
        """Every person asks for one page after another, until it was asked for so often."""
        left = iter(range(count))

        async def ask(asker: Asker) -> None:
            for _ in left:
                began = time.perf_counter()
                await asker.get(at)
                self.took[path].append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*map(ask, askers))
        self.spent += time.perf_counter() - began


async def _in_turns(ours: Sequence[Asker], theirs: Sequence[Asker]) -> tuple[Asked, Asked]:
    found = (Asked(), Asked())
    for _ in range(ROUNDS):
        for path in PATHS:
            await found[0].ask(ours, path, path, scaled(200))
            await found[1].ask(theirs, path, path.removeprefix("/app"), scaled(200))
    return found


def _within(took: Sequence[float], part: float) -> float:
    return sorted(took)[int(part * len(took)) - 1] * 1_000
