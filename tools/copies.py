"""Copies of the contracts, in which a fault can be planted and the tests of forge be run.

A library of internal functions is compiled into whoever uses it. So many faulty ones stand side by
side, each with its own copy of the tests: one run of the compiler and one of forge for all of them,
where most of the time was the start of each. A contract is deployed by its name: there a fault is
planted, tried, and taken out before the next.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.contracts import CONTRACTS, FORGE, node_folder
from tools.faults import Mutant

SECONDS = 3_600
"""After so long nothing can be said: a mutant that runs in a circle runs out of gas long before."""
FOLDER = "mutant_"
FEWER = {
    "FOUNDRY_FUZZ_RUNS": "64",
    "FOUNDRY_INVARIANT_RUNS": "16",
    "FOUNDRY_INVARIANT_DEPTH": "48",
    "FOUNDRY_CODE_SIZE_LIMIT": "1000000",
}
"""Less is tried at random than in `make test`, with the same seed. A contract may be of any size,
so that those need no long optimization which are made small by it."""
SMALL = {"FOUNDRY_OPTIMIZER": "false"}
MEDIUM = {"FOUNDRY_OPTIMIZER_RUNS": "200"}
ANY_SIZE = r"(?m)^  \{ paths = .*\n"
"""The lines of foundry.toml that say which contract is made smaller."""
ANY_SIZE_OF_TWO = r"(?m)^  \{ paths = \"src/(lending/LoanBook|exchange/OfferBook)\.sol\".*\n"
"""The others do not compile without: their stack becomes too deep."""
_IMPORT = re.compile(r"""(?:\bfrom |^import )"(\.[^"]+)\"""", re.MULTILINE)
_FAULTY = re.compile(rf"Error[^\n]*\n\s*(?:-->|╭▸) test/{FOLDER}(\d+)/")
_FAILED = re.compile(r"\[FAIL.*?\b((?:test|invariant|setUp|constructor)\w*)\(", re.DOTALL)
PASSED, NOT_COMPILED = "", None
Told = str | None
"""The name of a test that failed, or `PASSED`, or `NOT_COMPILED`."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A folder with contracts, tests and what forge needs; `settings` are for its environment."""

    folder: Path
    settings: Mapping[str, str]

    def forge(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = {"PATH": f"{os.environ['PATH']}:{node_folder()}"}
        try:
            return subprocess.run(
                [FORGE, *arguments],
                cwd=self.folder,
                env={**os.environ, **path, **FEWER, **self.settings},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            sys.exit(f"forge did not end in {SECONDS} seconds, so that nothing can be said")

    def noticed(self, mutant: Mutant, stages: Iterable[Sequence[str]]) -> Told:
        """Plant a fault, build, run one stage of tests after the other, and take it out again."""
        place = self.folder / "src" / f"{mutant.file}.sol"
        whole = place.read_text()
        place.write_text(mutant.planted(whole))
        try:
            if not self.compiles():
                return NOT_COMPILED
            return next(filter(None, map(self.failed, stages)), PASSED)
        finally:
            place.write_text(whole)

    def compiles(self) -> bool:
        """Compile the sources; tests deploy a contract by its name, so that forge may miss it."""
        built = self.forge("build", "src")
        if built.returncode and "Compiler run failed" not in built.stdout + built.stderr:
            sys.exit(f"forge did not build:\n{built.stdout}{built.stderr}")
        return not built.returncode

    def failed(self, tests: Sequence[str]) -> str:
        """The name of a test in these files that fails."""
        self._forget()
        run = self.forge("test", "--fail-fast", "--match-path", "{" + ",".join(tests) + "}")
        if not run.returncode:
            return PASSED
        if name := first_that_failed(run.stdout):
            return name
        sys.exit(f"forge ran no test:\n{run.stdout}{run.stderr}")

    def noticed_side_by_side(
        self, file: str, texts: Sequence[str], tests: Sequence[str]
    ) -> list[Told]:
        """What is told of each text of a library. Exits when forge tells of one neither that it
        compiles nor that it does not.
        """
        for number, text in enumerate(texts):
            self._write(number, file, text, tests)
        try:
            told = self._run(set(range(len(texts))))
        finally:
            for folder in (self.folder / "test").glob(f"{FOLDER}*"):
                shutil.rmtree(folder)
        return [told.get(number, NOT_COMPILED) for number in range(len(texts))]

    def _write(self, number: int, file: str, text: str, tests: Sequence[str]) -> None:
        folder, _, name = file.rpartition("/")
        copy = self.folder / "test" / f"{FOLDER}{number}"
        copy.mkdir()
        (copy / f"{name}.sol").write_text(text.replace('"./', f'"../../src/{folder}/'))
        for test in tests:
            whole = (self.folder / test).read_text()
            ours = whole.replace(f'"../../src/{file}.sol"', f'"./{name}.sol"')
            if ours == whole:
                sys.exit(f"{test} does not import {file}")
            (copy / Path(test).name).write_text(ours)

    def _run(self, numbers: set[int]) -> dict[int, str]:
        """What is told of each copy that compiles; the others are taken away."""
        while numbers:
            self._forget()
            run = self.forge("test", "--json", "--match-path", f"test/{FOLDER}*/*.t.sol")
            if run.stdout.lstrip().startswith("{"):
                return by_number(json.loads(run.stdout), numbers)
            faulty = {int(found) for found in _FAULTY.findall(run.stdout + run.stderr)} & numbers
            if not faulty:
                sys.exit(f"forge did not run the copies:\n{run.stdout}{run.stderr}")
            for number in faulty:
                shutil.rmtree(self.folder / "test" / f"{FOLDER}{number}")
            numbers = numbers - faulty
        return {}

    def _forget(self) -> None:
        """Forge tries first what failed before, which would depend on the faults before this."""
        for name in ("fuzz", "invariant"):
            shutil.rmtree(self.folder / "cache" / name, ignore_errors=True)


def first_that_failed(told: str) -> str | None:
    """The name of a test that failed, if one did; of random lives forge tells the calls first."""
    found = _FAILED.search(told)
    return found[1] if found else None


def by_number(suites: Mapping[str, Any], numbers: set[int]) -> dict[int, str]:
    """A test that failed in each copy, or `PASSED`, as forge tells in JSON."""
    told: dict[int, str] = {}
    for suite, content in suites.items():
        number = int(suite.split("/")[1].removeprefix(FOLDER))
        results = sorted(content["test_results"].items())
        failed = [name.partition("(")[0] for name, each in results if each["status"] != "Success"]
        told[number] = told.get(number) or next(iter(failed), PASSED)
    if missing := numbers - told.keys():
        sys.exit(f"forge ran no test of {sorted(missing)}")
    return told


def imported(files: Iterable[str]) -> set[str]:
    """These files of contracts, and all that they import of them, directly or not."""
    found: set[str] = set()
    waiting = [CONTRACTS / file for file in files]
    while waiting:
        path = waiting.pop()
        name = str(path.relative_to(CONTRACTS))
        if name not in found:
            found.add(name)
            imports = _IMPORT.findall(path.read_text())
            waiting += [Path(os.path.normpath(path.parent / each)) for each in imports]
    return found


def of_tests(folder: Path, tests: Iterable[str]) -> Copy:
    """A copy with what these tests import and no more, compiled as fast as can be."""
    for name in imported(tests):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CONTRACTS / name, place)
    shutil.copytree(CONTRACTS / "test" / "vectors", folder / "test" / "vectors", dirs_exist_ok=True)
    return _copy(folder, SMALL, ANY_SIZE)


def of_all(folder: Path) -> Copy:
    """A copy of all contracts and tests."""
    for name in ("src", "test"):
        shutil.copytree(CONTRACTS / name, folder / name)
    return _copy(folder, MEDIUM, ANY_SIZE_OF_TWO)


def _copy(folder: Path, settings: Mapping[str, str], restrictions: str) -> Copy:
    text = (CONTRACTS / "foundry.toml").read_text()
    (folder / "foundry.toml").write_text(re.sub(restrictions, "", text))
    shutil.copytree(CONTRACTS / "tools", folder / "tools")
    (folder / "node_modules").symlink_to(CONTRACTS / "node_modules")
    return Copy(folder, settings)
