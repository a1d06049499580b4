"""One program of a validator as a child of its supervisor: started, watched, stopped, logged."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # prctl(2)
_SOCKETS, _LISTENS = Path("/proc/net/tcp"), "0A"  # proc(5)
_KEPT = 3  # old log files
_CHUNK = 1 << 20


@dataclass(slots=True)
class Part:
    """A program, where it listens when it is up, and the signal that ends it cleanly."""

    name: str
    command: Sequence[str]
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def start(self) -> None:
        """It does not outlive its supervisor, and gets none of its blocked signals."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a program of ours or of the engine
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_as_a_child,  # noqa: PLW1509 - a supervisor has one thread
                env=_environment(),
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_up(self) -> bool:
        """Whether it listens. It is not connected to: a bridge ends when a connection does."""
        return any(
            line.split()[3] == _LISTENS and int(line.split()[1].rpartition(":")[2], 16) == self.port
            for line in _SOCKETS.read_text().splitlines()[1:]
        )

    def stop(self, seconds: float) -> None:
        """Ask it to end, and kill it when it does not in time."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def rotate(self, limit: int) -> None:
        """Copy a log that is too long and cut it: the program goes on writing at its end."""
        if not self.log.exists() or self.log.stat().st_size <= limit:
            return
        for number in range(_KEPT - 1, 0, -1):
            older = _numbered(self.log, number)
            if older.exists():
                older.replace(_numbered(self.log, number + 1))
        with self.log.open("rb") as source, _numbered(self.log, 1).open("wb") as copy:
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
        os.truncate(self.log, 0)


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def _as_a_child() -> None:
    """In the child: hear signals again, and end when the supervisor is killed (Linux)."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _environment() -> dict[str, str]:
    """Without settings of Salus that belong to the home of somebody else."""
    kept = ("SALUS_LANGUAGE",)
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or not name.startswith("SALUS_")
    }
