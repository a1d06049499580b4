"""Two hospitals and a matcher, by the real commands: who has the same patient."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stage import answer, copy, record_of, run, written
from tests.journeys.test_people import AGAIN, ANNA
from tests.support.people import Seen


@pytest.fixture
def west(home: Path, tmp_path: Path) -> Path:
    return copy(home, tmp_path / "west")


def patient(folder: Path, seen: Seen) -> Path:
    return written(folder, f"{seen.hospital}.json", json.dumps(seen.patient()).encode())


def encoded(home: Path, folder: Path, name: str) -> Any:
    key, names, codes = folder / "match.key", folder / f"{name}-names", folder / f"{name}-codes"
    return answer(home, "match", "encode", "--key", key, "--names", names, "-o", codes)


def test_two_hospitals_learn_who_is_the_same_and_the_matcher_nothing(
    home: Path, west: Path, tmp_path: Path
) -> None:
    here = record_of(home, patient(tmp_path, ANNA))
    there = record_of(west, patient(tmp_path, AGAIN))
    answer(home, "match", "key", "-o", tmp_path / "match.key")
    counts = [
        encoded(each, tmp_path, name)["people"] for each, name in ((home, "east"), (west, "west"))
    ]
    east, other = tmp_path / "east-codes", tmp_path / "west-codes"
    seen = east.read_text() + other.read_text()
    done = answer(tmp_path / "nowhere", "match", "compare", east, other, "-o", tmp_path / "said")
    mine = answer(home, "match", "answer", tmp_path / "said", "--names", tmp_path / "east-names")
    theirs = answer(west, "match", "answer", tmp_path / "said", "--names", tmp_path / "west-names")

    assert counts == [1, 1]
    assert done["pairs"] == 1
    assert ([each["record"] for each in mine], [each["record"] for each in theirs]) == (
        [here],
        [there],
    )
    assert here not in seen
    assert there not in seen
    assert not east.exists()
    assert not other.exists()
    assert (mine[0]["score"], mine[0]["grade"]) == (theirs[0]["score"], theirs[0]["grade"])


def test_an_absent_key_is_told_by_its_name(home: Path, tmp_path: Path) -> None:
    said = run(
        home,
        *("match", "encode", "--key", tmp_path / "no.key", "--names", tmp_path / "names"),
        *("-o", tmp_path / "codes", "--json"),
    )

    assert said.json()["error"]["type"] == "/problems/matching/bad-match-key"
    assert not (tmp_path / "names").exists()
