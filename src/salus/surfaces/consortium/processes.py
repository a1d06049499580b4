"""Programs of Salus in processes of their own, each in its own home."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salus.platform.i18n import language
from salus.surfaces.consortium.errors import DidNotStart

PROGRAM = (sys.executable, "-c", "from salus.surfaces.cli import main; main()")
STARTING = 300.0  # seconds until a program must say that it answers
RUNNING = 300.0  # seconds that one command may take
_ENDING = 10.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and its answer."""

    status: int
    answer: Any


@dataclass(slots=True)
class Processes:
    """What stays in the homes of one folder, by the name of the home."""

    folder: Path
    staying: Mapping[str, Sequence[str]]
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start together, and wait until each answers. Raises DidNotStart."""
        for name in names:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own program
                [*PROGRAM, *self.staying[name]],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=self._environment(name),
            )
        for name in names:
            self._wait(name)

    def _wait(self, name: str) -> None:
        output = self.running[name].stdout
        assert output is not None, "it was piped"
        ready, _, _ = select.select([output], [], [], STARTING)
        if not ready or not output.readline():
            raise DidNotStart(name=name)

    def kill(self, *names: str) -> None:
        """End them at once, as when the power fails."""
        for name in names:
            process = self.running.pop(name)
            process.kill()
            _end(process)

    def run(self, name: str, *arguments: str | Path, **settings: str) -> Said:
        """One command in the home of a party, with its answer as JSON."""
        done = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *map(str, arguments), "--json"],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(name) | settings,
            timeout=RUNNING,
        )
        return Said(done.returncode, json.loads(done.stdout))

    def _environment(self, name: str) -> dict[str, str]:
        """That of this process without settings of Salus, which belong to another home."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SALUS_")}
        return kept | {"SALUS_HOME": str(self.folder / name), "SALUS_LANGUAGE": language()}

    def stop(self) -> None:
        """Ask all to end, the ledger last."""
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            _end(process)
        self.running.clear()


@contextmanager
def processes(folder: Path, staying: Mapping[str, Sequence[str]]) -> Iterator[Processes]:
    """Nothing that was started stays behind."""
    made = Processes(folder, staying)
    try:
        yield made
    finally:
        made.stop()


def _end(process: "subprocess.Popen[str]") -> None:
    try:
        process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
