"""What a benchmark says: rows, each with its reference and its bar, and how to measure them."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[], object]
_QUICK = "SALUS_BENCHMARKS_QUICK"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `met` is None where no bar is set."""

    what: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    bar: str | None = None
    met: bool | None = None


def row(
    what: str,
    value: float,
    unit: str,
    *,
    reference: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    ratio_at_least: float | None = None,
    ratio_at_most: float | None = None,
) -> Row:
    """A row whose bar is judged here: one on the value, or one on value / reference."""
    ratio = None if reference is None else value / reference
    by_ratio = ratio_at_least is not None or ratio_at_most is not None
    if by_ratio and ratio is None:
        raise TypeError("a bar on the ratio needs a reference")
    judged = value if ratio is None or not by_ratio else ratio
    low, high = (ratio_at_least, ratio_at_most) if by_ratio else (at_least, at_most)
    unit_of_bar = "x reference" if by_ratio else unit
    bars = [
        f"{sign} {bound:g} {unit_of_bar}"
        for sign, bound in ((">=", low), ("<=", high))
        if bound is not None
    ]
    met = (low is None or judged >= low) and (high is None or judged <= high)
    return Row(what, value, unit, reference, ratio, ", ".join(bars) or None, met if bars else None)


def seconds(work: Work, *, runs: int = 5) -> float:
    """The median duration of several runs; one run when the reader is in a hurry."""
    return statistics.median(_once(work) for _ in range(1 if is_quick() else runs))


def paired(ours: Work, theirs: Work, *, runs: int = 5) -> tuple[float, float]:
    """The median durations of two works that take turns, so that both meet the same machine."""
    turns = [(_once(ours), _once(theirs)) for _ in range(1 if is_quick() else runs)]
    return statistics.median(a for a, _ in turns), statistics.median(b for _, b in turns)


def _once(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def hurry() -> None:
    """From now on, in this process and its children, measure less often and on less input."""
    os.environ[_QUICK] = "1"


def is_quick() -> bool:
    return os.environ.get(_QUICK) == "1"


def scaled(amount: int, *, quick: int | None = None) -> int:
    """`amount` of input, or `quick` (a tenth unless told) when the reader is in a hurry."""
    if not is_quick():
        return amount
    return quick if quick is not None else max(1, amount // 10)


def machine() -> str:
    """One line that says where the figures come from."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, Python {platform.python_version()}, {_processor()}"


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
