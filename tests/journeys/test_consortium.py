"""Separate homes, keys and processes, over HTTPS: some are cut off, some are not who they claim."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from salus.kernel.clock import SystemClock
from salus.kernel.documents import text
from salus.platform.web import new_credential, tls_key_hash
from salus.rights.custody.consortium.homes import TRUST, found_apart
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import CHARTER, Charter, Seat
from salus.surfaces.consortium.commands import staying
from salus.surfaces.consortium.organizations import USUAL, at_free_ports, organizations_in
from tests.journeys.stage import (
    Said,
    answer,
    copy,
    grant,
    lines,
    made_up,
    opening,
    run,
    running,
    written,
)
from tests.journeys.test_privacy import MARKER
from tests.journeys.test_privacy import found as marked
from tests.support.secrets_of import foreign

CUSTODIANS = ("c1", "c2", "c3", "c4", "c5")
KEEPERS = (*CUSTODIANS, "gateway")
SECTION = "laboratory"
COMPOSE = Path(__file__).parents[2] / "compose.yaml"


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@dataclass(slots=True)
class Consortium:
    """Homes in one folder, and the processes in them."""

    folder: Path
    charter: Charter
    processes: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    record: str = ""
    grant: str = ""
    paper: Path = Path()

    def home(self, name: str) -> Path:
        return self.folder / name

    def open(self, output: Path, *, home: Path | None = None) -> Said:
        """The insurer opens, in its own home, as the only party of it."""
        asked = opening(SECTION, output)
        return run(home or self.home("insurer"), "open", self.record, *asked, "--json")

    def seat(self, name: str) -> Seat:
        seat = self.charter.seat(name)
        assert seat is not None
        return seat

    def reader_who_knows(self, folder: Path, *seats: Seat) -> Path:
        """A copy of the insurer's home, in which some members are known otherwise."""
        home, other = copy(self.home("insurer"), folder), {seat.name: seat for seat in seats}
        known = tuple(other.get(seat.name, seat) for seat in self.charter.seats)
        (home / CHARTER).write_bytes(text(replace(self.charter, seats=known)))
        return home

    @contextmanager
    def cut_off(self, *names: str) -> Iterator[None]:
        """They live, but nothing comes from them: as when the network between breaks."""
        for name in names:
            self.processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for name in names:
                self.processes[name].send_signal(signal.SIGCONT)


def start(stack: ExitStack, made: Consortium, commands: dict[str, Sequence[str]]) -> None:
    """The ledger first, then all others together."""
    first, *others = commands
    for names in ([first], others):
        for name in names:
            started = running(made.home(name), *commands[name])
            made.processes[name] = stack.enter_context(started)
        for name in names:
            output = made.processes[name].stdout
            assert output is not None
            assert " at http" in output.readline(), name


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    """A marked record is imported in one home, granted, handed over, and received in another.

    The programs are started with the commands of compose.yaml.
    """
    base = tmp_path_factory.mktemp("lived")
    usual = at_free_ports(organizations_in(USUAL))
    folder = base / "homes"
    charter = found_apart(folder, usual, clock=SystemClock(), settings=CustodySettings())
    with ExitStack() as stack:
        made = Consortium(folder, charter)
        start(stack, made, {name: each["command"] for name, each in services().items()})
        hospital, files = made.home("hospital"), made_up(base, count=1, marker=MARKER)
        (record,) = answer(hospital, "import", *files.all())["records"]
        made.record, made.paper = record["record"], base / "grant.json"
        made.grant = grant(hospital, made.record, SECTION, to="insurer")
        answer(hospital, "hand", made.grant, "-o", made.paper)
        answer(made.home("insurer"), "receive", made.paper)
        yield made


def test_a_reader_opens_from_its_own_home_with_its_own_keys(
    lived: Consortium, tmp_path: Path
) -> None:
    said = lived.open(tmp_path / "read")
    own = run(
        lived.home("hospital"), "open", lived.record, *opening(SECTION, tmp_path / "own"), "--json"
    )

    assert said.status == own.status == 0, said.out
    assert (said.json()["missing"], said.json()["refused_shares"]) == ([], [])
    assert all(seat.url.startswith("https://127.0.0.1:") for seat in lived.charter.seats)
    assert lines(tmp_path / "read") == lines(tmp_path / "own")
    assert MARKER.encode() in (tmp_path / "read").read_bytes()


def test_bodies_are_opened_from_the_vault_of_the_gateway(lived: Consortium) -> None:
    def bodies(name: str) -> set[str]:
        return {each.name for each in (lived.home(name) / "vault").glob("[0-9a-f][0-9a-f]/*")}

    assert bodies("gateway") == bodies("hospital") != set()
    assert bodies("c1") == bodies("insurer") == set()


def test_nobody_has_the_secrets_of_another(lived: Consortium) -> None:
    assert list(foreign(lived.folder)) == []


