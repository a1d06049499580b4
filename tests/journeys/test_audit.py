"""A record is read, refused and opened in an emergency; the audit tells, proves and accounts."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from salus.kernel.clock import SystemClock
from salus.platform.node import open_node
from salus.rights.custody import household
from salus.rights.custody.auditing.jobs import JOBS
from salus.rights.records.validation import validate
from tests.journeys.stage import (
    answer,
    chart,
    copy,
    grant,
    made_up,
    opening,
    record_of,
    run,
    written,
)
from tests.journeys.test_privacy import MARKER, found

KEEPERS = ("c1", "c2", "c3", "c4", "c5", "gateway")


@pytest.fixture(scope="module")
def lived(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home in which a marked record was read twice, refused once, and opened in an emergency."""
    folder = tmp_path_factory.mktemp("audited")
    home, files = copy(founded, folder / "home"), made_up(folder, count=1, marker=MARKER)
    record = record_of(home, *files.all())
    given = grant(home, record, "laboratory")
    for _ in range(2):
        answer(home, "open", record, *opening("laboratory", folder / "out", reader="clinic"))
    assert run(
        home, "open", record, *opening("laboratory", folder / "out", reader="research")
    ).status
    answer(home, "open", record, *opening("laboratory", folder / "out"))
    answer(home, "break-glass", record, "--as", "medic1", "--reason", "UNCONSCIOUS")
    return home, record, given


def anchor(home: Path) -> None:
    """What comes due five minutes after a read."""
    with open_node(home) as node:
        JOBS["custody.anchor_audit"](node)


def store(home: Path, name: str) -> Path:
    return home / household.STORES / name / "store.db"


def test_the_subject_sees_every_decision_and_who_wrote_it(lived: tuple[Path, str, str]) -> None:
    home, record, given = lived
    told = answer(home, "audit", record)
    entries = told["entries"]

    assert (told["silent"], told["forked"]) == ([], [])
    assert [each["who"] for each in entries] == [
        "clinic",
        "clinic",
        "research",
        "subject",
        "medic1",
    ]
    assert [each["outcome"] for each in entries] == [
        "permitted",
        "permitted",
        "refused",
        "permitted",
        "permitted",
    ]
    assert all(each["logs"] == ["gateway", *KEEPERS[:5], "hospital"] for each in entries)
    assert entries[0]["grants"] == [given]
    assert entries[2]["rule"] == "no-grant"
    assert entries[4]["obligations"] == ["NOTIFY_SUBJECT", "REVIEW"]
    assert entries[4]["emergency"]


def test_days_narrow_what_is_shown(lived: tuple[Path, str, str]) -> None:
    home, record, _ = lived
    today = datetime.now(UTC).date()
    past = (today - timedelta(days=1)).isoformat()

    assert answer(home, "audit", record, "--to", past)["entries"] == []
    assert len(answer(home, "audit", record, "--from", past)["entries"]) == 5
    refused = run(home, "audit", record, "--from", "soon", "--json")
    assert refused.json()["error"]["type"] == "/problems/audit/bad-dates"


def test_the_privacy_office_sees_all_of_its_node(lived: tuple[Path, str, str]) -> None:
    home, record, _ = lived

    assert len(answer(home, "audit", "show", "--as", "privacy")["entries"]) == 5
    assert len(answer(home, "audit", "show", record, "--as", "privacy")["entries"]) == 5


