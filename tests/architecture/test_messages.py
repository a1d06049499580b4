"""What the collector of messages finds, and what it refuses."""

from pathlib import Path

import pytest

from tools import messages

CODE = '''
from salus.platform.cli import Commands

app = Commands(help="Tea for everybody.")


@app.command()
def pour(console, cups):
    """Pour the tea."""
    console.say("Poured {cups} cups." if cups else "Poured none.", cups=cups)
    console.table(["Kettle", "Cups"], [])
    log("poured")


def drink():
    """No command, so no message."""
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "SOURCE", tmp_path / "src")
    made = tmp_path / "src" / "salus" / "tea"
    made.mkdir(parents=True)
    (made / "cli.py").write_text(CODE)
    return made


def translate(folder: Path, **known: str) -> None:
    wanted = messages.messages(folder)
    messages.catalog(folder).parent.mkdir(exist_ok=True)
    every = dict.fromkeys(wanted, "茶") | {"Poured {cups} cups.": "倒了 {cups} 杯。"} | known
    messages._write(messages.catalog(folder), wanted, every)


def test_what_a_reader_sees_is_a_message(folder: Path) -> None:
    assert set(messages.messages(folder)) == {
        "Tea for everybody.",
        "Pour the tea.",
        "Poured {cups} cups.",
        "Poured none.",
        "Kettle",
        "Cups",
    }


def test_a_catalog_comes_in_empty_and_keeps_what_is_translated(folder: Path) -> None:
    messages.update(folder)
    empty = set(messages._read(messages.catalog(folder)).values())
    translate(folder)
    (folder / "cli.py").write_text(CODE.replace("Poured none.", "Nothing poured."))
    messages.update(folder)
    known = messages._read(messages.catalog(folder))

    assert empty == {""}
    assert known["Kettle"] == "茶"
    assert known["Nothing poured."] == ""
    assert "Poured none." not in known


def test_a_complete_catalog_has_no_fault(folder: Path) -> None:
    translate(folder)

    assert list(messages._faults(folder)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("Kettle", "Pot"), "no code says 'Kettle' any more"),
        (("Kettle", "Pot"), "no translation of 'Pot'"),
        (("{cups} cups", "{mugs} cups"), "no translation of 'Poured {mugs} cups.'"),
    ],
    ids=["stale", "missing", "renamed"],
)
def test_a_catalog_that_is_not_current_is_a_fault(
    folder: Path, change: tuple[str, str], fault: str
) -> None:
    translate(folder)
    (folder / "cli.py").write_text(CODE.replace(*change))

    assert any(fault in each for each in messages._faults(folder))


def test_a_translation_with_other_placeholders_is_a_fault(folder: Path) -> None:
    translate(folder, **{"Poured {cups} cups.": "倒了 {mugs} 杯。"})

    assert ["other placeholders" in each for each in messages._faults(folder)] == [True]
