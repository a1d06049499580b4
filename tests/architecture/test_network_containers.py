"""The containers of validators fit what `salus network` writes and what builds the engine.

Nothing here builds or starts one: files are compared with what the programs really do.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from salus.kernel.clock import SystemClock
from salus.kernel.ids import Digest
from salus.surfaces.cli import root
from salus.surfaces.network import founding
from salus.surfaces.network.configuration import client_command
from salus.surfaces.network.engine import PROGRAMS, Engine
from salus.surfaces.network.folder import Folder, folders
from salus.surfaces.network.founding import found, founders_in
from salus.surfaces.network.model import Network
from salus.surfaces.network.running import own
from tools.engine import OLDEST_GO

ROOT = Path(__file__).parents[2]
TOLD = yaml.safe_load((ROOT / "compose.network.yaml").read_text())
SERVICES: dict[str, Any] = TOLD["services"]
VALIDATORS = {name: each for name, each in SERVICES.items() if "profiles" not in each}
FOUNDERS = ROOT / "deploy" / "network" / "validators.json"
ENGINE = Engine(Path("cometbft"), Path("geth"))
_COPY = re.compile(r"^COPY (?!--from)(.+) (\S+)$", re.MULTILINE)


def stages() -> dict[str, str]:
    """The text of each stage of the Dockerfile by its name, the last one as ``."""
    parts = re.split(r"^(?=FROM )", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    return {(part.splitlines()[0].partition(" AS ")[2]): part for part in parts}


def bases() -> list[str]:
    """The images of others from which the stages begin."""
    names = [part.split()[1] for part in stages().values()]
    return [name for name in names if name not in stages()]


@pytest.fixture
def founded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Network]:
    """What `network init` writes for the addresses of the containers."""
    monkeypatch.setattr(founding, "first_block", lambda *_: Digest(bytes(32)))
    out = tmp_path / "build" / "network"
    return out, found(out, founders_in(FOUNDERS), engine=ENGINE, clock=SystemClock())


@pytest.mark.parametrize("name", SERVICES)
def test_the_command_of_each_container_is_understood(name: str) -> None:
    known: Any = get_command(root())
    words = [*SERVICES[name]["command"]]
    while hasattr(known, "get_command"):
        known = known.get_command(None, words.pop(0))

    assert known.make_context(name, words).params["network" if name in VALIDATORS else "out"]


def test_each_validator_sees_its_own_home_and_no_other(founded: tuple[Path, Network]) -> None:
    out, _ = founded
    homes = {each.name: each for each in folders(out)}

    assert homes.keys() == VALIDATORS.keys()
    for name, each in VALIDATORS.items():
        ((source, inside),) = (mount.split(":") for mount in each["volumes"])
        folder = Folder(out.parents[1] / source)
        assert folder.home == homes[name].home
        assert own(folder, folder.read()).name == name
        assert inside == f"/network/{name}"
        assert each["command"] == ["network", "run", name, "--network", "/network"]


def test_homes_are_founded_where_validators_look_for_them() -> None:
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["found"]["volumes"])
    command = SERVICES["found"]["command"]

    assert mounts[f"./{FOUNDERS.relative_to(ROOT)}"] == command[3]
    assert mounts["./build"] == str(Path(command[-1]).parent)
    assert Path(command[-1]).name == "network"


def test_each_listens_at_the_address_of_its_container(founded: tuple[Path, Network]) -> None:
    out, network = founded
    (config,) = TOLD["networks"]["validators"]["ipam"]["config"]
    subnet = ip_network(config["subnet"])
    addresses = {
        name: each["networks"]["validators"]["ipv4_address"] for name, each in VALIDATORS.items()
    }

    assert {each.name: each.host for each in network.peers} == addresses
    assert len(set(addresses.values())) == len(addresses)
    for folder in folders(out):
        peer = own(folder, folder.read())
        comet = tomllib.loads(folder.comet_settings.read_text())
        client = tomllib.loads(folder.client_settings.read_text())["Node"]["P2P"]
        assert ip_address(peer.host) in list(subnet.hosts())[1:], "the first is the router"
        assert comet["p2p"]["laddr"] == f"tcp://{peer.host}:{peer.ports.comet_peers}"
        assert client["ListenAddr"] == f"{peer.host}:{peer.ports.client_peers}"
        dialed = {each.split("@")[1] for each in comet["p2p"]["persistent_peers"].split(",")}
        others = network.others(folder.name)
        assert dialed == {f"{each.host}:{each.ports.comet_peers}" for each in others}


def test_nothing_of_a_validator_but_its_peers_leaves_its_container(
    founded: tuple[Path, Network],
) -> None:
    """Everything else listens on loopback, and no port is published."""
    out, _ = founded
    assert TOLD["networks"]["validators"]["internal"] is True
    assert not any("ports" in each for each in SERVICES.values())
    for folder in folders(out):
        peer = own(folder, folder.read())
        comet = tomllib.loads(folder.comet_settings.read_text())
        words = client_command(ENGINE, folder, folder.read(), peer)
        listening = [words[at + 1] for at, word in enumerate(words) if word.endswith(".addr")]

        assert {"127.0.0.1"} == {*listening}
        assert comet["rpc"]["laddr"].startswith("tcp://127.0.0.1:")
        assert comet["instrumentation"]["prometheus_listen_addr"].startswith("127.0.0.1:")


def test_containers_may_do_little_and_come_back() -> None:
    for name, each in SERVICES.items():
        assert each["read_only"] is True
        assert each["tmpfs"] == ["/tmp"]
        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert each["init"] is True
        assert each["build"]["target"] in stages()
        assert (name in VALIDATORS) == (each.get("restart") == "unless-stopped")


def test_a_container_is_healthy_when_its_validator_is_ready() -> None:
    for each in VALIDATORS.values():
        kind, program, *words = each["healthcheck"]["test"]
        known: Any = get_command(root())
        for word in words[:2]:
            known = known.get_command(None, word)
        asked = known.make_context("status", words[2:]).params

        assert (kind, program) == ("CMD", "salus")
        assert asked["check"] is True
        assert str(asked["network"]) == str(Path(each["volumes"][0].split(":")[1]).parent)


def test_what_the_images_are_made_of_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [
        source
        for part in stages().values()
        for sources, _ in _COPY.findall(part)
        for source in sources.split()
    ]

    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert not any(fnmatch(source, each) or source.startswith(f"{each}/") for each in ignored)


def test_the_first_stage_has_what_builds_the_engine_at_its_pins(tmp_path: Path) -> None:
    """Its copies alone, without anything installed, and no step further than to look."""
    for sources, to in _COPY.findall(stages()["engine"]):
        (tmp_path / to).mkdir(parents=True, exist_ok=True)
        for source in sources.split():
            shutil.copy(ROOT / source, tmp_path / to)
    said = subprocess.run(
        [sys.executable, "-S", "-m", "tools.engine", "--check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stderr == "not built, run `make engine`: cometbft, geth\n"
    assert "RUN PYTHONPATH=src python -m tools.engine\n" in stages()["engine"]
    assert all(each.version not in (ROOT / "Dockerfile").read_text() for each in PROGRAMS)


def test_the_last_stages_take_the_engine_from_where_it_was_built() -> None:
    copied = re.search(r"COPY --from=engine (\S+) (\S+)", stages()["validator"])
    assert copied is not None

    assert copied[1] == "/build/build/engine"
    assert f"ENV SALUS_NETWORK_ENGINE={copied[2]}\n" in stages()["validator"]
    assert stages()[""] == "FROM salus\n", "who names no target gets no engine"


def test_images_of_others_are_named_shortly_and_fit_one_another() -> None:
    (go,) = (each for each in bases() if each.startswith("golang:"))
    version = tuple(map(int, go.partition(":")[2].split(".")))

    assert all(re.fullmatch(r"[a-z]+:[0-9a-z.-]+", each) for each in bases())
    assert version >= OLDEST_GO
    assert {"python:3.11", "python:3.11-slim", go} == set(bases())
