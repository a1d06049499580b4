"""A proof is shown to a stranger: without a home, without a network, and without a doubt."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from salus.rights.notary import verifier
from salus.rights.notary.checking import check
from tests.journeys.stage import (
    answer,
    answers,
    chart,
    copy,
    made_up,
    process,
    record_of,
    run,
    running,
    written,
)
from tools.contracts import node_folder

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
    assert 1_500 < proof.stat().st_size < 2_250
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


def trust_file(proof: Path, folder: Path, **changes: Any) -> Path:
    """The network that a proof names, as its reader would have got it from the consortium."""
    network = answer(folder, "verify", proof)["network"] | changes
    return written(folder, "trust.json", json.dumps(network).encode())


def test_a_proof_of_another_chain_is_named(founded: Path, home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    good = run(tmp_path, "verify", proof, "--trust", trust_file(proof, tmp_path))
    foreign = trust_file(proof, tmp_path, contract="0x" + 20 * "ab")
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
    trust = trust_file(tmp_path / "other.json", tmp_path)
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


def test_both_verifiers_take_the_file_as_it_is(home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    trust, script = trust_file(proof, tmp_path), Path(verifier.__file__)
    twins = ([sys.executable, "-I", script], [node_folder() / "node", script.with_suffix(".mjs")])
    said = [
        subprocess.run([*twin, proof, "--trust", trust], capture_output=True, check=False)
        for twin in twins
    ]

    assert [(0, b"valid\n")] * 2 == [(each.returncode, each.stdout) for each in said]


def test_the_reason_is_told_in_chinese(home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    foreign = trust_file(proof, tmp_path, contract="0x" + 20 * "ab")
    said = run(tmp_path, "verify", proof, "--trust", foreign, language="zh-Hans")

    assert said.status == 1
    assert "步骤 checkpoint 未通过" in said.err
    assert "这是另一条链的证明" in said.err
    assert re.search("[a-z]{3,} [a-z]{3,}", said.err) is None


def test_a_reader_remembers_the_newest_log(home: Path, tmp_path: Path) -> None:
    own, seen = copy(home, tmp_path / "home"), tmp_path / "seen.json"
    older, _ = proven(own, tmp_path, "Observation", "--path", "/status")
    first = older.rename(tmp_path / "older.json")
    ask = ("--trust", trust_file(first, tmp_path), "--remember", seen)
    answer(tmp_path, "verify", first, *ask)
    size = json.loads(seen.read_bytes())["size"]
    record = record_of(own, written(tmp_path, "chart.json", chart()))
    newer = tmp_path / "newer.json"
    answer(own, "prove", record, "Observation/o1", "--since", seen, "-o", newer)
    answer(tmp_path, "verify", newer, *ask)
    refused = run(tmp_path, "verify", first, *ask)
    forked = json.dumps({"root": "0x" + 64 * "0", "size": size}).encode()
    seen.write_bytes(forked)
    said = run(tmp_path, "verify", newer, *ask)

    assert json.loads(newer.read_bytes())["log"]["since"]["size"] == size
    assert (refused.status, said.status) == (1, 1)
    assert "its log is older than one that the reader knows" in refused.err
    assert "its log does not extend the one that the reader knows" in said.err
    assert forked == seen.read_bytes()


def test_to_remember_a_log_the_network_must_be_named(home: Path, tmp_path: Path) -> None:
    proof, _ = proven(home, tmp_path, "Observation", "--path", "/status")
    said = run(tmp_path, "verify", proof, "--remember", tmp_path / "seen.json")

    assert said.status == 1
    assert "Give a trust file with --trust." in said.err
    assert not (tmp_path / "seen.json").exists()


def test_a_witness_of_its_own_co_signs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = copy(home, tmp_path / "home")
    record = record_of(own, written(tmp_path, "chart.json", chart()))
    proof, asked = tmp_path / "proof.json", ("prove", record, "Observation/o1", "-o")
    with running(own, "ledger", "serve", "--port", "0") as ledger:
        answers(ledger)
        with running(own, "witness", "c1") as witness:
            assert witness.stdout is not None
            (url,) = re.findall(r"http://\S+\d", witness.stdout.readline())
            monkeypatch.setenv("SALUS_NOTARY_WITNESSES", json.dumps([url]))
            answer(own, *asked, proof)
            answer(own, *asked, proof)
        alone = run(own, *asked, tmp_path / "alone.json")
    shown = json.loads(proof.read_bytes())

    assert (2, 2) == (len(shown["checkpoint"]["signatures"]), shown["network"]["quorum"])
    assert answer(tmp_path, "verify", proof, "--trust", trust_file(proof, tmp_path))["valid"]
    assert alone.status == 1
    assert "1 of the 2 nodes needed have signed" in alone.err
    assert not (tmp_path / "alone.json").exists()
