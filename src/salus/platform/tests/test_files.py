"""Homes, their lock, and files that are never half there."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salus.platform import files
from salus.platform.errors import (
    DiskFull,
    HomeBusy,
    HomeDamaged,
    HomeExists,
    HomeMissing,
    HomeVersion,
)
from salus.platform.files import Home, write_atomic, writing

GENESIS = bytes(range(32))


def test_a_marked_home_opens_again(tmp_path: Path) -> None:
    made = Home.mark(tmp_path, chain=7, genesis=GENESIS)

    assert made == Home.open(tmp_path) == Home(tmp_path, 7, GENESIS)


def test_a_folder_without_mark_is_no_home(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing) as refused:
        Home.open(tmp_path / "none")

    assert str(tmp_path / "none") in str(refused.value)


def test_a_home_is_not_marked_twice(tmp_path: Path) -> None:
    Home.mark(tmp_path, chain=7, genesis=GENESIS)
    with pytest.raises(HomeExists):
        Home.mark(tmp_path, chain=8, genesis=GENESIS)

    assert Home.open(tmp_path).chain == 7


def test_a_home_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"version": 2, "chain": 7, "genesis": "0x"}')

    with pytest.raises(HomeVersion) as refused:
        Home.open(tmp_path)

    assert refused.value.details["version"] == "2"


@pytest.mark.parametrize(
    "mark",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "chain": 7, "genesis": "0x00"}'],
    ids=["empty", "torn", "list", "members_missing", "genesis_short"],
)
def test_a_damaged_mark_is_named(tmp_path: Path, mark: str) -> None:
    (tmp_path / "home.json").write_text(mark)
    with pytest.raises((HomeDamaged, HomeVersion)):
        Home.open(tmp_path)


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from salus.platform.errors import HomeBusy
from salus.platform.files import writing
try:
    with writing(Path({str(tmp_path)!r})):
        print("in")
except HomeBusy as busy:
    print(busy.details["pid"])
"""

    def other() -> str:
        command = [sys.executable, "-c", script]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    with writing(tmp_path):
        refused = other()
    let_in = other()

    assert (refused, let_in) == (str(os.getpid()), "in")


def test_a_lock_is_held_against_this_process_too(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(HomeBusy), writing(tmp_path):
        pass


@pytest.mark.parametrize("step", ["write_new", "sync_folder"])
def test_a_file_that_could_not_be_written_keeps_its_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    place = tmp_path / "settings.json"
    write_atomic(place, b"old")
    monkeypatch.setattr(files, step, fails)
    with pytest.raises(DiskFull):
        write_atomic(place, b"new")

    assert place.read_bytes() in (b"old", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_only_the_owner_reads_what_a_home_holds(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with writing(home):
        Home.mark(home, chain=7, genesis=GENESIS)
    modes = {path.stat().st_mode & 0o077 for path in (home, *home.iterdir())}

    assert modes == {0}
