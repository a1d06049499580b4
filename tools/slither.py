"""Read the contracts with slither: what it finds is explained in contracts/slither.toml."""

import json
import shutil
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.checkers import checker, fresh
from tools.contracts import CONTRACTS, ROOT, forge

EXPLAINED = CONTRACTS / "slither.toml"
OUT = ROOT / "build" / "analysis"
Finding = Mapping[str, Any]


def place(finding: Finding) -> str:
    """Where a finding is, by names: `Contract.function`, and `.variable` where it is about one."""
    element: Finding = finding["elements"][0]
    names = [element["name"]]
    while parent := element.get("type_specific_fields", {}).get("parent"):
        element = parent
        if element["type"] in {"function", "contract"}:
            names.insert(0, element["name"])
    return ".".join(names)


def found(report: Path) -> dict[str, set[str]]:
    """The places of the findings of each detector. Exits when slither failed."""
    content = json.loads(report.read_text())
    if not content["success"]:
        sys.exit(f"slither failed: {content['error']}")
    places = defaultdict(set)
    for finding in content["results"].get("detectors", []):
        places[finding["check"]].add(place(finding))
    return places


def faults(places: Mapping[str, set[str]], explained: Mapping[str, Any]) -> list[str]:
    """What nobody explained, and what is explained though it is not found."""
    always: Mapping[str, str] = explained["detectors"]
    named: Mapping[str, Mapping[str, str]] = explained["findings"]
    new = [
        f"{check}: {where} is not explained in {EXPLAINED.name}"
        for check, wheres in places.items()
        for where in wheres
        if check not in always and where not in named.get(check, {})
    ]
    old = [
        f"{check}: {where} is explained and not found"
        for check, wheres in named.items()
        for where in wheres
        if where not in places.get(check, set())
    ]
    old += [f"{check} is explained and finds nothing" for check in always if check not in places]
    return sorted(new + old)


def main() -> None:
    # The compiler leaves a report for each of its settings, also once they are old.
    shutil.rmtree(OUT, ignore_errors=True)
    if forge("build", "--quiet", "--force", FOUNDRY_PROFILE="analysis").returncode:
        sys.exit("the contracts do not compile")
    report = fresh(ROOT / "build" / "slither.json")
    arguments = ["--foundry-out-directory", str(OUT), "--ignore-compile"]
    arguments += ["--filter-paths", "node_modules", "--json", str(report)]
    run = checker("slither", [".", *arguments], profile="analysis", silent=True)
    if not report.exists():
        sys.exit(run.stderr)
    places = found(report)
    if wrong := faults(places, tomllib.loads(EXPLAINED.read_text())):
        sys.exit("\n".join(wrong))
    print(f"{sum(map(len, places.values()))} findings, each explained")


if __name__ == "__main__":
    main()
