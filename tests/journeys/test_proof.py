"""A proof is shown to a stranger: without a home, without a network, and without a doubt."""

import json
from pathlib import Path

import pytest

from salus.rights.notary.packing import check
from tests.journeys.stage import (
    answer,
    chart,
    copy,
    made_up,
    process,
    record_of,
    run,
    written,
)

STEPS = {
    "trust",
    "schema",
    "field",
    "section",
    "version",
    "record",
    "batch",
    "log",
    "checkpoint",
    "source",
    "revocation",
    "digest",
}


@pytest.fixture(scope="module")
def home(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one long record; these tests only read it."""
    folder = tmp_path_factory.mktemp("proven")
    home, files = copy(founded, folder / "home"), made_up(folder, count=1)
    answer(home, "import", *files.all())
    return home


def proven(home: Path, folder: Path, kind: str, *more: str) -> tuple[Path, dict[str, object]]:
    """A proof about the first resource of a type, and that resource."""
    (record,) = answer(home, "records")
    output = folder / "opened"
    section = {"Observation": "laboratory", "Patient": "demographics-and-social"}[kind]
    answer(home, "open", record["record"], "--section", section, "-o", f"{output}/")
    place = next(each for each in sorted(output.iterdir()) if each.name.startswith(kind))
    resource = json.loads(place.read_bytes())
    proof = folder / "proof.json"
    answer(home, "prove", record["record"], f"{kind}/{resource['id']}", *more, "-o", proof)
    return proof, resource


def test_a_value_of_about_2_kb_verifies_with_no_home_and_no_network(
    home: Path, tmp_path: Path
) -> None:
    proof, resource = proven(home, tmp_path, "Observation", "--path", "/status")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    said = process(None, "verify", proof, "--json", cwd=elsewhere, program=_ALONE)
    shown = said.json()

    assert said.status == 0, said.err
    assert 1_500 < proof.stat().st_size < 3_000
    assert shown["valid"] is True
    assert shown["source"] == "hospital"
    assert shown["disclosed"] == [{"path": "/status", "value": f'"{resource["status"]}"'}]
    assert list(elsewhere.iterdir()) == []


_ALONE = """
import socket, sys
from pathlib import Path

def refuse(*_, **__):
    raise AssertionError("no network is needed")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
Path.home = refuse
from salus.surfaces.cli import main
main()
"""


def test_every_changed_byte_is_found_and_the_step_is_named(home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    raw = proof.read_bytes()
    verdicts = [
        check(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :], None)
        for at in range(len(raw))
        for flip in (1, 0x20)
    ]
    shorter = [check(raw[:at], None) for at in range(0, len(raw), 97)]

    assert check(raw, None).valid
    assert [at for at, each in enumerate(verdicts) if each.valid] == []
    assert {each.step for each in verdicts} <= STEPS
    assert len({each.step for each in verdicts}) > 5
    assert {(each.valid, each.step) for each in shorter} == {(False, "schema")}
    assert not check(raw + b" ", None).valid


def test_a_changed_value_ends_with_status_1_and_the_step(home: Path, tmp_path: Path) -> None:
    proof, resource = proven(home, tmp_path, "Observation", "--path", "/status")
    raw = proof.read_bytes()
    value = json.dumps(f'"{resource["status"]}"').encode()
    changed = written(tmp_path, "changed.json", raw.replace(value, b'"\\"entered-in-error\\""'))
    said, told = run(tmp_path, "verify", changed, "--json"), run(tmp_path, "verify", changed)
    error = said.json()["error"]

    assert changed.read_bytes() != raw
    assert said.status == told.status == 1
    assert error["type"] == "/problems/notary/proof-invalid"
    assert error["details"]["step"] == "field"
    assert "the step field failed" in told.err
    assert "What to do: " in told.err


def test_a_whole_resource_can_be_proven(home: Path, tmp_path: Path) -> None:
    proof, resource = proven(home, tmp_path, "Patient")
    said = answer(tmp_path, "verify", proof)

    assert [each["path"] for each in said["disclosed"]] == [None]
    assert json.loads(said["disclosed"][0]["value"]) == resource


def test_a_part_of_a_resource_shows_nothing_beside_it(home: Path, tmp_path: Path) -> None:
    proof, resource = proven(home, tmp_path, "Patient", "--path", "/name/0/family")
    shown = proof.read_text()
    name = resource["name"][0]  # type: ignore[index]

    assert name["family"] in shown
    assert name["given"][0] not in shown
    assert str(resource["birthDate"]) not in shown
    assert str(resource["id"]) not in shown


def test_a_proof_of_another_chain_is_named(founded: Path, home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    own = json.loads(proof.read_bytes())["network"]
    other = own | {"contract": "0x" + 20 * "ab"}
    trusted = written(tmp_path, "own.json", json.dumps(own).encode())
    foreign = written(tmp_path, "other.json", json.dumps(other).encode())
    good = run(tmp_path, "verify", proof, "--trust", trusted)
    bad = run(tmp_path, "verify", proof, "--trust", foreign)

    assert good.status == 0
    assert bad.status == 1
    assert "the step checkpoint failed" in bad.err
    assert "this is a proof of another chain" in bad.err


def test_two_homes_do_not_believe_each_other(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run(other, "init")
    record = record_of(other, written(tmp_path, "chart.json", chart()))
    answer(other, "prove", record, "Observation/o1", "-o", tmp_path / "other.json")
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    network = json.loads((tmp_path / "other.json").read_bytes())["network"]
    trust = written(tmp_path, "trust.json", json.dumps(network).encode())
    said = run(tmp_path, "verify", proof, "--trust", trust)

    assert said.status == 1
    assert "the step checkpoint failed" in said.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"[]",
        b"{}",
        b'{"network": {}, "proof": {}}',
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
    ],
    ids=["empty", "text", "array", "object", "hollow", "binary", "twice"],
)
def test_what_is_no_proof_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    said = run(tmp_path, "verify", written(tmp_path, "proof.json", content))

    assert said.status == 1
    assert "the step schema failed" in said.err or "the step trust failed" in said.err


@pytest.mark.parametrize("content", [b"hello", b"[]", b"{}", b'{"chain": "one"}'])
def test_a_bad_trust_file_is_named(home: Path, tmp_path: Path, content: bytes) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    trust = written(tmp_path, "trust.json", content)
    said = run(tmp_path, "verify", proof, "--trust", trust)

    assert said.status == 1
    assert "the step trust failed" in said.err


def test_a_proof_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = run(tmp_path, "verify", tmp_path / "absent.json")

    assert said.status == 1
    assert str(tmp_path / "absent.json") in said.err
