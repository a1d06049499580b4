"""Plant faults in the contracts of money, one at a time, and see whether the tests of forge notice.

`python -m tools.mutants [--only NAME] [--sample N]`. A fault is an operator, a constant or a
condition that is changed, or a statement that is gone. One that no test notices has survived; the
status is 1 unless `contracts/mutants.md` says why it may. The sources stay as they are: all
happens in a copy below `build`.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tools.contracts import CONTRACTS, FORGE, ROOT, node_folder

PLACE = ROOT / "build" / "mutants"
ACCEPTED = CONTRACTS / "mutants.md"
SECONDS = 3_600
"""After so long nothing can be said: a mutant that runs in a circle runs out of gas long before."""
ROUTER = ("test/revenue/*.t.sol", "test/vectors/*.t.sol")
LOANS = ("test/lending/*.t.sol",)
BOOKS = ("test/exchange/*.t.sol",)
MATH = ("test/vectors/*.t.sol",)
TARGETS: dict[str, tuple[str, ...]] = {
    "revenue/RevenueMath": (*MATH, "test/revenue/RevenueMath.t.sol"),
    "lending/DebtMath": (*MATH, "test/lending/LendingMath.t.sol"),
    "lending/AppraisalMath": (*MATH, "test/lending/LendingMath.t.sol"),
    "lending/AuctionMath": (*MATH, "test/lending/LendingMath.t.sol"),
    "revenue/Streams": ROUTER,
    "revenue/Waterfall": ROUTER,
    "revenue/Prepayments": ROUTER,
    "revenue/Credits": ROUTER,
    "lending/Appraiser": LOANS,
    "lending/Loans": LOANS,
    "lending/LoanBook": LOANS,
    "lending/Borrowing": LOANS,
    "lending/LoanAuction": LOANS,
    "lending/Triggers": LOANS,
    "exchange/Terms": BOOKS,
    "exchange/OfferBook": BOOKS,
    "exchange/Licenses": BOOKS,
    "exchange/Renewals": BOOKS,
    "exchange/Holdings": BOOKS,
    "exchange/LicenseBook": BOOKS,
}
"""The files that are mutated, and the tests that ought to notice."""
SWAPS = {
    " < ": " <= ",
    " <= ": " < ",
    " > ": " >= ",
    " >= ": " > ",
    " == ": " != ",
    " != ": " == ",
    " + ": " - ",
    " - ": " + ",
    " * ": " / ",
    " / ": " * ",
    " % ": " * ",
    " && ": " || ",
    " || ": " && ",
    " & ": " | ",
    " += ": " -= ",
    " -= ": " += ",
    "Math.min(": "Math.max(",
    "Math.max(": "Math.min(",
    "Math.ceilDiv(": "_floorDiv(",
    "++": "--",
}
_NOT_CODE = re.compile(
    r"^\s*(//|///|\*|/\*|pragma|import|event|error|using|contract|library|abstract|interface|\})"
)
_TEXT = re.compile(r'"[^"]*"|//.*$')
_NUMBER = re.compile(r"(?<![\w.\"])(\d[\d_]*)(?![\w.])")
_IF = re.compile(r"\bif \((?P<test>.+?)\)(?= (?:revert|return|continue|\{)|$)")
_STATEMENT = re.compile(r"^\s*(?:[\w.\[\]()]+(?:\s[-+|^]?=|\(|\s=)|delete |emit |\+\+|--).*;\s*$")


class Fate(Enum):
    KILLED = "killed"
    SURVIVED = "survived"
    STILLBORN = "does not compile"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of a file, as it is and as it is made; the name of it is the same while both are."""

    file: str
    line: int
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.before.strip()} -> {self.after.strip() or '(gone)'}"


def mutants(file: str) -> Iterator[Mutant]:
    """Every fault that can be planted in a file, in the order of its lines."""
    lines = (CONTRACTS / "src" / f"{file}.sol").read_text().splitlines()
    for number, line in enumerate(lines):
        if _NOT_CODE.match(line) or ("constant" in line and '"' in line):
            continue
        seen = {line}
        for after in _changed(line):
            if after not in seen:
                seen.add(after)
                yield Mutant(file, number, line, after)


def _changed(line: str) -> Iterator[str]:
    code = _TEXT.sub(lambda found: " " * len(found[0]), line)
    for before, after in SWAPS.items():
        for found in re.finditer(re.escape(before), code):
            yield line[: found.start()] + after + line[found.end() :]
    for found in _NUMBER.finditer(code):
        number = int(found[1].replace("_", ""))
        yield line[: found.start()] + str(number + 1) + line[found.end() :]
    if test := _IF.search(code):
        start, end = test.span("test")
        yield f"{line[:start]}!({line[start:end]}){line[end:]}"
    if _STATEMENT.match(code):
        yield ""


