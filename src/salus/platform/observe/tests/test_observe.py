"""Logs say what happened and never what about."""

import json
from pathlib import Path

import pytest

from salus.platform.observe import UnlistedKey, bound, log, to_file, unexpected


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_is_json_with_event_level_and_time(tmp_path: Path) -> None:
    with to_file(tmp_path / "log"):
        log("followed", block=7)
    (line,) = lines(tmp_path / "log")

    assert line.pop("time")
    assert line == {"event": "followed", "level": "info", "block": 7}


def test_a_key_that_is_not_listed_is_refused_under_test(tmp_path: Path) -> None:
    with pytest.raises(UnlistedKey, match="patient"), to_file(tmp_path / "log"):
        log("read", patient="Ada")

    assert lines(tmp_path / "log") == []


def test_a_key_that_is_not_listed_is_dropped_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with to_file(tmp_path / "log"):
        log("read", patient="Ada", count=1)
    (line,) = lines(tmp_path / "log")

    assert "Ada" not in json.dumps(line)
    assert line["count"] == 1


def test_bound_values_are_on_every_line_inside(tmp_path: Path) -> None:
    with to_file(tmp_path / "log"):
        with bound(request="r1"):
            log("one")
        log("two")

    assert [line.get("request") for line in lines(tmp_path / "log")] == ["r1", None]


def test_lines_go_to_standard_error_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    log("started")

    assert json.loads(capsys.readouterr().err)["event"] == "started"


def test_a_failure_is_logged_without_its_message(tmp_path: Path) -> None:
    try:
        raise LookupError("Ada Lovelace")  # noqa: TRY301 - the failure under test
    except LookupError as error:
        with to_file(tmp_path / "log"):
            shown = unexpected(error)
    (line,) = lines(tmp_path / "log")

    assert line["incident"] == shown.details["incident"]
    assert str(line["where"]).startswith("test_observe.py:")
    assert "Ada" not in json.dumps(line)


def test_only_the_owner_reads_the_log(tmp_path: Path) -> None:
    with to_file(tmp_path / "log"):
        log("started")

    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
