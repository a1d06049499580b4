"""The frame of the benchmarks: what it judges and what it prints."""

import json
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as frame
from benchmarks import report
from benchmarks.report import Row, row

ROOT = Path(__file__).parents[2]
FIELDS = {"what", "value", "unit", "reference", "ratio", "bar", "met"}
NEW = """
from benchmarks.report import row, scaled

def run():
    return [row("things", scaled(50), "1/s", reference=10.0, {bound})]
"""


@pytest.mark.parametrize(
    ("value", "bound", "met"),
    [
        (5.0, {"at_least": 5.0}, True),
        (4.9, {"at_least": 5.0}, False),
        (5.0, {"at_most": 5.0}, True),
        (5.1, {"at_most": 5.0}, False),
        (5.0, {"reference": 10.0, "ratio_at_least": 0.5}, True),
        (4.9, {"reference": 10.0, "ratio_at_least": 0.5}, False),
        (12.0, {"reference": 10.0, "ratio_at_most": 1.2}, True),
        (12.1, {"reference": 10.0, "ratio_at_most": 1.2}, False),
        (5.0, {}, None),
    ],
)
def test_a_bar_is_met_at_its_border_and_missed_behind_it(
    value: float, bound: dict[str, float], *, met: bool | None
) -> None:
    assert row("what", value, "s", **bound).met is met


def test_a_bar_names_its_unit_or_the_reference() -> None:
    assert row("what", 7, "1/s", at_least=5).bar == ">= 5 1/s"
    assert row("what", 7, "s", reference=2, ratio_at_least=2.5).bar == ">= 2.5 x reference"
    assert row("what", 7, "s", reference=2).ratio == 3.5


def test_a_bar_on_the_ratio_without_reference_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="needs a reference"):
        row("what", 7, "s", ratio_at_least=2.5)


def test_works_that_are_compared_take_turns() -> None:
    turns: list[str] = []
    report.paired(lambda: turns.append("ours"), lambda: turns.append("theirs"), runs=3)

    assert turns == ["ours", "theirs"] * 3


def test_a_hurried_reader_gets_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_BENCHMARKS_QUICK", "1")
    runs: list[int] = []
    report.seconds(lambda: runs.append(1), runs=5)

    assert runs == [1]
    assert report.scaled(1000) == 100
    assert report.scaled(1000, quick=7) == 7


def test_the_figures_have_the_documented_members() -> None:
    shown = frame.document("sealing", [Row("one", 1.0, "s")])

    assert set(shown) == {"name", "rows"}
    assert [set(each) for each in shown["rows"]] == [FIELDS]  # type: ignore[attr-defined]


@pytest.fixture
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder that benchmarks are found in, and a reader who is not in a hurry."""
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path), *benchmarks.__path__])
    monkeypatch.setenv("SALUS_BENCHMARKS_QUICK", "0")
    return tmp_path


def test_a_new_module_is_found_and_judged(extra: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (extra / "fresh_.py").write_text(NEW.format(bound="ratio_at_least=2"))

    assert frame.main(["fresh", "--json"]) == 0

    printed = json.loads(capsys.readouterr().out)

    assert printed["name"] == "fresh"
    assert printed["rows"][0]["ratio"] == 5.0
    assert printed["rows"][0]["met"] is True


def test_a_missed_bar_is_said_and_ends_with_status_one(
    extra: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (extra / "slow.py").write_text(NEW.format(bound="at_least=6"))

    assert frame.main(["slow", "--quick"]) == 1

    printed = capsys.readouterr()

    assert "NO" in printed.out
    assert "cores" in printed.err


def test_every_benchmark_has_a_function_run() -> None:
    files = [
        path for path in (ROOT / "benchmarks").glob("*.py") if path.stem in frame.found().values()
    ]

    assert len(files) == len(frame.found())
    assert all("\ndef run() -> list[Row]:" in path.read_text() for path in files)