@pytest.mark.parametrize("name", ["ledger", *KEEPERS])
def test_who_keeps_keys_has_nothing_of_the_patient(lived: Consortium, name: str) -> None:
    assert marked(lived.home(name)) == []


def test_a_proof_carries_the_signature_of_another_node(
    lived: Consortium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.open(tmp_path / "read")
    first = json.loads(lines(tmp_path / "read")[0])
    name, proof = f"{first['resourceType']}/{first['id']}", tmp_path / "proof.json"
    trust = ("--trust", lived.home("insurer") / TRUST)
    asked = ("prove", lived.record, name, "--path", "/status", "-o", proof)
    answer(lived.home("hospital"), *asked)
    alone = run(lived.home("insurer"), "verify", proof, *trust, "--json")
    monkeypatch.setenv("SALUS_NOTARY_WITNESSES", json.dumps([lived.seat("insurer").url]))
    answer(lived.home("hospital"), *asked)
    both = answer(lived.home("insurer"), "verify", proof, *trust)

    assert alone.json()["error"]["details"]["step"] == "checkpoint"
    assert both["valid"]
    assert both["source"] == "hospital"


def test_a_custodian_with_another_certificate_is_not_heard(
    lived: Consortium, tmp_path: Path
) -> None:
    """Whoever answers at its place has the key of another certificate than the one known."""
    now = datetime.now(UTC)
    others = []
    for name in ("c1", "c2", "c3"):
        made = new_credential(name, "127.0.0.1", now=now).certificate
        others.append(replace(lived.seat(name), certificate=made, tls=tls_key_hash(made)))
    one = lived.open(tmp_path / "one", home=lived.reader_who_knows(tmp_path / "first", others[0]))
    three = lived.open(
        tmp_path / "three", home=lived.reader_who_knows(tmp_path / "second", *others)
    )
    looks = answer(lived.home("hospital"), "looks", lived.record)

    assert one.status == 0
    assert one.json()["missing"] == one.json()["wrong_certificates"] == ["c1"]
    assert "c1 shows another certificate" in one.err
    assert "did not answer" not in one.err
    assert three.status == 1
    assert three.json()["error"]["type"] == "/problems/web/wrong-certificate"
    assert three.json()["error"]["details"]["name"] == "c1, c2, c3"
    assert not (tmp_path / "three").exists()
    assert {each["reader"] for each in looks} == {"insurer", "subject"}


def test_a_gateway_with_another_certificate_opens_nothing(
    lived: Consortium, tmp_path: Path
) -> None:
    made = new_credential("gateway", "127.0.0.1", now=datetime.now(UTC)).certificate
    seat = replace(lived.seat("gateway"), certificate=made, tls=tls_key_hash(made))
    said = lived.open(tmp_path / "out", home=lived.reader_who_knows(tmp_path / "home", seat))

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/web/wrong-certificate"
    assert said.json()["error"]["details"]["name"] == "gateway"


def test_a_certificate_that_does_not_fit_its_hash_is_named(
    lived: Consortium, tmp_path: Path
) -> None:
    seat = replace(lived.seat("c4"), certificate=lived.seat("c5").certificate)
    said = lived.open(tmp_path / "out", home=lived.reader_who_knows(tmp_path / "home", seat))

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/web/wrong-certificate"
    assert said.json()["error"]["details"]["name"] == "c4"


def test_who_is_cut_off_is_named_and_heard_again_afterwards(
    lived: Consortium, tmp_path: Path
) -> None:
    with lived.cut_off("c1", "c4"):
        two = lived.open(tmp_path / "two")
    with lived.cut_off("c1", "c2", "c4"):
        three = lived.open(tmp_path / "three")
    after = lived.open(tmp_path / "after")

    assert two.status == 0
    assert two.json()["missing"] == ["c1", "c4"]
    assert two.json()["wrong_certificates"] == []
    assert three.status == 1
    assert three.json()["error"]["type"] == "/problems/custody/too-few-shares"
    assert three.json()["error"]["details"]["missing"] == "c1, c2, c4"
    assert not (tmp_path / "three").exists()
    assert (after.status, after.json()["missing"]) == (0, [])


def test_a_source_that_is_cut_off_from_the_gateway_keeps_no_version(
    lived: Consortium, tmp_path: Path
) -> None:
    (file,) = made_up(tmp_path, count=2, marker=MARKER).patients[1:]
    before = answer(lived.home("hospital"), "records")
    with lived.cut_off("gateway"):
        said = run(lived.home("hospital"), "import", file, "--json")

    assert said.status == 1
    assert answer(lived.home("hospital"), "records") == before


@pytest.mark.parametrize("name", ["c1", "gateway"])
def test_a_grant_is_for_the_home_of_its_reader(lived: Consortium, name: str) -> None:
    said = run(lived.home(name), "receive", lived.paper, "--json")

    assert said.json()["error"]["type"] == "/problems/handing/not-for-this-home"


def test_a_grant_may_be_received_twice(lived: Consortium, tmp_path: Path) -> None:
    home = copy(lived.home("insurer"), tmp_path / "home")
    received = answer(home, "receive", lived.paper)

    assert received["state"] == "live"
    assert received["sections"] == [SECTION]
    assert [each["grant"] for each in answer(home, "grants", lived.record)] == [lived.grant]


def longer(paper: dict[str, Any]) -> None:
    paper["terms"]["not_after"] = "2099-12-31T00:00:00Z"


def other_salt(paper: dict[str, Any]) -> None:
    paper["salt"] = "0x" + "11" * 32


def other_section(paper: dict[str, Any]) -> None:
    paper["units"][0]["section"] += 1


def no_units(paper: dict[str, Any]) -> None:
    paper["units"] = []


def unknown_kind(paper: dict[str, Any]) -> None:
    paper["units"][0]["kind"] = 200


def other_network(paper: dict[str, Any]) -> None:
    paper["chain"] += 1


def member_too_many(paper: dict[str, Any]) -> None:
    paper["more"] = 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (longer, "handing/bad-grant-file"),
        (other_salt, "handing/bad-grant-file"),
        (other_section, "handing/bad-grant-file"),
        (no_units, "handing/bad-grant-file"),
        (unknown_kind, "handing/bad-grant-file"),
        (other_network, "handing/not-this-network"),
        (member_too_many, "kernel/bad-document"),
    ],
)
def test_a_grant_that_was_changed_is_refused(
    lived: Consortium, tmp_path: Path, change: Any, problem: str
) -> None:
    paper = json.loads(lived.paper.read_bytes())
    change(paper)
    home = copy(lived.home("insurer"), tmp_path / "home")
    place = written(tmp_path, "changed.json", json.dumps(paper).encode())
    said = run(home, "receive", place, "--json")

    assert said.status == 1
    assert said.json()["error"]["type"] == f"/problems/{problem}"