def fate(mutant: Mutant) -> Fate:
    """Plant a fault in the copy, build, run the tests, and take it out again."""
    place = PLACE / "src" / f"{mutant.file}.sol"
    whole = place.read_text()
    lines = whole.splitlines()
    lines[mutant.line] = mutant.after
    text = "\n".join(lines) + "\n"
    if "_floorDiv(" in mutant.after:
        text = text.replace("_floorDiv(", "Math.mulDiv(1, ", 1)
    place.write_text(text)
    try:
        # Tests deploy contracts from their artifacts; those of arithmetic have it in themselves.
        if not mutant.file.endswith("Math") and _forge("build", "--skip", "test"):
            return Fate.STILLBORN
        tests = "{" + ",".join(TARGETS[mutant.file]) + "}"
        if mutant.file.endswith("Math") and _forge("build", f"src/{mutant.file}.sol"):
            return Fate.STILLBORN
        return (
            Fate.KILLED if _forge("test", "--fail-fast", "--match-path", tests) else Fate.SURVIVED
        )
    finally:
        place.write_text(whole)


def _forge(*arguments: str) -> int:
    """The status of forge in the copy; less is tried at random than in `make test`."""
    settings = {
        "PATH": f"{os.environ['PATH']}:{node_folder()}",
        "FOUNDRY_FUZZ_RUNS": "64",
        "FOUNDRY_INVARIANT_RUNS": "16",
        "FOUNDRY_INVARIANT_DEPTH": "48",
    }
    try:
        return subprocess.run(
            [FORGE, *arguments],
            cwd=PLACE,
            env=os.environ | settings,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        ).returncode
    except subprocess.TimeoutExpired:
        sys.exit(f"forge did not end in {SECONDS} seconds, so that nothing can be said")


def copied() -> None:
    """A copy of the contracts, with what was compiled; only what is installed is shared."""
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.copytree(CONTRACTS, PLACE, ignore=shutil.ignore_patterns("node_modules"))
    (PLACE / "node_modules").symlink_to(CONTRACTS / "node_modules")


def _check_healthy(files: Iterable[str]) -> None:
    """Where the tests fail without a fault, every fault would seem to be noticed."""
    if any(not file.endswith("Math") for file in files) and _forge("build", "--skip", "test"):
        sys.exit("the contracts do not compile")
    for tests in sorted({TARGETS[file] for file in files}):
        if _forge("test", "--match-path", "{" + ",".join(tests) + "}"):
            sys.exit(f"without a fault, these fail: {', '.join(tests)}")


def accepted() -> frozenset[str]:
    """The names of mutants that may survive: what stands in backquotes at the start of a row."""
    if not ACCEPTED.exists():
        return frozenset()
    return frozenset(re.findall(r"^\| `(.+?)` \|", ACCEPTED.read_text(), re.MULTILINE))


def chosen(only: Sequence[str], sample: int | None, seed: int) -> list[Mutant]:
    found = [
        each
        for file in TARGETS
        if not only or file.rpartition("/")[2] in only
        for each in mutants(file)
    ]
    if sample is None or sample >= len(found):
        return found
    return sorted(
        random.Random(seed).sample(found, sample), key=lambda each: (each.file, each.line)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="a file, such as RevenueMath")
    parser.add_argument("--sample", type=int, help="so many, at random")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--list", action="store_true", help="name them and plant none")
    asked = parser.parse_args()
    found = chosen(asked.only, asked.sample, asked.seed)
    if asked.list:
        print("\n".join(each.name for each in found))
        return
    sys.exit(_tried(found))


def _tried(found: Sequence[Mutant]) -> int:
    copied()
    _check_healthy({each.file for each in found})
    may_survive, fates = accepted(), dict.fromkeys(Fate, 0)
    unexplained = 0
    for each in found:
        ended = fate(each)
        fates[ended] += 1
        note = ", as explained" if each.name in may_survive else ""
        if ended is Fate.SURVIVED:
            unexplained += not note
            print(f"survived{note}: {each.name} (line {each.line + 1})", flush=True)
    alive = fates[Fate.KILLED] + fates[Fate.SURVIVED]
    share = 100 * fates[Fate.KILLED] // max(alive, 1)
    print(f"{fates[Fate.KILLED]} of {alive} were noticed, {share} %; ", end="")
    print(f"{fates[Fate.STILLBORN]} did not compile; {unexplained} survived unexplained")
    return int(unexplained > 0)


if __name__ == "__main__":
    main()
