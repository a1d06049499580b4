"""Plant faults in the contracts of money, one at a time, and see whether the tests of forge notice.

`python -m tools.mutants [--only NAME] [--sample N]`. A fault is an operator, a constant or a
condition that is changed, or a statement that is gone. One that no test notices has survived; the
status is 1 unless `contracts/mutants.md` says why it may. The sources stay as they are: all happens
in copies. What was found is kept in `build/mutants.jsonl`, so that what was stopped goes on where
it was; a change of the sources or of the tests that ought to notice makes it start again.
"""

import argparse
import json
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from tools import copies
from tools.contracts import CONTRACTS, ROOT
from tools.faults import Mutant, mutants

RESULTS = ROOT / "build" / "mutants.jsonl"
ACCEPTED = CONTRACTS / "mutants.md"
BATCH = 25
"""So many are tried side by side, which is what the compiler has memory for."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Those tried first, and those tried when they notice nothing, by their places."""

    first: tuple[str, ...]
    wider: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.first + self.wider


def _tests(capability: str) -> Stages:
    """Each verb by itself, then random lives; not what measures gas, and not arithmetic."""
    found = sorted(f"test/{capability}/{each.name}" for each in _files(capability))
    lives = tuple(each for each in found if each.endswith("Invariants.t.sol"))
    verbs = (each for each in found if not each.endswith(("Gas.t.sol", "Math.t.sol")))
    return Stages(tuple(each for each in verbs if each not in lives), lives)


def _files(capability: str) -> Iterable[Path]:
    return (CONTRACTS / "test" / capability).glob("*.t.sol")


def _arithmetic(test: str, verbs: Stages) -> Stages:
    return Stages(("test/vectors/Vectors.t.sol", test), verbs.all)


ROUTER, LOANS, BOOKS = _tests("revenue"), _tests("lending"), _tests("exchange")
OF_LOANS = _arithmetic("test/lending/LendingMath.t.sol", LOANS)
TARGETS: dict[str, Stages] = {
    "revenue/RevenueMath": _arithmetic("test/revenue/RevenueMath.t.sol", ROUTER),
    "lending/DebtMath": OF_LOANS,
    "lending/AppraisalMath": OF_LOANS,
    "lending/AuctionMath": OF_LOANS,
    "revenue/RevenueRouter": ROUTER,
    "revenue/Liens": ROUTER,
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
    "exchange/Quotes": BOOKS,
    "exchange/Renewals": BOOKS,
    "exchange/Holdings": BOOKS,
    "exchange/LicenseBook": BOOKS,
}
"""The files that are mutated, and the tests that ought to notice."""


