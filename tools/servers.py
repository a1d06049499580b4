"""Servers of others that tests run bodies against, built from their sources through Go.

`python -m tools.servers` builds the S3 server, `--all` also Kubo, which takes longer. Each lies in
`build/servers` with its version in its name, so it is built once.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.engine import go_program

PLACE = Path(__file__).parents[1] / "build" / "servers"


@dataclass(frozen=True, slots=True)
class Server:
    """A command of a Go module at a version that its checksum database vouches for."""

    package: str
    version: str

    @property
    def binary(self) -> Path:
        return PLACE / f"{Path(self.package).name}-{self.version}"


S3 = Server("github.com/versity/versitygw/cmd/versitygw", "v1.8.0")
KUBO = Server("github.com/ipfs/kubo/cmd/ipfs", "v0.42.0")


def main(arguments: list[str]) -> int:
    for server in (S3, KUBO) if "--all" in arguments else (S3,):
        print(built(server))
    return 0


def built(server: Server) -> Path:
    """The binary of a server, built now if it is not there."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes while another builds finds it built
        if not server.binary.exists():
            with tempfile.TemporaryDirectory(dir=PLACE) as folder:
                _build(server, Path(folder))
                (Path(folder) / "server").replace(server.binary)
    return server.binary


def _build(server: Server, folder: Path) -> None:
    """From a module of our own: `go install` refuses modules that exclude others, as Kubo does."""
    (folder / "go.mod").write_text("module servers\n")
    environment = os.environ | {"GOFLAGS": "-buildvcs=false -mod=mod", "GOWORK": "off"}
    for arguments in (
        ["get", f"{server.package}@{server.version}"],
        ["build", "-ldflags=-s -w", "-o", "server", server.package],
    ):
        command = ["nice", go_program(), *arguments]
        ran = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
        if ran.returncode != 0:
            sys.stderr.buffer.write(ran.stderr)
            raise SystemExit(f"{server.package} {server.version} could not be built")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