@pytest.mark.parametrize("options", [(), ("--as", "clinic"), ("--as", "hospital")])
def test_nobody_else_does(lived: tuple[Path, str, str], options: tuple[str, ...]) -> None:
    said = run(lived[0], "audit", "show", *options, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/audit/not-for-you"


def test_events_are_valid_fhir_and_name_no_patient(
    lived: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, record, _ = lived
    place = tmp_path / "audit.ndjson"
    answer(home, "audit", record, "--fhir", place)
    events = [orjson.loads(line) for line in place.read_bytes().splitlines()]
    emergencies = [each for each in events if len(each["subtype"]) == 2]

    assert [validate(each, resource_type="AuditEvent") for each in events] == [[]] * len(events)
    assert len(events) >= 5 * 7
    assert {each["subtype"][1]["code"] for each in emergencies} == {"110127"}
    assert len({each["id"] for each in events}) == len(events)
    assert record not in place.read_text()
    assert MARKER not in place.read_text()


def test_disclosures_are_accounted_for_with_repeats_and_exemptions(
    lived: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, record, _ = lived
    place = tmp_path / "accounting.html"
    told = answer(home, "accounting", record, "--html", place)
    rows = told["disclosures"]

    assert [(row["recipient"], row["count"], row["exemption"]) for row in rows] == [
        ("clinic", 2, "treatment-payment-operations"),
        ("subject", 1, "to-the-patient"),
        ("clinic", 1, "treatment-payment-operations"),
    ]
    assert rows[2]["sections"] == ["emergency-summary"]
    page = place.read_text()
    assert "emergency treatment" in page
    assert page.count("<tr>") == 4
    assert MARKER not in page


def test_the_page_speaks_chinese(lived: tuple[Path, str, str], tmp_path: Path) -> None:
    place = tmp_path / "accounting.html"
    said = run(lived[0], "accounting", lived[1], "--html", place, language="zh-Hans")

    assert said.status == 0
    assert '<html lang="zh-Hans">' in place.read_text()
    assert "Accounting of disclosures" not in place.read_text()


def test_nothing_of_the_patient_stands_in_the_logs(lived: tuple[Path, str, str]) -> None:
    home, record, _ = lived
    assert found(home / "keepers") == []
    assert found(home / "node") == []
    for name in KEEPERS:
        with sqlite3.connect(store(home, name)) as database:
            (content,) = zip(*database.execute("SELECT content FROM audit_entry"), strict=True)

        assert len(content) == 5
        assert not any(record.encode() in each for each in content)


"""PROOF"""


def test_logs_are_whole_and_anchored_after_five_minutes(lived: tuple[Path, str, str]) -> None:
    home = lived[0]
    anchor(home)
    logs = answer(home, "audit", "verify")["logs"]

    assert [each["log"] for each in logs] == ["hospital", *sorted(KEEPERS)]
    assert all(each["lines"] == each["anchored"] == 5 for each in logs)
    assert all(each["block"] > 0 for each in logs)


def test_a_changed_line_is_found(lived: tuple[Path, str, str], tmp_path: Path) -> None:
    home = copy(lived[0], tmp_path / "home")
    with sqlite3.connect(store(home, "c3")) as database:
        database.execute("DROP TRIGGER audit_entry_stays_as_it_is")
        database.execute(
            "UPDATE audit_entry SET content = replace(content, '\"refused\"', '\"permitted\"')"
            " WHERE sequence = 3"
        )
    said = run(home, "audit", "verify", "--json")
    details = said.json()["error"]["details"]

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/audit/audit-broken"
    assert (details["log"], details["sequence"], details["reason"]) == ("c3", "3", "changed")
    assert answer(home, "audit", lived[1])["forked"] == ["c3"]


def test_a_log_that_is_cut_off_is_found(lived: tuple[Path, str, str], tmp_path: Path) -> None:
    home = copy(lived[0], tmp_path / "home")
    anchor(home)
    with sqlite3.connect(home / "node" / "node.db") as database:
        database.execute("DROP TRIGGER audit_entry_stays")
        database.execute("DELETE FROM audit_entry WHERE sequence = 5")
    error = run(home, "audit", "verify", "--json").json()["error"]["details"]

    assert (error["log"], error["reason"]) == ("hospital", "shorter-than-anchored")


def test_heads_are_anchored_by_a_later_command(home: Path, tmp_path: Path) -> None:
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    answer(home, "open", record, *opening("laboratory", tmp_path / "out"))
    with open_node(home, clock=_Later()):
        pass
    logs = answer(home, "audit", "verify")["logs"]

    assert {each["anchored"] for each in logs} == {1}


class _Later(SystemClock):
    """Six minutes on."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=6)


def test_after_an_erasure_the_chain_holds_and_is_about_nobody(home: Path, tmp_path: Path) -> None:
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    answer(home, "open", record, *opening("laboratory", tmp_path / "out"))
    anchor(home)
    answer(home, "erase", record, "--yes")
    logs = answer(home, "audit", "verify")["logs"]
    rows: list[Any] = []
    for name in KEEPERS:
        with sqlite3.connect(store(home, name)) as database:
            rows += database.execute("SELECT salt FROM audit_entry")
            rows += database.execute("SELECT record FROM audit_subject")

    assert {each["lines"] for each in logs} == {1}
    assert rows == [(None,)] * len(KEEPERS)
    assert record not in json.dumps(answer(home, "audit", "show", "--as", "privacy"))
