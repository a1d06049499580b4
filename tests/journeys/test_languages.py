"""The same commands in English and in Simplified Chinese."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from salus.platform.i18n import choose
from tests.journeys.stage import Said, chart, copy, opening, process, record_of, run, written
from tools.messages import faults

HAN = re.compile("[一-鿿]")
FILES = Path(__file__).parent / "files"


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    """The language of a process is chosen by its last command; the next test finds English."""
    yield
    choose("en")


@pytest.fixture(scope="module")
def kept(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("kept")
    home = copy(founded, folder / "home")
    return home, record_of(home, written(folder, "chart.json", chart()))


def chinese(home: Path, *arguments: str | Path) -> Said:
    return run(home, *arguments, language="zh-Hans")


def test_every_message_has_a_translation() -> None:
    assert faults() == []


def test_a_home_is_founded_in_chinese(tmp_path: Path) -> None:
    said = chinese(tmp_path / "home", "init")

    assert said.status == 0
    assert HAN.search(said.out)
    assert "clinic" in said.out
    assert HAN.search(said.err)
    assert "custody is then not independent" not in said.err


def test_what_commands_say_is_in_the_language_that_was_asked_for(
    kept: tuple[Path, str], tmp_path: Path
) -> None:
    home, record = kept
    commands: list[tuple[str | Path, ...]] = [
        ("records",),
        ("grants", record),
        ("looks", record),
        ("open", record, *opening("laboratory", tmp_path / "out")),
    ]
    for command in commands:
        english, said = run(home, *command), chinese(home, *command)

        assert english.status == said.status == 0
        assert not HAN.search(english.out)
        assert HAN.search(said.out)


def test_errors_and_their_hints_are_in_chinese(kept: tuple[Path, str], tmp_path: Path) -> None:
    home, record = kept
    refused = ("grant", record, "--sections", "dreams", "--to", "clinic", "--until", "2020-01-01")
    denied = ("open", record, *opening("laboratory", tmp_path / "out", reader="clinic"))
    for place, command in ((home, refused), (home, denied), (tmp_path / "none", ("records",))):
        error = chinese(place, *command, "--json").json()["error"]
        told = chinese(place, *command)

        assert HAN.search(error["message"])
        assert HAN.search(error["hint"])
        assert error["message"] in told.err
        assert error["hint"] in told.err


def test_the_type_of_an_error_is_the_same_in_every_language(kept: tuple[Path, str]) -> None:
    home, _ = kept
    command = ("looks", "00ff", "--json")

    assert run(home, *command).json()["error"]["type"] == "/problems/records/unknown-record"
    assert chinese(home, *command).json()["error"]["type"] == "/problems/records/unknown-record"


@pytest.mark.parametrize("name", sorted(each.name for each in FILES.iterdir()))
def test_the_fault_of_every_bad_file_is_told_in_chinese(founded: Path, name: str) -> None:
    (english,) = run(founded, "import", FILES / name, "--json").json()["refused"]
    (said,) = chinese(founded, "import", FILES / name, "--json").json()["refused"]

    assert said["file"] == english["file"]
    assert HAN.search(said["error"])
    assert HAN.search(said["hint"])
    assert not re.search("[a-z]+ [a-z]+ [a-z]+ [a-z]+", said["error"])


def test_help_is_written_in_the_language_that_was_asked_for() -> None:
    said = process(None, "open", "--language", "zh-Hans", "--help")

    assert said.status == 0
    assert HAN.search(said.out)
    assert "Open a section" not in said.out


def test_a_language_that_is_not_spoken_is_refused(founded: Path) -> None:
    said = run(founded, "records", "--json", language="tlh")
    error = said.json()["error"]

    assert said.status == 1
    assert error["type"] == "/problems/platform/unknown-language"
    assert json.dumps(error["details"]) == '{"language": "tlh"}'
