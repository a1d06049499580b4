"""Run benchmarks: `python -m benchmarks NAME|all [--json] [--quick]`.

Each module of this folder with a function `run() -> list[Row]` is a benchmark of the same name; an
underscore at the end is left out, so `import_.py` is `import`. The exit status is 1 when a bar is
missed.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks import report
from benchmarks.report import Row

_OWN = {"__main__", "report"}
_ALL = "all"
_WIDTH = 140  # of a table in a file


def found() -> dict[str, str]:
    """The module of each benchmark."""
    names = (each.name for each in pkgutil.iter_modules(benchmarks.__path__))
    return {name.rstrip("_"): name for name in names if name not in _OWN and name[0] != "_"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for. Returns the exit status."""
    modules = found()
    asked = _parser(modules).parse_args(arguments)
    if asked.quick:
        report.hurry()
    names = sorted(modules) if asked.name == _ALL else [asked.name]
    sys.stderr.write(report.machine() + "\n")
    results = {}
    for name in names:
        results[name] = _load(modules[name])()
        if not asked.json:
            _console().print(table(name, results[name]))
    if asked.json:
        documents = [document(name, rows) for name, rows in results.items()]
        whole = documents if asked.name == _ALL else documents[0]
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    return int(any(each.met is False for rows in results.values() for each in rows))


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH)


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the bars.")
    parser.add_argument("name", choices=[*sorted(names), _ALL], help="which benchmark")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    parser.add_argument("--quick", action="store_true", help="less input and one run each")
    return parser


def _load(module: str) -> Callable[[], list[Row]]:
    run: Callable[[], list[Row]] = importlib.import_module(f"benchmarks.{module}").run
    return run


def document(name: str, rows: Iterable[Row]) -> dict[str, object]:
    """The figures as the JSON of `--json`."""
    return {"name": name, "rows": [asdict(each) for each in rows]}


def table(name: str, rows: Iterable[Row]) -> Table:
    """The figures as people read them."""
    shown = Table(title=name, title_justify="left")
    shown.add_column("what")
    for heading in ("value", "unit", "reference", "ratio", "bar", "met"):
        shown.add_column(heading, justify="left" if heading in {"unit", "bar"} else "right")
    for each in rows:
        shown.add_row(
            each.what,
            figure(each.value),
            each.unit,
            figure(each.reference),
            figure(each.ratio),
            each.bar or "",
            {True: "yes", False: "NO", None: ""}[each.met],
        )
    return shown


def figure(value: float | None) -> str:
    """Three digits that count, with the thousands apart."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
