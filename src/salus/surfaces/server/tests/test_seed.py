"""What the list of made-up people is good for: signing in as one of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from salus.kernel.clock import SystemClock
from salus.rights.identity.accounts import totp
from salus.surfaces.cli import root
from salus.surfaces.server.seed.living import ACCOUNTS, seeded

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    people = [
        {"name": "Clinician", "password": "p", "party": "clinic", "roles": ["clinician"]},
        {"name": "Patient 1", "password": "p", "party": "", "roles": ["patient"]},
    ]
    (tmp_path / ACCOUNTS).write_text(json.dumps([people[0] | {"secret": SECRET}, people[1]]))
    return tmp_path


def digits(folder: Path, name: str) -> tuple[int, str]:
    done = CliRunner().invoke(root(), ["portal", "digits", name, "--out", str(folder), "--json"])
    return done.exit_code, done.output


def test_the_digits_of_somebody_are_those_of_now(folder: Path) -> None:
    status, said = digits(folder, "Clinician")
    now = int(SystemClock().now().timestamp())
    near = {totp.digits(b"12345678901234567890", now + late) for late in (-30, 0, 30)}
    assert status == 0
    assert json.loads(said)["digits"] in near


@pytest.mark.parametrize("name", ["Patient 1", "Nobody"])
def test_who_has_no_authenticator_has_no_digits(folder: Path, name: str) -> None:
    status, said = digits(folder, name)
    assert status == 1
    assert "unknown-account" in said
    assert seeded(folder)[1].digits(SystemClock().now()) == ""
