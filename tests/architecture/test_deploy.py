"""What operators are given: units, dashboard, alerts and compose name only what there is."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from salus.platform.observe.figures import LABELS, every_name
from salus.surfaces.cli import root

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/opt/salus/bin/salus"
_NAME = re.compile(r"\b(?:salus|process)_[a-z_]+\b")
_BY = re.compile(r"\bby \(([^)]*)\)")
_TARGET = {"program"}  # a label of deploy/prometheus/prometheus.yml


def dashboard() -> Any:
    return json.loads((DEPLOY / "grafana" / "salus.json").read_bytes())


def rules() -> Iterator[str]:
    told = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    return (rule["expr"] for group in told["groups"] for rule in group["rules"])


def expressions() -> list[str]:
    panels = dashboard()["panels"]
    return [
        *(target["expr"] for panel in panels for target in panel.get("targets", ())),
        *rules(),
    ]


def test_every_expression_names_metrics_and_labels_that_there_are() -> None:
    for expression in expressions():
        names = set(_NAME.findall(expression))
        labels = {each.strip() for group in _BY.findall(expression) for each in group.split(",")}

        assert names, expression
        assert names <= every_name(), expression
        assert labels <= LABELS | _TARGET, expression


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = set(_NAME.findall(" ".join(expressions())))
    ours = {each for each in every_name() if each.startswith("salus_")}
    parts = {each for each in ours if each.endswith(("_bucket", "_count", "_sum"))}

    assert ours - parts <= shown


def test_panels_of_the_dashboard_have_numbers_of_their_own() -> None:
    numbers = [panel["id"] for panel in dashboard()["panels"]]

    assert len(numbers) == len(set(numbers))


def commands() -> Iterator[str]:
    """What units and containers run, after the name of the program."""
    for unit in SERVICES:
        (line,) = re.findall(rf"{re.escape(PROGRAM)} ([^'\n]*)", unit.read_text())
        yield line
    for file in ("compose.yaml", "compose.network.yaml"):
        for each in yaml.safe_load((ROOT / file).read_text())["services"].values():
            yield " ".join(each["command"])


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_units_and_containers_run_commands_that_there_are(line: str) -> None:
    known: Any = get_command(root())
    words = line.split()
    while hasattr(known, "get_command"):
        word = words.pop(0)
        known = known.get_command(None, word)
        assert known is not None, word
    options = {option for each in known.params for option in each.opts}

    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_may_write_only_its_own_folder(unit: Path) -> None:
    told = set(unit.read_text().splitlines())

    assert {
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
        "ProtectHome=true",
        "PrivateTmp=true",
        "CapabilityBoundingSet=",
        "StateDirectoryMode=0700",
        "UMask=0077",
    } <= told
    assert "User=salus" in told


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    for unit in UNITS:
        named = tmp_path / unit.name.replace("@.", "@hospital.")
        named.write_text(unit.read_text().replace(PROGRAM, shutil.which("true") or "/bin/true"))
        (tmp_path / unit.name).write_text(named.read_text())
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.glob("*@hospital.*"))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.returncode, said.stderr) == (0, "")


def test_each_container_is_watched_at_a_port_of_its_own() -> None:
    told = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ports = [each["environment"]["SALUS_OBSERVE_PORT"] for each in told.values()]

    assert len(set(ports)) == len(told)
    assert all(each["healthcheck"]["test"][:2] == ["CMD", "python"] for each in told.values())
