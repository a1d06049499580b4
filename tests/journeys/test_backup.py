"""A home is copied while its ledger runs, comes back elsewhere, and forgets what was erased."""

import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from salus.platform.storage import read_secret
from tests.journeys.stage import (
    Said,
    answer,
    answers,
    chart,
    copy,
    opening,
    record_of,
    run,
    running,
    written,
)

MARKER = "Quillfeather-Backup-Marker"
WORDS = "five words that chance chose"


@dataclass(frozen=True, slots=True)
class Lived:
    """A home that asks another one for its ledger, its record, and a backup of that moment."""

    home: Path
    record: str
    folder: Path

    def words(self, text: str = WORDS) -> tuple[str | Path, ...]:
        return ("--passphrase-file", written(self.folder, "words.txt", text.encode() + b"\n"))

    def back_up(self, name: str = "home.tar") -> Path:
        out = self.folder / name
        answer(self.home, "backup", "--out", out, *self.words())
        return out

    def restore(self, file: Path, *more: str | Path, words: str = WORDS) -> Said:
        asked = ("restore", file, *self.words(words), *more, "--json")
        return run(self.folder / "new", *asked)


@pytest.fixture(scope="module")
def before(
    founded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path, str]]:
    """A ledger that another process serves, the home of everybody else, and a record in it."""
    base = tmp_path_factory.mktemp("lived")
    keeps, home = copy(founded, base / "ledger"), copy(founded, base / "home")
    (home / "ledger" / "chain.db").unlink()
    with running(keeps, "ledger", "serve", "--port", "0") as served:
        answers(served)
        shutil.copy(keeps / "ledger" / "served.json", home / "ledger" / "served.json")
        record = record_of(home, written(base, "patient.json", chart(MARKER)))
        yield keeps, home, record


@pytest.fixture
def lived(before: tuple[Path, Path, str], tmp_path: Path) -> Lived:
    _, home, record = before
    return Lived(copy(home, tmp_path / "home"), record, tmp_path)


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]


def write(file: Path, content: dict[str, bytes]) -> None:
    with tarfile.open(file, "w") as tar:
        for name, raw in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            tar.addfile(member, BytesIO(raw))


def test_a_restored_home_opens_the_same_bytes(lived: Lived) -> None:
    answer(lived.home, "open", lived.record, *opening("laboratory", lived.folder / "a"))
    said = lived.restore(lived.back_up())
    new = lived.folder / "new"
    answer(new, "open", lived.record, *opening("laboratory", lived.folder / "b"))

    assert said.status == 0, said.out
    assert said.json()["waits_for"] == ""
    assert (lived.folder / "a").read_bytes() == (lived.folder / "b").read_bytes()
    assert MARKER.encode() in (lived.folder / "b").read_bytes()
    assert {each.name for each in new.rglob("*") if each.stat().st_mode & 0o077} <= {"outbox.db"}


def test_a_backup_holds_no_key_and_nothing_readable(lived: Lived) -> None:
    file = lived.back_up()
    keys = [read_secret(each) for each in lived.home.rglob("*.key")]
    signing = [json.loads(each.read_bytes()) for each in lived.home.rglob("*.key.json")]
    raw, sealed = file.read_bytes(), file.with_name("home.tar.keys").read_bytes()

    assert len(keys) >= 8
    for secret in [*keys, *(bytes.fromhex(each["signing"][2:]) for each in signing)]:
        for content in (raw, sealed):
            assert secret not in content
            assert secret.hex().encode() not in content
    assert MARKER.encode() not in raw
    assert {
        file.stat().st_mode & 0o777,
        file.with_name("home.tar.keys").stat().st_mode & 0o777,
    } == {0o600}


def test_deleted_rows_are_in_no_backup(lived: Lived) -> None:
    """A database whose pages still hold a deleted row: the copy has rows, and no old pages."""
    place = lived.home / "node" / "extra.db"
    with closing(sqlite3.connect(place)) as database:
        database.execute("PRAGMA secure_delete=OFF")
        database.execute("CREATE TABLE note (text)")
        database.execute("INSERT INTO note VALUES (?)", (MARKER,))
        database.commit()
        database.execute("DELETE FROM note")
        database.commit()

    assert MARKER.encode() in place.read_bytes()
    assert MARKER.encode() not in lived.back_up().read_bytes()


