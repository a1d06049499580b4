"""A patient is referred, seen, and handed down again; the commands, and what they leave on disk."""

import json
from pathlib import Path

import pytest

from tests.journeys.stage import answer, chart, process, record_of, run, written

MARKER = "Quillfeather"
SUMMARY = {
    "resourceType": "Composition",
    "id": "s1",
    "status": "final",
    "type": {"text": "Discharge summary"},
    "subject": {"reference": "Patient/p1"},
    "date": "2026-12-01",
    "author": [{"display": "Dr. Example"}],
    "title": f"Summary for {MARKER}",
}


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", chart()))


def sent(home: Path, record: str, *more: str) -> str:
    asked = ("--to", "clinic", "--sections", "laboratory", "--reason", f"About {MARKER}")
    made = answer(home, "referral", "send", record, *asked, *more)

    assert made["state"] == "sent"
    return str(made["referral"])


def test_a_patient_goes_up_and_comes_down(home: Path, record: str, tmp_path: Path) -> None:
    referral = sent(home, record)
    summary = written(tmp_path, "summary.json", json.dumps(SUMMARY).encode())
    output = tmp_path / "taken.json"
    states = [
        answer(home, "referral", "accept", referral)["state"],
        answer(home, "referral", "down", referral, "--summary", summary)["state"],
        answer(home, "referral", "close", referral[:12])["state"],
    ]
    shown = answer(home, "referral", "show", referral, "--output", output)

    assert states == ["accepted", "handed_down", "closed"]
    assert [each["state"] for each in shown["moves"]] == ["sent", *states]
    assert (shown["from"], shown["to"], shown["record"]) == ("hospital", "clinic", record)
    assert (shown["request"]["status"], shown["task"]["status"]) == ("completed", "completed")
    assert shown["summary"] == SUMMARY
    assert output.read_bytes() == summary.read_bytes()


def test_each_side_has_its_work_list(home: Path, record: str) -> None:
    referral = sent(home, record)
    lists = {
        name: [each["referral"] for each in answer(home, "referral", "list", "--as", name)]
        for name in ("hospital", "clinic", "research")
    }

    assert lists == {"hospital": [referral], "clinic": [referral], "research": []}
    assert run(home, "referral", "list", "--as", "research").out == "There are no referrals.\n"


def test_a_reason_of_a_return_is_shown_in_the_home_only(home: Path, record: str) -> None:
    referral = sent(home, record)
    answer(home, "referral", "return", referral, "--reason", f"{MARKER} needs somebody else")
    said = run(home, "referral", "show", referral)
    files = [each for each in home.rglob("*") if each.is_file()]

    assert f"It was returned: {MARKER} needs somebody else" in said.out
    assert not [each for each in files if MARKER.encode() in each.read_bytes()]


def test_the_patient_cancels(home: Path, record: str) -> None:
    referral = sent(home, record)

    assert answer(home, "referral", "cancel", referral, "--patient")["state"] == "cancelled"
    assert run(home, "referral", "accept", referral).status == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("--to", "c1"), "c1"),
        (("--to", "hospital"), "cannot refer a patient to itself"),
        (("--sections", "genomics"), "no section genomics"),
        (("--reason", " "), "A reason has 1 to 2000 characters"),
        (("--deadline", "soon"), "A referral waits at least until tomorrow"),
        (("--deadline", "2020-01-01"), "A referral waits at least until tomorrow"),
    ],
)
def test_a_referral_that_cannot_be_is_refused(
    home: Path, record: str, changed: tuple[str, str], message: str
) -> None:
    asked = {"--to": "clinic", "--sections": "laboratory", "--reason": "x"} | dict([changed])
    options = [word for pair in asked.items() for word in pair]
    said = run(home, "referral", "send", record, *options)

    assert said.status == 1
    assert message in said.err
    assert answer(home, "referral", "list") == []


def test_a_summary_that_is_not_there_is_refused(home: Path, record: str, tmp_path: Path) -> None:
    referral = sent(home, record)
    answer(home, "referral", "accept", referral)
    missing = run(home, "referral", "down", referral, "--summary", tmp_path / "none.json")
    early = run(home, "referral", "show", referral, "--output", tmp_path / "out.json")

    assert "There is no file" in missing.err
    assert "There is no summary of this referral here." in early.err
    assert not (tmp_path / "out.json").exists()


def test_the_index_of_referrals_can_be_made_anew(home: Path, record: str) -> None:
    answer(home, "referral", "accept", sent(home, record))

    assert answer(home, "index", "rebuild") == {"differences": []}


_DIE = """
import os, signal
from salus.services.care import service
from salus.surfaces.cli import main
asked = service.submit
def submit(*given):
    if {after}:
        asked(*given)
    os.kill(os.getpid(), signal.SIGKILL)
service.submit = submit
main()
"""
"""Dies before the ledger is asked, or when it has answered and nobody was told."""


@pytest.mark.parametrize("after", [False, True], ids=["before the ledger", "after the ledger"])
def test_a_move_that_dies_is_there_whole_or_not_at_all(
    home: Path, record: str, *, after: bool
) -> None:
    referral = sent(home, record)
    asked = ("referral", "return", referral, "--reason", "No")
    died = process(home, *asked, program=_DIE.format(after=after))
    again = run(home, *asked)
    shown = answer(home, "referral", "show", referral)

    assert died.status == -9
    assert again.status == int(after)
    assert shown["state"] == "returned"
    assert shown["task"]["statusReason"] == {"text": "No"}
