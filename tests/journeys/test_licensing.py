"""What of a record may be licensed, and what governors publish: the commands."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.journeys.stage import answer, chart, grant, opening, record_of, run, written

SET = ("--sections", "laboratory,medications", "--duo", "GRU,IRB")


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", chart()))


def refused(home: Path, *arguments: str | Path) -> str:
    said = run(home, *arguments, "--json")
    assert said.status == 1, said.out
    return str(said.json()["error"]["type"])


def licensed(said: dict[str, object]) -> list[str]:
    sections = said["sections"]
    assert isinstance(sections, list)
    return [each["section"] for each in sections if each["licensed"]]


def test_a_patient_says_what_may_be_licensed_and_takes_it_back(home: Path, record: str) -> None:
    before = answer(home, "licensing", "show", record)
    made = answer(home, "licensing", "set", record, *SET, "--regions", "EU,CH")
    shown = answer(home, "licensing", "show", record)
    none = answer(home, "licensing", "set", record, "--none")

    assert (licensed(before), before["changes"]) == ([], 0)
    assert made == shown
    assert licensed(made) == ["medications", "laboratory"]
    assert (made["duo"], made["regions"]) == (["GRU", "GS", "IRB"], ["EU", "CH"])
    assert "ai-training" not in made["uses"]
    assert len(made["uses"]) == 13
    assert (licensed(none), none["changes"]) == ([], 2)
    assert answer(home, "index", "rebuild") == {"differences": []}


def test_a_closed_section_is_not_licensed_and_care_goes_on(
    home: Path, record: str, tmp_path: Path
) -> None:
    grant(home, record, "laboratory")
    answer(home, "licensing", "set", record, *SET)
    shut = answer(home, "licensing", "close", record, "--sections", "laboratory")
    read = opening("laboratory", tmp_path / "out", reader="clinic")
    during = run(home, "open", record, *read).status
    back = answer(home, "licensing", "reopen", record, "--sections", "laboratory")
    again = refused(home, "licensing", "reopen", record, "--sections", "laboratory")
    row = next(each for each in back["sections"] if each["section"] == "laboratory")

    assert licensed(shut) == ["medications"]
    assert during == 0
    assert licensed(back) == ["medications", "laboratory"]
    assert (row["generation"], row["closed"]) == (1, None)
    assert again.endswith("/consent/not-closed")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ((), "section-missing"),
        (("--sections", "laboratory"), "permission-missing"),
        (("--sections", "laboratory", "--duo", "IRB"), "permission-missing"),
        (("--sections", "laboratory", "--duo", "XYZ"), "unknown-term"),
        (("--sections", "kidneys", "--duo", "GRU"), "no-such-section"),
        (("--sections", "emergency-summary", "--duo", "GRU"), "not-licensable"),
        ((*SET, "--uses", "snooping"), "unknown-use"),
        ((*SET, "--regions", "Atlantis"), "unknown-region"),
        ((*SET, "--regions", ""), "use-missing"),
    ],
)
def test_a_policy_that_cannot_be_changes_nothing(
    home: Path, record: str, asked: tuple[str, ...], kind: str
) -> None:
    said = refused(home, "licensing", "set", record, *asked)

    assert said.endswith(f"/{kind}")
    assert answer(home, "licensing", "show", record)["changes"] == 0


def test_nobody_else_says_what_may_be_licensed(home: Path, record: str) -> None:
    said = refused(home, "licensing", "set", record, *SET, "--as", "clinic")

    assert said.endswith("/consent/power-missing")


def test_governors_publish_policies_that_anybody_finds_by_their_text(
    home: Path, tmp_path: Path
) -> None:
    text = written(tmp_path, "wording.txt", b"I allow this.")
    publish = ("policy", "publish", text, "--for")
    made = answer(home, *publish, "legal-limit", "--as", "hospital")
    (listed,) = answer(home, "policy", "list")

    assert made["policy"] == "0x" + sha256(b"I allow this.").hexdigest()
    assert (listed["policy"], listed["for"]) == (made["policy"], "legal-limit")
    assert refused(home, *publish, "wording", "--as", "clinic").endswith("/already-exists")
    assert refused(home, *publish, "wording", "--as", "c1").endswith("/not-governor")
    assert refused(home, *publish, "nothing", "--as", "hospital").endswith("/unknown-kind")
    assert answer(home, "index", "rebuild") == {"differences": []}


def test_conditions_are_listed_with_those_that_wait_for_a_governor(home: Path) -> None:
    found = answer(home, "policy", "conditions")
    names = {each["condition"]: each for each in found}
    again = refused(home, "policy", "approve-condition", "Referrals", "--as", "hospital")
    nothing = ("policy", "approve-condition", "0x" + "11" * 20, "--as", "hospital")

    assert {"Referrals", "OrganizationActive", "GuardiansAgreed"} <= names.keys()
    assert all(each["approved"] for each in found)
    assert again.endswith("/already-exists")
    assert refused(home, *nothing).endswith("/condition-not-approved")
