"""A key holder stays away for longer than an erasure may take, and the commands say so."""

import sqlite3
from contextlib import closing
from pathlib import Path

from salus.platform.node import DATABASE
from salus.rights.custody.erasure.alarms import WATCH
from salus.rights.custody.household import announce_peer
from tests.journeys.stage import answer, chart, record_of, run, written

AWAY = "http://127.0.0.1:9"
HOURS = 73


def later(home: Path) -> None:
    """As if everything that waits had been asked for that many hours earlier."""
    with closing(sqlite3.connect(home / DATABASE)) as database, database:
        past = (HOURS * 3600,)
        database.execute("UPDATE custody_erasure SET asked_at = asked_at - ?", past)
        shift = "UPDATE platform_work SET run_at = run_at - ? WHERE name = ?"
        database.execute(shift, (*past, WATCH))


def test_a_late_erasure_is_told_of_until_it_is_proved(home: Path, tmp_path: Path) -> None:
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    announce_peer(home, "c1", AWAY)
    early = answer(home, "erase", record, "--yes")
    later(home)
    shown = answer(home, "erase", record, "--yes")
    status = answer(home, "custody", "status")
    said = run(home, "custody", "status")
    spoken = run(home, "custody", "status", language="zh-Hans")
    announce_peer(home, "c1", None)
    done = answer(home, "erase", record, "--yes")
    after = answer(home, "custody", "status")

    assert (early["stage"], early["late"], early["told"]) == ("shredding", False, [])
    assert (shown["waits_for"], shown["late"]) == (["c1"], True)
    assert shown["told"] == ["subject", "officer"]
    (late,) = status["erasures_late"]
    assert (late["record"], late["waits_for"]) == (record, ["c1"])
    assert f"The erasure of {record}" in said.err
    assert "The patient was told at" in said.out
    assert "privacy was told at" in said.out
    assert "The patient" not in spoken.out
    assert (done["stage"], done["late"], after["erasures_late"]) == ("proved", False, [])
