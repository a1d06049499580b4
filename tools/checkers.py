"""The two checkers of contracts, in an environment of their own: nothing that runs uses them."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.contracts import CONTRACTS, FORGE, ROOT, node_folder

FOLDER = ROOT / "build" / "checkers" / "bin"


def checker(
    name: str, arguments: Sequence[str], *, profile: str, silent: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run one in the folder of contracts, where it finds forge, Node.js and its solvers."""
    places = (FOLDER, FORGE.parent, node_folder())
    path = os.pathsep.join((*map(str, places), os.environ["PATH"]))
    return subprocess.run(
        [FOLDER / name, *arguments],
        cwd=CONTRACTS,
        env=os.environ | {"PATH": path, "FOUNDRY_PROFILE": profile},
        text=True,
        capture_output=silent,
        check=False,
    )


def fresh(file: Path) -> Path:
    """A place for a report, without that of another day."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    return file