class Fate(Enum):
    KILLED = "killed"
    SURVIVED = "survived"
    STILLBORN = "does not compile"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant; `by` is a test that noticed it."""

    mutant: Mutant
    fate: Fate
    by: str = ""


def result(mutant: Mutant, told: copies.Told) -> Result:
    if told is copies.NOT_COMPILED:
        return Result(mutant, Fate.STILLBORN)
    return Result(mutant, Fate.KILLED if told else Fate.SURVIVED, told)


def tried(found: Sequence[Mutant], may_survive: frozenset[str]) -> Iterator[Result]:
    """What becomes of each: arithmetic first, then what its own tests do not notice and all else.

    What is explained is not tried against more than its own tests.
    """
    waiting: list[Mutant] = [each for each in found if not each.is_arithmetic]
    for each in _side_by_side([each for each in found if each.is_arithmetic]):
        if each.fate is Fate.SURVIVED and each.mutant.name not in may_survive:
            waiting.append(each.mutant)
        else:
            yield each
    if waiting:
        yield from _one_by_one(waiting)


def _side_by_side(found: Sequence[Mutant]) -> Iterator[Result]:
    for file, group in groupby(found, key=lambda each: each.file):
        tests = TARGETS[file].first
        with tempfile.TemporaryDirectory(prefix="salus-mutants-") as folder:
            copy = copies.of_tests(Path(folder), tests)
            whole = (copy.folder / "src" / f"{file}.sol").read_text()
            for some in _batches(list(group)):
                texts = [whole, *(each.planted(whole) for each in some)]
                healthy, *told = copy.noticed_side_by_side(file, texts, tests)
                _check_healthy(healthy)
                yield from map(result, some, told)


def _batches(found: Sequence[Mutant]) -> Iterator[Sequence[Mutant]]:
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _one_by_one(found: Sequence[Mutant]) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="salus-mutants-") as folder:
        copy = copies.of_all(Path(folder))
        _check_healthy(copies.PASSED if copy.compiles() else copies.NOT_COMPILED)
        for tests in dict.fromkeys(stage for each in found for stage in _stages(each)):
            _check_healthy(copy.failed(tests))
        for each in found:
            yield result(each, copy.noticed(each, _stages(each)))


def _stages(mutant: Mutant) -> tuple[tuple[str, ...], ...]:
    tests = TARGETS[mutant.file]
    return (tests.wider,) if mutant.is_arithmetic else (tests.first, tests.wider)


def _check_healthy(told: copies.Told) -> None:
    """Where the tests fail without a fault, every fault would seem to be noticed."""
    if told != copies.PASSED:
        sys.exit(f"without a fault, this fails: {told or 'the compiler'}")


def accepted() -> frozenset[str]:
    """The names of mutants that may survive: what stands in backquotes at the start of a row."""
    if not ACCEPTED.exists():
        return frozenset()
    return frozenset(re.findall(r"^\| `(.+? -> .+?)` \|", ACCEPTED.read_text(), re.MULTILINE))


def chosen(only: Sequence[str], sample: int | None, seed: int) -> list[Mutant]:
    """The faults of the files asked for. A larger sample holds the smaller one."""
    files = [
        file
        for file in TARGETS
        if not only or any(fnmatchcase(file.rpartition("/")[2], each) for each in only)
    ]
    found = [each for file in files for each in mutants(file)]
    if sample is None or sample >= len(found):
        return found
    return sorted(
        sorted(found, key=lambda each: sha256(f"{seed} {each.place}".encode()).digest())[:sample],
        key=found.index,
    )


def digest(file: str) -> str:
    """Of all sources, and of all that the tests of this file are made of."""
    sources = {str(each.relative_to(CONTRACTS)) for each in CONTRACTS.glob("src/*/*.sol")}
    names = sorted(sources | copies.imported(TARGETS[file].all))
    texts = [name.encode() + b"\n" + (CONTRACTS / name).read_bytes() for name in names]
    vectors = [each.read_bytes() for each in sorted(CONTRACTS.glob("test/vectors/*.json"))]
    return sha256(b"\n".join(sha256(each).digest() for each in texts + vectors)).hexdigest()


class Kept:
    """What was found, a line for each; one that was not written to its end counts for nothing."""

    def __init__(self, place: Path, digests: Mapping[str, str]) -> None:
        self._place = place
        self._digests = digests

    def known(self, found: Iterable[Mutant]) -> list[Result]:
        """What is known of them with the sources and tests of now."""
        if not self._place.exists():
            return []
        kept = {}
        for row in filter(None, map(_row, self._place.read_text().splitlines())):
            kept[row["digest"], row["mutant"]] = (Fate(row["fate"]), row["by"])
        return [
            Result(each, *kept[key])
            for each in found
            if (key := (self._digests[each.file], each.place)) in kept
        ]

    def keep(self, found: Result) -> None:
        row = {
            "digest": self._digests[found.mutant.file],
            "mutant": found.mutant.place,
            "fate": found.fate.value,
            "by": found.by,
        }
        self._place.parent.mkdir(exist_ok=True)
        with self._place.open("a") as file:
            file.write(f"\n{json.dumps(row)}\n")


def _row(line: str) -> dict[str, str] | None:
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def table(found: Sequence[Result]) -> Iterator[str]:
    """Rows of Markdown: of each file how many were tried, and what became of them."""
    for file in TARGETS:
        count = Counter(each.fate for each in found if each.mutant.file == file)
        if alive := count[Fate.KILLED] + count[Fate.SURVIVED]:
            share = 100 * count[Fate.KILLED] // alive
            numbers = f"{alive} | {count[Fate.KILLED]} | {count[Fate.SURVIVED]} | {share} %"
            yield f"| `{file}` | {numbers} | {count[Fate.STILLBORN]} |"


def _told(found: Sequence[Mutant]) -> int:
    may_survive = accepted()
    kept = Kept(RESULTS, {file: digest(file) for file in {each.file for each in found}})
    results = kept.known(found)
    known = {each.mutant for each in results}
    for each in tried([each for each in found if each not in known], may_survive):
        kept.keep(each)
        results.append(each)
        note = f"{each.fate.value} by {each.by}" if each.by else each.fate.value
        print(f"{len(results)} of {len(found)}: {note}: {each.mutant.place}", flush=True)
    survivors = [each.mutant for each in results if each.fate is Fate.SURVIVED]
    unexplained = [each for each in survivors if each.name not in may_survive]
    print("\n".join(table(results)))
    print("\n".join(f"survived, unexplained: {each.place}" for each in unexplained))
    return int(bool(unexplained))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], help="a file, such as RevenueMath or '*Math'"
    )
    parser.add_argument("--sample", type=int, help="so many, at random")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--list", action="store_true", help="name them and plant none")
    asked = parser.parse_args()
    found = chosen(asked.only, asked.sample, asked.seed)
    if asked.list:
        print("\n".join(each.name for each in found))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; what was found is kept"))
    sys.exit(_told(found))


if __name__ == "__main__":
    main()
