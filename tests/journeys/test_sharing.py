"""One value and nothing else, several signatures at each use, delegates, and explanations."""

from pathlib import Path

import pytest

from tests.journeys.stage import (
    ALLERGY,
    PERSON,
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

UNTIL = ("--until", "2030-12-31")
FIRST, SECOND = observation("o1", "12.0 g/dL"), observation("o2", "13.5 g/dL")


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    content = bundle(PERSON, ALLERGY, FIRST, SECOND)
    return record_of(home, written(tmp_path, "chart.json", content))


def share(home: Path, record: str, only: str, *more: str, to: str = "clinic") -> str:
    asked = ("--only", only, "--to", to, *UNTIL)
    return str(answer(home, "share", record, *asked, *more)["grant"])


def status(home: Path, record: str, output: Path, *more: str, reader: str = "clinic") -> int:
    return run(home, "open", record, *opening("laboratory", output, reader=reader), *more).status


def test_a_grant_of_one_value_opens_that_value_only(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "one.ndjson"
    share(home, record, "Observation/o2")

    assert status(home, record, output) == 0
    (only,) = lines(output)
    assert b"13.5" in only
    assert b"12.0" not in only
    assert status(home, record, output, reader="research") == 1
    assert run(home, "open", record, *opening("allergies", output, reader="clinic")).status == 1


def test_a_shared_value_stays_as_it_was_and_ends_with_its_grant(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "one.ndjson"
    shared = share(home, record, "Observation/o1")
    assert record == record_of(home, written(tmp_path, "newer.json", chart("15.0 g/dL")))
    was_open, found = status(home, record, output), output.read_bytes()
    answer(home, "revoke", shared)
    output.unlink()

    assert was_open == 0
    assert b"12.0" in found
    assert status(home, record, output) == 1
    assert not output.exists()


def test_what_is_not_there_cannot_be_shared(home: Path, record: str) -> None:
    asked = ("--only", "Observation/none", "--to", "clinic", *UNTIL)
    said = run(home, "share", record, *asked, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"].endswith("/records/unknown-resource")
    assert answer(home, "grants", record) == []


@pytest.mark.parametrize(
    ("more", "kind"),
    [(("--until", "2020-01-01"), "bad-window"), ((*UNTIL, "--purpose", "BTG"), "unknown-purpose")],
)
def test_a_share_that_cannot_be_seals_nothing(
    home: Path, record: str, more: tuple[str, ...], kind: str
) -> None:
    before = sorted((home / "vault").rglob("*"))
    said = run(home, "share", record, "--only", "Observation/o1", "--to", "clinic", *more, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"].endswith(f"/consent/{kind}")
    assert sorted((home / "vault").rglob("*")) == before


def test_two_of_three_sign_each_use(home: Path, record: str, tmp_path: Path) -> None:
    """The patient, a second clinician and the ethics board; two of them for every single read."""
    output = tmp_path / "lab.ndjson"
    answer(home, "invite", "ethics")
    approvers = ("--approvers", "patient,medic2,ethics", "--threshold", "2", "--each-use")
    answer(home, "rule", record, "--section", "laboratory", *approvers)
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    made = answer(home, "grant", record, *asked)
    agreed = answer(home, "approve", made["grant"], "--as", "medic2")

    assert (made["state"], agreed["state"]) == ("proposed", "live")
    assert status(home, record, output) == 1
    assert status(home, record, output, "--cosign", "medic2") == 1
    assert status(home, record, output, "--cosign", "medic1,medic2") == 1
    assert not output.exists()
    assert status(home, record, output, "--cosign", "medic2,ethics") == 0
    assert status(home, record, output, "--cosign", "patient,ethics") == 0
    assert status(home, record, output) == 1


def test_a_value_of_a_ruled_section_is_not_shared_alone(home: Path, record: str) -> None:
    answer(home, "invite", "ethics")
    approvers = ("--approvers", "patient,ethics", "--threshold", "2")
    answer(home, "rule", record, "--section", "laboratory", *approvers)
    asked = ("--only", "Observation/o1", "--to", "clinic", *UNTIL)
    said = run(home, "share", record, *asked, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"].endswith("/fhir/under-rule")


def test_a_delegate_reads_for_the_patient_until_dismissed(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "lab.ndjson"
    answer(home, "invite", "daughter")
    answer(home, "delegate", record, "--to", "daughter", "--powers", "read", *UNTIL)
    while_appointed = status(home, record, output, reader="daughter")
    answer(home, "dismiss", record, "daughter")

    assert while_appointed == 0
    assert status(home, record, output, reader="daughter") == 1


def test_an_explanation_names_the_rule_to_the_patient_and_nothing_to_the_reader(
    home: Path, record: str
) -> None:
    permit = grant(home, record, "laboratory,allergies").removeprefix("0x")
    asked = ("--sections", "laboratory", "--to", "clinic", *UNTIL)
    denial = answer(home, "deny", record, *asked)["denial"].removeprefix("0x")
    explain = ("explain", record, "--reader", "clinic", "--sections", "laboratory,allergies")
    lab, allergies = answer(home, *explain)
    told = run(home, *explain, "--as-reader", "--json")

    assert (lab["outcome"], lab["rule"]) == ("deny", f"denial {denial}")
    assert (allergies["outcome"], allergies["rule"]) == ("permit", f"grant {permit}")
    assert {"laboratory": "not-permitted", "allergies": "permit"} == told.json()
    assert denial[:8] not in told.out


def test_a_reader_sees_the_same_where_it_is_denied_and_where_nothing_was_allowed(
    home: Path, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    never = run(home, "open", record, *opening("laboratory", output, reader="clinic"), "--json")
    grant(home, record, "laboratory")
    answer(home, "deny", record, "--sections", "laboratory", "--to", "clinic", *UNTIL)
    denied = run(home, "open", record, *opening("laboratory", output, reader="clinic"), "--json")

    assert never.status == denied.status == 1
    assert (never.out, never.err) == (denied.out, denied.err)
