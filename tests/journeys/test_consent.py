"""A section is shared with somebody, read, taken back; and the patient sees all of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from salus.platform.node import open_node
from salus.rights.consent import service as consent
from salus.rights.consent.model import Purpose
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.household import keepers_of
from salus.rights.custody.reading import as_reader, read
from salus.rights.custody.service import looks
from salus.rights.identity.keyring import of_home
from salus.rights.records import service as records
from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    Said,
    answer,
    bundle,
    chart,
    grant,
    lines,
    observation,
    opening,
    record_of,
    run,
    written,
)


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", chart()))


def is_refused(said: Said) -> bool:
    return said.status == 1 and said.err.startswith("Not permitted.")


def test_what_is_granted_opens_and_nothing_else_does(
    home: Path, record: str, tmp_path: Path
) -> None:
    output, other = tmp_path / "out.ndjson", tmp_path / "other.ndjson"
    grant(home, record, "laboratory")
    opened = answer(home, "open", record, *opening("laboratory", output, reader="clinic"))
    another_reader = run(home, "open", record, *opening("laboratory", other, reader="research"))
    another_section = run(home, "open", record, *opening("allergies", other, reader="clinic"))

    assert opened["resources"] == 1
    assert b'"id": "o1"' in lines(output)[0]
    assert is_refused(another_reader)
    assert is_refused(another_section)
    assert not other.exists()


def test_after_revocation_a_read_is_not_permitted_and_leaves_no_file(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    given = grant(home, record, "laboratory")
    before = run(home, "open", record, *opening("laboratory", output, reader="clinic"))
    output.unlink()
    ended = answer(home, "revoke", given)
    after = run(home, "open", record, *opening("laboratory", output, reader="clinic"))
    folder = run(home, "open", record, *opening("laboratory", f"{output}/", reader="clinic"))

    assert before.status == 0
    assert ended == {"grant": given, "state": "ended"}
    assert is_refused(after)
    assert is_refused(folder)
    assert not output.exists()
    assert [each["state"] for each in answer(home, "grants", record)] == ["ended"]


def test_a_refusal_is_one_json_value_for_a_program(home: Path, record: str, tmp_path: Path) -> None:
    asked = opening("laboratory", tmp_path / "out", reader="clinic")
    said = run(home, "open", record, *asked, "--json")
    error = said.json()["error"]

    assert said.status == 1
    assert error["type"] == "/problems/custody/not-permitted"
    assert error["message"] == "Not permitted."
    assert error["hint"]


def test_a_grant_ends_only_once(home: Path, record: str) -> None:
    given = grant(home, record, "laboratory")
    first, second = run(home, "revoke", given), run(home, "revoke", given)

    assert first.status == 0
    assert second.status == 1
    assert "The grant is not in a state that allows this." in second.err


def test_the_patient_sees_who_looked_when_and_why(home: Path, record: str, tmp_path: Path) -> None:
    given = grant(home, record, "laboratory")
    begun = datetime.now(UTC).replace(microsecond=0)
    run(home, "open", record, *opening("laboratory", tmp_path / "a", reader="clinic"))
    run(home, "open", record, *opening("laboratory", tmp_path / "b", reader="research"))
    run(home, "revoke", given)
    run(home, "open", record, *opening("laboratory", tmp_path / "c", reader="clinic"))
    run(home, "open", record, *opening("allergies", tmp_path / "d"))
    seen = answer(home, "looks", record)

    assert [set(each) for each in seen] == [
        {"time", "reader", "purpose", "section", "outcome", "rule"}
    ] * 4
    assert [(each["reader"], each["purpose"], each["section"]) for each in seen] == [
        ("clinic", "TREAT", "laboratory"),
        ("research", "TREAT", "laboratory"),
        ("clinic", "TREAT", "laboratory"),
        ("subject", "PATRQT", "allergies"),
    ]
    assert [(each["outcome"], each["rule"]) for each in seen] == [
        ("permitted", f"grant {given.removeprefix('0x')}"),
        ("refused", "no-grant"),
        ("refused", "grant-not-live"),
        ("permitted", "subject"),
    ]
    assert all(begun <= datetime.fromisoformat(each["time"]) for each in seen)


def test_nobody_has_looked_at_a_fresh_record(home: Path, record: str) -> None:
    assert answer(home, "looks", record) == []
    assert run(home, "looks", record).out == "Nobody has looked.\n"


def test_what_is_labeled_restricted_needs_a_grant_of_its_own(home: Path, tmp_path: Path) -> None:
    labeled = [observation(f"o-{label}", "secret", label=label) for label in ("R", "V")]
    content = bundle(PERSON, observation("o1", "12.0"), *labeled)
    record = record_of(home, written(tmp_path, "chart.json", content))
    plain, all_of_it, own = (tmp_path / name for name in ("plain", "all", "own"))
    grant(home, record, "laboratory")
    answer(home, "open", record, *opening("laboratory", plain, reader="clinic"))
    grant(home, record, "laboratory", "--restricted", to="research")
    answer(home, "open", record, *opening("laboratory", all_of_it, reader="research"))
    answer(home, "open", record, *opening("laboratory", own))

    assert [b"secret" in line for line in lines(plain)] == [False]
    assert [b"secret" in line for line in lines(all_of_it)] == [False, True, True]
    assert lines(own) == lines(all_of_it)


def test_a_grant_of_a_section_that_is_all_restricted_must_say_so(
    home: Path, tmp_path: Path
) -> None:
    content = bundle(PERSON, ALLERGY, observation("o1", "secret", label="V"))
    record = record_of(home, written(tmp_path, "chart.json", content))
    asked = ("grant", record, "--sections", "laboratory", "--to", "clinic", "--until", "2030-01-01")
    said = run(home, *asked)

    assert said.status == 1
    assert "restricted" in said.err
    assert "--restricted" in said.err
    assert answer(home, "grants", record) == []


def test_a_grant_opens_nothing_once_its_window_is_over(home: Path, record: str) -> None:
    clock = ManualClock(SystemClock().now())
    with open_node(home, clock=clock) as node:
        with node.reading() as session:
            found = records.find_record(session, record)
            units = records.units_of(session, found, ["laboratory"])
            key = consent.controller(session, found)
        clinic = of_home(home).party("clinic")
        granted = consent.grant(
            node,
            record=found,
            units=[unit.id for unit in units],
            readers=[clinic.address],
            purpose=Purpose.TREAT.name,
            until=clock.now() + timedelta(hours=1),
            by=key,
        )
        node.follow()
        keepers, reader = keepers_of(node, home), as_reader(clinic, granted)
        opened = read(node, keepers, reader, found, units)
        clock.move(timedelta(hours=1))
        with pytest.raises(NotPermitted):
            read(node, keepers, reader, found, units)
        seen = looks(node, keepers, found, by=key)

    assert [len(unit.resources) for unit in opened.units] == [1]
    assert [(each.outcome, each.rule) for each in seen][1] == ("refused", "outside-window")
