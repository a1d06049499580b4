"""An emergency from the ambulance to the review, and the card for when nothing else works."""

from pathlib import Path
from typing import Any

import pytest

from salus.services.emergency.tests.test_card import scanned
from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    answer,
    bundle,
    copy,
    observation,
    process,
    record_of,
    run,
    written,
)

NAMED = PERSON | {"name": [{"text": "Ann Example"}]}
PENICILLIN = ALLERGY | {"code": {"text": "Penicillin"}}


@pytest.fixture(scope="module")
def prepared(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a record, a guardian, and a delegate who wants to be told."""
    folder = tmp_path_factory.mktemp("emergency")
    home = copy(founded, folder / "home")
    chart = bundle(NAMED, PENICILLIN, observation("hb", "12.0 g/dL"))
    record = record_of(home, written(folder, "chart.json", chart))
    answer(home, "invite", "mother")
    answer(home, "guardians", record, "--set", "mother", "--threshold", "1")
    answer(
        home, "delegate", record, "--to", "research", "--powers", "notify", "--until", "2032-01-31"
    )
    return home, record


@pytest.fixture
def kept(prepared: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    home, record = prepared
    return copy(home, tmp_path / "home"), record


def opens(home: Path, record: str, *more: str) -> Any:
    asked = ("break-glass", record, "--as", "medic1", "--reason", "UNCONSCIOUS")
    return answer(home, *asked, *more)


def problem(home: Path, *arguments: str | Path) -> str:
    said = run(home, *arguments, "--json")
    assert said.status == 1
    kind: str = said.json()["error"]["type"]
    return kind.removeprefix("/problems/")


def told(home: Path, record: str) -> set[tuple[str, str]]:
    return {(each["step"], each["name"]) for each in answer(home, "notices", record)}


def test_a_clinician_sees_at_once_what_matters(kept: tuple[Path, str], tmp_path: Path) -> None:
    home, record = kept
    seen = opens(home, record, "--out", str(tmp_path / "seen"))
    (file,) = (tmp_path / "seen").iterdir()

    assert ("summary", 1) == (seen["scope"], seen["resources"])
    assert {"kind": "allergy", "text": "Penicillin"} in seen["lines"]
    assert b'"document"' in file.read_bytes()


def test_everybody_concerned_is_told(kept: tuple[Path, str]) -> None:
    home, record = kept
    opens(home, record)

    assert {("opened", name) for name in ("subject", "mother", "research", "privacy")} == told(
        home, record
    )


def test_an_emergency_goes_from_the_summary_to_the_review(kept: tuple[Path, str]) -> None:
    home, record = kept
    emergency = opens(home, record)["emergency"]
    assert "consent/same-signer" == problem(
        home, "break-glass", "widen", emergency, "--as", "medic1"
    )
    wide = answer(home, "break-glass", "widen", emergency[:6], "--as", "medic2")
    seen = answer(home, "break-glass", "read", emergency, "--as", "medic2")
    answer(home, "break-glass", "close", emergency)
    ended = problem(home, "break-glass", "read", emergency, "--as", "medic1")
    answer(home, "break-glass", "review", emergency, "--verdict", "justified", "--finding", "Cold")
    found = answer(home, "notices", record)

    assert ("record", "consent/opening-ended") == (wide["scope"], ended)
    assert seen["resources"] > 1
    assert {"justified: Cold"} == {each["review"] for each in found}
    assert {"opened", "widened", "closed", "reviewed"} == {each["step"] for each in found}


def test_a_patient_who_forbids_it_is_warned_and_obeyed(kept: tuple[Path, str]) -> None:
    home, record = kept
    said = run(home, "emergency-policy", record, "forbid")

    assert "Nobody can open" in said.err
    assert "forbid" == answer(home, "emergency-policy", record)["policy"]
    assert "consent/emergency-forbidden" == problem(
        home, "break-glass", record, "--as", "medic1", "--reason", "CONFUSED"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("RECORD", "--as", "medic1", "--reason", "CURIOUS"), "emergency/unknown-reason"),
        (("RECORD", "--as", "nobody", "--reason", "CONFUSED"), "identity/unknown-party"),
        (("RECORD", "--as", "research", "--reason", "CONFUSED"), "emergency/site-missing"),
        (("ffff", "--as", "medic1", "--reason", "CONFUSED"), "records/unknown-record"),
        (("read", "ffff", "--as", "medic1"), "emergency/unknown-emergency"),
    ],
    ids=["reason", "nobody", "stranger", "record", "emergency"],
)
def test_what_cannot_be_is_refused_by_its_name(
    kept: tuple[Path, str], arguments: tuple[str, ...], error: str
) -> None:
    home, record = kept
    given = [record if each == "RECORD" else each for each in arguments]

    assert error == problem(home, "break-glass", *given)
    assert [] == answer(home, "notices", record)


def test_a_card_is_printed_scanned_and_read_without_a_home(
    kept: tuple[Path, str], tmp_path: Path
) -> None:
    home, record = kept
    page, trust = tmp_path / "card.html", tmp_path / "trust.json"
    answer(home, "card", record, "--out", page)
    answer(home, "card", "trust", "--out", trust)
    texts = scanned(page.read_text())
    codes = written(tmp_path, "scanned.txt", "\n".join(texts).encode())
    said = process(None, "card", "read", codes, "--trust", trust, "--json")
    front = written(tmp_path, "front.txt", "\n".join(texts[:-1]).encode())
    closed = process(None, "card", "read", front, "--trust", trust, "--json")

    assert {"kind": "name", "text": "Ann Example"} in said.json()["lines"]
    assert (record, "hospital") == (said.json()["record"], said.json()["source"])
    assert "/problems/emergency/code-wrong" == closed.json()["error"]["type"]


def test_the_use_of_a_card_is_told_afterwards(kept: tuple[Path, str]) -> None:
    home, record = kept
    answer(home, "card", "used", record, "--as", "medic2", "--at", "2020-01-31T18:30Z")
    future = ("card", "used", record, "--as", "medic2", "--at", "2999-01-31T18:30Z")

    assert ("card", "subject") in told(home, record)
    assert "consent/bad-time" == problem(home, *future)
    assert "emergency/bad-card-time" == problem(home, *future[:-1], "yesterday")


def test_it_speaks_chinese(kept: tuple[Path, str]) -> None:
    home, record = kept
    asked = ("break-glass", record, "--as", "medic1", "--reason", "UNCONSCIOUS")
    said = run(home, *asked, language="zh-Hans")

    assert "患者及其照护者会得到通知" in said.out
