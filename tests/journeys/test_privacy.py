"""Markers of a patient are planted, a record lives its life, and they are searched for everywhere.

Everywhere: what custodians, the gateway, the readers and the ledger keep, the vault, and the logs.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stage import (
    answer,
    copy,
    grant,
    made_up,
    opening,
    process,
    run,
    written,
)

MARKER = "Quillfeather"
PLACES = ("parties", "keepers", "ledger", "vault")


def needles(marker: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which a text may stand in a file; base64 at each of its three alignments."""
    raw = marker.encode()
    yield "raw", raw
    yield "reversed", raw[::-1]
    yield "UTF-16", marker.encode("utf-16-le")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + raw)
        first, last = (4, -4) if lead else (0, -4 if len(raw) % 3 else None)
        yield f"base64 at {lead}", coded[first:last]


def found(folder: Path, marker: str = MARKER) -> list[tuple[str, str]]:
    """Which file holds the marker in which form."""
    return [
        (str(place.relative_to(folder)), form)
        for place in sorted(folder.rglob("*"))
        if place.is_file()
        for content in [place.read_bytes()]
        for form, needle in needles(marker)
        if needle in content
    ]


@pytest.fixture(scope="module")
def lived(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a marked record was imported, shared, read and taken back."""
    folder = tmp_path_factory.mktemp("lived")
    home, files = copy(founded, folder / "home"), made_up(folder, count=1, marker=MARKER)
    (record,) = answer(home, "import", *files.all())["records"]
    handle = record["record"]
    given = grant(home, handle, "laboratory,demographics-and-social")
    answer(home, "open", handle, *opening("laboratory", folder / "out", reader="clinic"))
    assert MARKER.encode() in (folder / "out").read_bytes()
    run(home, "open", handle, *opening("laboratory", folder / "out", reader="research"))
    answer(home, "looks", handle)
    answer(home, "revoke", given)
    run(home, "open", handle, *opening("laboratory", folder / "out", reader="clinic"))
    return home


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    text = f"about {MARKER} and more"
    forms = {
        "plain": text.encode(),
        "utf16": text.encode("utf-16-le"),
        "hex": text.encode().hex().encode(),
        **{f"base64-{lead}": base64.b64encode(b"x" * lead + text.encode()) for lead in range(3)},
    }
    for name, content in forms.items():
        written(tmp_path, name, content)

    assert {name for name, _ in found(tmp_path)} == set(forms)
    assert found(tmp_path, "Nobody") == []


def test_the_input_is_marked_all_over(lived: Path) -> None:
    (place,) = lived.parent.glob("patient-*.json")

    assert place.read_bytes().count(MARKER.encode()) > 100


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_the_patient_stands_in_it(lived: Path, place: str) -> None:
    files = [each for each in (lived / place).rglob("*") if each.is_file()]

    assert sum(each.stat().st_size for each in files) > 1_000
    assert found(lived / place) == []


def test_nothing_stands_in_the_write_ahead_logs(lived: Path, tmp_path: Path) -> None:
    home = copy(lived, tmp_path / "home")
    place = made_up(tmp_path, count=1, resources=210, marker=MARKER).patients[0]
    program = _DIE
    died = process(home, "import", place, program=program)
    logs = [each for each in home.rglob("*-wal") if each.stat().st_size]

    assert died.status != 0
    assert {each.relative_to(home).parts[0] for each in logs} >= {"keepers", "ledger"}
    for name in PLACES:
        assert found(home / name) == []


_DIE = """
import os, signal
from salus.platform.ledger import EmbeddedLedger
from salus.surfaces.cli import main
EmbeddedLedger.close = lambda self: os.kill(os.getpid(), signal.SIGKILL)
main()
"""
"""Dies where the last command would close its databases and tidy their logs away."""


def test_nothing_stands_in_a_log(lived: Path, tmp_path: Path) -> None:
    home = copy(lived, tmp_path / "home")
    content = (next(lived.parent.glob("patient-*.json"))).read_bytes()
    broken = content.replace(b'"status":"final"', b'"status":"' + MARKER.encode() + b'"', 1)
    said = [
        run(home, "import", written(tmp_path, "broken.json", broken)),
        run(home, "import", written(tmp_path, "broken.json", broken), "--json"),
        run(home, "import", written(tmp_path, "cut.json", content[: len(content) // 2])),
    ]

    assert [each.status for each in said] == [1, 1, 1]
    assert [MARKER in each.out + each.err for each in said] == [False] * 3
    assert found_in_logs(home) == []


def found_in_logs(home: Path) -> list[tuple[str, str]]:
    return [each for each in found(home) if each[0].endswith(".log")]


def test_the_source_keeps_references_only_where_it_needs_them(lived: Path) -> None:
    """The node's own database is the hospital's: it names resources, it holds none of a patient."""
    assert found(lived / "node") == []
