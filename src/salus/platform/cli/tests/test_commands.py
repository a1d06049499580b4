"""Claims about every command, on commands made for the test."""

import errno
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
import typer

from salus.kernel.errors import SalusError
from salus.platform.cli import Commands, Console
from salus.platform.i18n import choose


class KettleCold(SalusError):
    """The kettle {kettle} is cold."""

    hint = "Heat {kettle} first."


def run(verb: Callable[..., None], *arguments: str) -> int:
    """The exit status of `salus verb` with arguments."""
    app = Commands()
    app.command("verb")(verb)
    app.callback()(lambda: None)
    try:
        app(["verb", *arguments], prog_name="salus")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_LANGUAGE", "en")
    choose("")


def pour(console: Console, cups: int, *, kettle: Annotated[str, typer.Option()] = "copper") -> None:
    """Pour some cups."""
    console.say("Poured {cups} cups.", cups=cups)
    console.table(["Kettle", "Cups"], [[kettle, cups]])
    console.answer({"kettle": kettle, "cups": cups})


def cold(console: Console) -> None:
    raise KettleCold(kettle="copper")


def test_a_person_reads_sentences_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(pour, "3", "--kettle", "tin")
    said = capsys.readouterr().out

    assert status == 0
    assert said.startswith("Poured 3 cups.\n")
    assert "tin" in said


def test_a_program_reads_one_json_value(capsys: pytest.CaptureFixture[str]) -> None:
    run(pour, "3", "--json")

    assert json.loads(capsys.readouterr().out) == {"kettle": "copper", "cups": 3}


def test_an_error_says_what_to_do_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(cold)
    said = capsys.readouterr()

    assert status == 1
    assert said.out == ""
    assert said.err == "The kettle copper is cold.\nWhat to do: Heat copper first.\n"


def test_an_error_is_json_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(cold, "--json")
    answer = json.loads(capsys.readouterr().out)

    assert status == 1
    assert answer["error"]["message"] == "The kettle copper is cold."
    assert answer["error"]["hint"] == "Heat copper first."
    assert answer["error"]["details"] == {"kettle": "copper"}
    assert answer["error"]["type"].endswith("/kettle-cold")


def test_a_failure_nobody_foresaw_shows_a_number_and_none_of_its_values(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def burn(console: Console) -> None:
        raise RuntimeError("Ada Lovelace")

    status = run(burn, "--home", str(tmp_path))
    said = capsys.readouterr()
    line = json.loads((tmp_path / "salus.log").read_text())

    assert status == 1
    assert line["incident"] in said.err
    assert line["error"] == "RuntimeError"
    assert "Ada" not in said.err + said.out + json.dumps(line)


def test_debugging_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def burn(console: Console) -> None:
        raise RuntimeError("burnt")

    monkeypatch.setenv("SALUS_DEBUG", "1")

    with pytest.raises(RuntimeError, match="burnt"):
        run(burn)


def test_an_interrupted_command_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    def wait(console: Console) -> None:
        raise KeyboardInterrupt

    status = run(wait)

    assert status == 130
    assert "Stopped" in capsys.readouterr().err


def test_a_value_that_a_command_does_not_know_ends_with_its_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def brew(console: Console) -> None:
        raise typer.BadParameter("green, black")

    status = run(brew)

    assert status == 2
    assert "green, black" in capsys.readouterr().err


def test_a_full_disk_is_an_error_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    def fill(console: Console) -> None:
        raise OSError(errno.ENOSPC, "no space")

    status = run(fill)

    assert status == 1
    assert "disk is full" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def read(console: Console) -> None:
        Path("/nowhere/bundle.json").read_bytes()

    status = run(read)

    assert status == 1
    assert "/nowhere/bundle.json" in capsys.readouterr().err


def test_home_comes_from_the_option_then_from_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def where(console: Console) -> None:
        console.say(str(console.home))

    monkeypatch.setenv("SALUS_HOME", "/srv/one")
    run(where)
    run(where, "--home", "/srv/two")

    assert capsys.readouterr().out == "/srv/one\n/srv/two\n"


def test_a_value_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def shout(console: Console) -> None:
        console.say("{name}", name="\x1b[2Jgone [bold]")

    run(shout)

    assert "\x1b" not in capsys.readouterr().out


def test_progress_says_nothing_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    def count(console: Console) -> None:
        with console.progress("Counting", total=3) as step:
            step(3)

    run(count)
    run(count, "--json")

    assert capsys.readouterr() == ("", "")


def test_progress_shows_count_and_rate_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(console: Console) -> None:
        with console.progress("Counting", total=3) as step:
            step(3)

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    run(count)

    assert "3/3" in capsys.readouterr().err


def test_errors_speak_chinese_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(cold, "--language", "zh-Hans")

    assert status == 1
    assert "怎么办" in capsys.readouterr().err


def test_an_unknown_language_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(cold, "--language", "tlh")

    assert status == 1
    assert "does not speak tlh" in capsys.readouterr().err
