"""A PostgreSQL server for the tests: installed where it is missing, started in a folder, stopped.

`python -m tools.postgres` only installs it. A server does not run as root: then the user
`postgres`, whom the package makes, runs it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.memory import memory

VERSIONS = Path("/usr/lib/postgresql")  # of Debian
PACKAGE = "postgresql-15"
_USER = "postgres"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on a socket in its folder, and nowhere else."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_USER}@/{database}?host={self.folder}"

    def kill(self) -> None:
        """As when the power fails: every process of it at once."""
        number = int((self.folder / "rows" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(number, signal.SIGQUIT)
        _until_gone(number)

    def start(self) -> None:
        options = (
            f"-k {self.folder} -c listen_addresses='' -c autovacuum=off -c max_connections=500"
        )
        log = self.folder / "server.log"
        _as_server(
            [_binary("pg_ctl"), "start", "--wait", "-D", self._rows(), "-l", log, "-o", options]
        )

    def stop(self) -> None:
        _as_server([_binary("pg_ctl"), "stop", "--wait", "-m", "immediate", "-D", self._rows()])

    def _rows(self) -> Path:
        return self.folder / "rows"


@contextmanager
def running() -> Iterator[Running]:
    """A new server that ends with the block; nothing of it stays."""
    install()
    folder = Path(tempfile.mkdtemp(prefix="salus-postgres-", dir=memory()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
        server = Running(folder)
        _as_server(
            [
                *(_binary("initdb"), "-D", folder / "rows", "--username", _USER),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
            ]
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install() -> None:
    """Install the package of Debian where no server is; that needs root."""
    if shutil.which("pg_ctl") or list(VERSIONS.glob("*/bin/pg_ctl")):
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update", "-q"), ("install", "-qy", "--no-install-recommends", PACKAGE)):
        subprocess.run(["apt-get", *words], check=True, env=environment)


def _binary(name: str) -> str:
    newest = sorted(VERSIONS.glob(f"*/bin/{name}"), key=lambda place: int(place.parts[-3]))
    return str(newest[-1]) if newest else name


def _as_server(words: Sequence[str | Path]) -> None:
    user = _USER if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        user=user,
        group=user,
        extra_groups=() if user else None,
    )
    if done.returncode:
        raise SystemExit(f"{Path(str(words[0])).name} failed: {done.stderr.decode()}")


def _until_gone(number: int) -> None:
    for _ in range(1_000):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        subprocess.run(["sleep", "0.01"], check=True)


if __name__ == "__main__":
    install()
    sys.exit(0)
