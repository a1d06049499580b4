"""Verbs are listed from their source and loaded when they are asked for."""

import sys
from pathlib import Path

import pytest

from salus.platform.cli import Commands, lazy_group
from salus.platform.cli.verbs import verbs
from salus.platform.i18n import choose

SOURCE = '''
"""A door for the test."""

from salus.platform.cli import Commands, Console

app = Commands()
pot = Commands(help="Look after the pot.")
app.add_typer(pot, name="pot", help="Look after the pot.")


@app.command()
def pour_tea(console: Console) -> None:
    """Pour the tea."""
    console.say("Poured.")


@app.command(name="import")
def import_(console: Console) -> None:
    """Import tea."""


@pot.command()
def warm(console: Console) -> None:
    """Warm the pot."""
    console.say("Warm.")


def helper(console: Console) -> None:
    """No command."""
'''


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = f"tea_door_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SALUS_LANGUAGE", "en")
    choose("")
    return f"{name}:app"


def run(door: str, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        Commands(cls=lazy_group([door]))(list(arguments), prog_name="salus")
    return int(ended.value.code or 0)


def test_listing_reads_names_and_help_and_runs_nothing(door: str) -> None:
    listed = [(verb.name, verb.help) for verb in verbs(door)]

    assert listed == [
        ("pot", "Look after the pot."),
        ("pour-tea", "Pour the tea."),
        ("import", "Import tea."),
    ]
    assert door.partition(":")[0] not in sys.modules


def test_help_names_every_verb(door: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(door, "--help")
    said = capsys.readouterr().out

    assert status == 0
    assert all(verb.name in said and verb.help in said for verb in verbs(door))
    assert door.partition(":")[0] not in sys.modules


@pytest.mark.parametrize(
    ("arguments", "answer"), [(("pour-tea",), "Poured.\n"), (("pot", "warm"), "Warm.\n")]
)
def test_a_verb_runs_when_it_is_asked_for(
    door: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], answer: str
) -> None:
    status = run(door, *arguments)

    assert (status, capsys.readouterr().out) == (0, answer)


def test_a_verb_that_nobody_offers_is_refused(
    door: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(door, "drink")

    assert status == 2
    assert "drink" in capsys.readouterr().err
