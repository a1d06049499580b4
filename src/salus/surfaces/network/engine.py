"""The two programs of the engine: which versions, where they are, and whether they are those."""

import mmap
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from salus.surfaces.network.errors import EngineMissing, EngineVersion

BUILT = Path(__file__).parents[4] / "build" / "engine"
"""Where `make engine` puts them in a checkout."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program in a folder of a Go module, at the version that is built and tested.

    `module` is the path of the module without the host that it begins with.
    """

    name: str
    module: str
    folder: str
    version: str


COMET = Program("cometbft", "cometbft/cometbft", "cmd/cometbft", "v0.38.21")
CLIENT = Program("geth", "ethereum/go-ethereum", "cmd/geth", "v1.17.10")
PROGRAMS = (COMET, CLIENT)


@dataclass(frozen=True, slots=True)
class Engine:
    """Both programs, found and checked."""

    comet: Path
    client: Path


def engine(folder: str = "") -> Engine:
    """From a folder, else `build/engine`, else the PATH. Raises EngineMissing, EngineVersion."""
    return Engine(*(_checked(_found(each, folder), each) for each in PROGRAMS))


def _found(program: Program, folder: str) -> Path:
    if folder:
        place = Path(folder).expanduser() / program.name
    else:
        place = BUILT / program.name
        if not place.is_file() and (on_path := shutil.which(program.name)):
            place = Path(on_path)
    if not place.is_file():
        raise EngineMissing(program=program.name)
    return place.absolute()


def _checked(place: Path, program: Program) -> Path:
    found = version_of(place, program.module)
    if found != program.version:
        raise EngineVersion(program=program.name, found=found or "?", expected=program.version)
    return place


def version_of(place: Path, module: str) -> str | None:
    """The version of the module that a Go program was built from, as `go version -m` reads it.

    What `cometbft version` prints lags behind, so the build information in the file is asked.
    """
    sought = re.compile(
        rb"\nmod\t[a-z.]{1,60}/" + re.escape(module.encode()) + rb"\t(v[0-9A-Za-z.+-]{1,80})\t"
    )
    with place.open("rb") as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                found = sought.search(content)
                return found[1].decode() if found else None
        except ValueError:  # an empty file cannot be mapped
            return None
