"""How fast patients are made up: they must never be what another benchmark waits for."""

from benchmarks.report import Row, row, scaled, seconds
from salus.surfaces.demo import patients


def run() -> list[Row]:
    """Resources a second, on one core, in charts of 200 and in one long chart."""
    count = scaled(20_000)
    short = seconds(lambda: [len(each) for each in patients.bundles(count // 200)], runs=3)
    long = seconds(lambda: patients.patient(1, resources=count), runs=3)
    return [
        row("charts of 200 resources", count / short, "resources/s", at_least=30_000),
        row("one long chart", count / long, "resources/s", at_least=30_000),
    ]
