"""Prove the claims of contracts/symbolic for all inputs, with halmos.

A function `check_...` is a claim that must hold. One named `wrong_...` says a little too much and
must not be proven: a solver that proved it could not be trusted with the others.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.checkers import checker, fresh
from tools.contracts import CONTRACTS, ROOT

CLAIM = re.compile(r"function ((?:check|wrong)_\w+)\(")
OPEN = (1, 2)
"""What halmos ends with after a counterexample, and after a solver that does not know."""


def claims() -> set[str]:
    """The names of all that is to be proven."""
    sources = sorted((CONTRACTS / "symbolic").glob("*.sol"))
    return {name for source in sources for name in CLAIM.findall(source.read_text())}


def results(report: Path) -> list[dict[str, Any]]:
    content = json.loads(report.read_text())
    return [each for found in content["test_results"].values() for each in found]


def faults(claimed: set[str], found: list[dict[str, Any]]) -> Iterator[str]:
    """What is not proven: not run, refuted or given up, or followed through no path to its end; and
    what is proven though it is wrong.
    """
    names = {each["name"].partition("(")[0] for each in found}
    yield from (f"{name} was not run" for name in sorted(claimed - names))
    for each in found:
        _, succeeded, _ = each["num_paths"] or (0, 0, 0)
        if each["name"].startswith("wrong_"):
            if each["exitcode"] not in OPEN:
                yield f"{each['name']} is wrong, and was not found open"
        elif each["exitcode"]:
            yield f"{each['name']} does not hold, or was given up"
        elif each["num_bounded_loops"]:
            yield f"{each['name']} has loops longer than the bound of halmos.toml"
        elif not succeeded:
            yield f"{each['name']} claims nothing: no path comes to its end"


def main() -> None:
    report = fresh(ROOT / "build" / "symbolic.json")
    checker("halmos", [*sys.argv[1:], "--json-output", str(report)], profile="symbolic")
    if not report.exists():
        sys.exit("halmos did not come to an end")
    claimed, found = claims(), results(report)
    if wrong := list(faults(claimed, found)):
        sys.exit("\n".join(wrong))
    wrong_ones = sum(name.startswith("wrong_") for name in claimed)
    print(f"{len(claimed) - wrong_ones} claims hold for all inputs; {wrong_ones} wrong ones do not")


if __name__ == "__main__":
    main()