def test_a_file_that_is_far_too_large_is_not_read(lived: Consortium, tmp_path: Path) -> None:
    place = tmp_path / "large.json"
    with place.open("wb") as file:
        os.truncate(file.fileno(), 2**21)
    said = run(lived.home("insurer"), "receive", place, "--json")

    assert said.json()["error"]["type"] == "/problems/handing/bad-grant-file"


@pytest.mark.parametrize("command", [("custodian", "c1"), ("gateway",), ("witness", "hospital")])
def test_a_party_runs_only_in_its_own_home(lived: Consortium, command: tuple[str, ...]) -> None:
    said = run(lived.home("insurer"), *command, "--json")

    assert said.json()["error"]["type"] == "/problems/identity/unknown-party"


def test_a_keeper_is_not_taken_into_another_process(lived: Consortium) -> None:
    said = run(lived.home("c1"), "custodian", "c1", "--inside", "--json")

    assert said.json()["error"]["type"] == "/problems/custody/keeper-apart"


def test_only_one_home_serves_the_ledger(lived: Consortium) -> None:
    said = run(lived.home("insurer"), "ledger", "serve", "--json")

    assert said.json()["error"]["type"] == "/problems/platform/ledger-elsewhere"
    assert not (lived.home("insurer") / "ledger" / "chain.db").exists()


def test_compose_gives_each_party_its_own_home_and_command(lived: Consortium) -> None:
    commands = {name: tuple(each["command"]) for name, each in services().items()}
    volumes = {name: each["volumes"][0] for name, each in services().items()}
    networks = {each.get("network_mode") for each in services().values()}

    assert commands == {name: tuple(each) for name, each in staying(lived.charter).items()}
    assert volumes == {name: f"./build/consortium/{name}:/salus" for name in commands}
    assert networks == {None, "service:ledger"}


def test_what_is_revoked_is_refused_in_every_home(lived: Consortium, tmp_path: Path) -> None:
    """The last one: it ends the grant that the others use."""
    answer(lived.home("hospital"), "revoke", lived.grant)
    said = lived.open(tmp_path / "out")
    look = answer(lived.home("hospital"), "looks", lived.record)[-1]

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/custody/not-permitted"
    assert not (tmp_path / "out").exists()
    assert (look["reader"], look["outcome"], look["rule"]) == (
        "insurer",
        "refused",
        "grant-not-live",
    )


def test_the_whole_story_is_told_and_everybody_stops(tmp_path: Path) -> None:
    told = answer(tmp_path, "consortium", "demo", "--out", tmp_path / "homes")
    said = [line for step in told["steps"] for line in step["lines"]]

    assert "Without c1, c2 it still opens." in said
    assert any("missing: c1, c2, c3" in line for line in said)
    assert "The insurer asks again and is told: Not permitted." in said
    assert list(foreign(tmp_path / "homes")) == []