def test_what_was_written_since_is_replayed_and_what_was_erased_is_erased_again(
    lived: Lived,
) -> None:
    file = lived.back_up()
    answer(lived.home, "erase", lived.record, "--yes")
    said = lived.restore(file)
    found, new = said.json(), lived.folder / "new"
    refused = run(new, "open", lived.record, *opening("laboratory", lived.folder / "out"), "--json")

    assert said.status == 0, said.out
    assert found["replayed_blocks"] > 0
    assert found["erased_again"] > 0
    assert refused.status == 1
    assert not (lived.folder / "out").exists()
    for name in ("c1", "c5", "gateway"):
        with closing(sqlite3.connect(new / "keepers" / name / "store.db")) as store:
            assert store.execute("SELECT count(*) FROM custody_held_secret").fetchone() == (0,)


def test_a_backup_from_before_a_rotation_opens_with_its_own_keys_only(lived: Lived) -> None:
    old = lived.back_up("old.tar")
    answer(lived.home, "custody", "rotate", "--now")
    new = lived.back_up("new.tar")
    other = lived.restore(old, "--keys", new.with_name("new.tar.keys"))
    own = lived.restore(new)

    assert other.json()["error"]["type"] == "/problems/backup/other-keys"
    assert own.status == 0, own.out


def test_a_drill_compares_every_row_and_leaves_nothing(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = lived.folder / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    said = answer(lived.folder / "no-home", "drill", "restore", lived.back_up(), *lived.words())

    assert said["differences"] == []
    assert said["ledger_block"] >= said["block"] > 0
    assert list(scratch.iterdir()) == []


def test_a_drill_names_rows_that_the_ledger_does_not_confirm(lived: Lived) -> None:
    with closing(sqlite3.connect(lived.home / "node" / "node.db")) as database:
        database.execute("DELETE FROM records_record")
        database.commit()
    said = run(lived.folder, "drill", "restore", lived.back_up(), *lived.words(), "--json")

    assert said.status == 1
    assert {each["table"] for each in said.json()["differences"]} == {"records_record"}


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def changed(file: Path) -> None:
    found = members(file)
    found["custody.json"] = found["custody.json"].replace(b"gateway", b"gatewax")
    write(file, found)


def without_one(file: Path) -> None:
    found = members(file)
    del found["keepers/c1/store.db"]
    write(file, found)


def with_one_more(file: Path) -> None:
    write(file, {"more.json": b"{}", **members(file)})


def that_leaves_the_home(file: Path) -> None:
    write(file, {"../evil.json": b"{}", **members(file)})


def that_names_a_root(file: Path) -> None:
    write(file, {"/tmp/o/evil.json": b"{}", **members(file)})


def that_says_where_rows_are(file: Path) -> None:
    """A restore that fails clears what it left at the server that this names."""
    write(file, {"./database.json": b'{"url": "postgresql:///a", "home": "ab"}', **members(file)})


def with_a_lock(file: Path) -> None:
    write(file, {"home.lock": b"", **members(file)})


def of_another_version(file: Path) -> None:
    found = members(file)
    found["manifest.json"] = found["manifest.json"].replace(b'"version":1', b'"version":2')
    write(file, found)


def no_backup_at_all(file: Path) -> None:
    file.write_bytes(b"not a backup" * 100)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (cut_off, "backup-damaged"),
        (changed, "backup-damaged"),
        (without_one, "backup-damaged"),
        (with_one_more, "backup-damaged"),
        (that_leaves_the_home, "backup-damaged"),
        (that_names_a_root, "backup-damaged"),
        (that_says_where_rows_are, "backup-damaged"),
        (with_a_lock, "backup-damaged"),
        (of_another_version, "backup-version"),
        (no_backup_at_all, "backup-damaged"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_left(
    lived: Lived, spoil: Callable[[Path], None], problem: str
) -> None:
    file = lived.back_up()
    spoil(file)
    said = lived.restore(file)

    assert said.status == 1
    assert said.json()["error"]["type"] == f"/problems/backup/{problem}"
    assert {each.name for each in lived.folder.iterdir()} == {
        "home",
        "home.tar",
        "home.tar.keys",
        "words.txt",
    }


def test_wrong_words_missing_keys_and_keys_of_another_backup_are_told_apart(lived: Lived) -> None:
    file, other = lived.back_up(), lived.back_up("other.tar")
    wrong = lived.restore(file, words="five words that are not it")
    foreign = lived.restore(file, "--keys", other.with_name("other.tar.keys"))
    missing = lived.restore(file, "--keys", lived.folder / "nowhere.keys")
    types = [each.json()["error"]["type"] for each in (wrong, foreign, missing)]

    assert types == [
        "/problems/kernel/passphrase-wrong",
        "/problems/backup/other-keys",
        "/problems/backup/keys-missing",
    ]
    assert WORDS not in wrong.out + foreign.out + missing.out


def test_short_words_are_refused_before_anything_is_written(lived: Lived) -> None:
    said = run(
        lived.home, "backup", "--out", lived.folder / "b.tar", *lived.words("short"), "--json"
    )

    assert said.json()["error"]["type"] == "/problems/kernel/passphrase-short"
    assert not (lived.folder / "b.tar").exists()


def test_nothing_is_overwritten(lived: Lived) -> None:
    file = lived.back_up()
    again = run(lived.home, "backup", "--out", file, *lived.words(), "--json")
    written(lived.folder, "x", b"")
    (lived.folder / "new").mkdir()
    written(lived.folder / "new", "mine.txt", b"mine")
    over = lived.restore(file)

    assert again.json()["error"]["type"] == "/problems/backup/backup-exists"
    assert over.json()["error"]["type"] == "/problems/backup/restore-over"
    assert [each.name for each in (lived.folder / "new").iterdir()] == ["mine.txt"]


def test_a_home_that_was_not_finished_is_not_backed_up(lived: Lived) -> None:
    (lived.home / "home.json").unlink()
    said = run(lived.home, "backup", "--out", lived.folder / "b.tar", *lived.words(), "--json")

    assert said.json()["error"]["type"] == "/problems/platform/home-missing"


def test_a_backup_of_another_network_is_refused(lived: Lived, tmp_path: Path) -> None:
    """The ledger that answers now is of another chain than the one in the backup."""
    answer(tmp_path / "other", "init")
    file = lived.back_up()
    with running(tmp_path / "other", "ledger", "serve", "--port", "0") as served:
        answers(served)
        found = members(file)
        found["ledger/served.json"] = (tmp_path / "other/ledger/served.json").read_bytes()
        home = copy(lived.home, tmp_path / "moved")
        (home / "ledger" / "served.json").write_bytes(found["ledger/served.json"])
        out = tmp_path / "moved.tar"
        answer(home, "backup", "--out", out, *lived.words())
        said = lived.restore(out)

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/ledger/wrong-chain"
    assert not (tmp_path / "new").exists()


def test_a_ledger_that_is_older_than_its_index_is_refused(founded: Path, tmp_path: Path) -> None:
    home = copy(founded, tmp_path / "home")
    old = (home / "ledger" / "chain.db").read_bytes()
    record_of(home, written(tmp_path, "p.json", chart()))
    for place in (home / "ledger").glob("chain.db*"):
        place.unlink()
    (home / "ledger" / "chain.db").write_bytes(old)
    said = run(home, "records", "--json")

    assert said.json()["error"]["type"] == "/problems/ledger/ledger-older"


def test_a_home_with_its_own_ledger_comes_back_too(founded: Path, tmp_path: Path) -> None:
    home = copy(founded, tmp_path / "home")
    record = record_of(home, written(tmp_path, "p.json", chart()))
    made = Lived(home, record, tmp_path)
    said = made.restore(made.back_up())

    assert said.status == 0, said.out
    assert "keeps its ledger itself" in said.err
    assert answer(tmp_path / "new", "records") == answer(home, "records")
