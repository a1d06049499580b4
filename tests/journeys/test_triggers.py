"""Grants that begin, pause, go on and end when somebody reports that something happened."""

from pathlib import Path

import pytest

from tests.journeys.stage import UNTIL, answer, chart, opening, record_of, run, written

ASKED = ("--sections", "laboratory", "--to", "clinic", "--until", UNTIL)


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", chart()))


def opens(home: Path, record: str, output: Path) -> bool:
    said = run(home, "open", record, *opening("laboratory", output, reader="clinic"))
    assert said.status == 0 or said.err.startswith("Not permitted.")
    return said.status == 0


def refused(home: Path, *arguments: str | Path) -> str:
    said = run(home, *arguments, "--json")
    assert said.status == 1, said.out
    return str(said.json()["error"]["type"])


def test_a_grant_opens_between_the_reports_that_start_and_end_it(
    home: Path, record: str, tmp_path: Path
) -> None:
    letter, output = written(tmp_path, "letter.txt", b"Admitted today."), tmp_path / "out"
    when = ("--starts-when", "clinic:admitted", "--ends-when", "clinic:discharged")
    made = answer(home, "grant", record, *ASKED, *when)
    before = opens(home, record, output)
    who = ("--as", "clinic", "--trigger")
    begun = answer(home, "report", made["grant"], *who, "admitted", "--evidence", letter)
    during = opens(home, record, output)
    ended = answer(home, "report", made["grant"], *who, "discharged")
    after = opens(home, record, output)
    told = answer(home, "triggers", made["grant"])

    assert [made["state"], begun["state"], ended["state"]] == ["suspended", "live", "ended"]
    assert (before, during, after) == (False, True, False)
    assert [(each["trigger"], each["reporter"], each["effect"]) for each in told] == [
        ("admitted", "clinic", "start"),
        ("discharged", "clinic", "end"),
    ]
    assert told[0]["salt"] == begun["salt"] is not None
    assert told[1]["evidence"] is ended["salt"] is None
    assert answer(home, "index", "rebuild") == {"differences": []}


def test_a_grant_pauses_and_goes_on(home: Path, record: str, tmp_path: Path) -> None:
    answer(home, "invite", "nurse")
    when = ("--suspends-when", "nurse:left", "--resumes-when", "nurse:returned")
    made = answer(home, "grant", record, *ASKED, *when)
    seen = [opens(home, record, tmp_path / "out")]
    for name in ("left", "returned"):
        answer(home, "report", made["grant"], "--trigger", name, "--as", "nurse")
        seen.append(opens(home, record, tmp_path / "out"))

    assert made["state"] == "live"
    assert seen == [True, False, True]


def test_only_who_was_named_reports_and_only_what_was_named(home: Path, record: str) -> None:
    made = answer(home, "grant", record, *ASKED, "--ends-when", "clinic:discharged")
    report = ("report", made["grant"], "--trigger")

    assert refused(home, *report, "discharged", "--as", "research").endswith("/not-reporter")
    assert refused(home, *report, "died", "--as", "clinic").endswith("/unknown-trigger")
    assert answer(home, "grants", record)[0]["state"] == "live"


@pytest.mark.parametrize(
    ("when", "kind"),
    [
        (("--ends-when", "discharged"), "consent/unclear-trigger"),
        (("--ends-when", "clinic:"), "consent/unclear-trigger"),
        (("--ends-when", "nobody:discharged"), "identity/unknown-party"),
        (
            ("--ends-when", "clinic:moved", "--suspends-when", "research:moved"),
            "consent/same-trigger",
        ),
    ],
    ids=["no-reporter", "no-name", "unknown-reporter", "same-name"],
)
def test_a_trigger_that_cannot_be_leaves_no_grant(
    home: Path, record: str, when: tuple[str, ...], kind: str
) -> None:
    assert refused(home, "grant", record, *ASKED, *when).endswith(f"/{kind}")
    assert answer(home, "grants", record) == []


def test_what_is_approved_still_waits_for_its_start(home: Path, record: str) -> None:
    answer(home, "invite", "mother")
    approvers = ("--approvers", "patient,mother", "--threshold", "2")
    answer(home, "rule", record, "--section", "laboratory", *approvers)
    made = answer(home, "grant", record, *ASKED, "--starts-when", "clinic:admitted")
    said = run(home, "approve", made["grant"], "--as", "mother")
    begun = answer(home, "report", made["grant"], "--trigger", "admitted", "--as", "clinic")

    assert made["state"] == "proposed"
    assert "starts when that is reported" in said.out
    assert begun["state"] == "live"


def test_the_name_of_a_trigger_and_the_evidence_are_not_on_the_ledger(
    home: Path, record: str, tmp_path: Path
) -> None:
    secret = b"a-name-that-nobody-else-has"
    letter = written(tmp_path, "letter.txt", secret * 2)
    when = ("--ends-when", f"clinic:{secret.decode()}")
    made = answer(home, "grant", record, *ASKED, *when)
    asked = ("--trigger", secret.decode(), "--as", "clinic", "--evidence", letter)
    answer(home, "report", made["grant"], *asked)
    chain = [each for each in home.rglob("*") if each.is_file() and "ledger" in each.as_posix()]

    assert chain
    assert not any(secret in each.read_bytes() for each in chain)
