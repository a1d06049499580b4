"""A storage key is replaced wholly or not at all, and whoever has the old one is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.kernel.wrap import KeyDamaged, open_at_rest, seal_at_rest
from salus.platform import storage
from salus.platform.database import Database, KeyReplaced, PrivateTable, open_database
from salus.platform.storage import destroy, guard, is_due, read_secret, rotate, settle, write_secret

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PLACE = b"test_pot"


class Pot(PrivateTable):
    __tablename__ = "test_pot"

    number: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


def reseal(session: Session, old: bytes, new: bytes) -> None:
    for row in session.scalars(select(Pot)):
        row.sealed = seal_at_rest(new, PLACE, open_at_rest(old, PLACE, row.sealed))


def kept(folder: Path) -> tuple[Database, Path]:
    database, path = open_database(folder / "pots.db"), folder / "storage.key"
    for table in ("test_pot", "platform_storage_key"):
        PrivateTable.metadata.tables[table].create(database.engine)
    write_secret(path, bytes(range(32)))
    with database.write() as session, session.begin():
        session.add(Pot(number=1, sealed=seal_at_rest(read_secret(path), PLACE, b"tea")))
    return database, path


def opens(database: Database, key: bytes) -> bytes:
    with database.read() as session:
        return open_at_rest(key, PLACE, session.get_one(Pot, 1).sealed)


def test_after_a_rotation_the_new_key_opens_and_the_old_one_does_not(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    old = read_secret(path)
    generations = [rotate(database, path, reseal, now=NOW) for _ in range(2)]

    assert opens(database, read_secret(path)) == b"tea"
    assert generations == [1, 2]
    with pytest.raises(KeyDamaged):
        opens(database, old)


def test_the_old_key_and_what_lay_under_it_are_nowhere_on_the_disk(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    old = read_secret(path)
    with database.read() as session:
        sealed = session.get_one(Pot, 1).sealed
    rotate(database, path, reseal, now=NOW)
    files = [each.read_bytes() for each in tmp_path.iterdir() if each.is_file()]

    assert not any(old in each or old.hex().encode() in each or sealed in each for each in files)
    assert sorted(each.name for each in tmp_path.glob("storage.key*")) == [
        "storage.key",
        "storage.key.lock",
    ]


STEPS = ("write_secret", "_name", "_promote", "destroy", "scrub")


class Died(Exception):
    """Stands for a process that was killed."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_dies_one_key_is_left_and_opens(
    *, step: str, after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, path = kept(tmp_path)
    real = getattr(storage, step)

    def dies(*arguments: object, **named: object) -> object:
        if after:
            real(*arguments, **named)
        raise Died

    monkeypatch.setattr(storage, step, dies)
    with pytest.raises(Died):
        rotate(database, path, reseal, now=NOW)
    monkeypatch.setattr(storage, step, real)
    settle(database, path)

    assert opens(database, read_secret(path)) == b"tea"
    assert {each.name for each in tmp_path.glob("storage.key*")} <= {
        "storage.key",
        "storage.key.lock",
    }
    rotate(database, path, reseal, now=NOW)
    assert opens(database, read_secret(path)) == b"tea"


def test_whoever_holds_the_old_key_may_not_write_with_it(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    old = read_secret(path)
    with database.read() as session:
        guard(session, old)
    rotate(database, path, reseal, now=NOW)
    with database.read() as session:
        guard(session, read_secret(path))
        with pytest.raises(KeyReplaced):
            guard(session, old)


def test_a_backup_from_before_opens_nothing(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    (tmp_path / "backup").mkdir()
    with database.engine.raw_connection() as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "backup" / "pots.db"),))
    rotate(database, path, reseal, now=NOW)
    restored = open_database(tmp_path / "backup" / "pots.db")
    settle(restored, path)

    with pytest.raises(KeyDamaged):
        opens(restored, read_secret(path))


def test_a_key_is_due_after_its_days_and_when_nobody_knows_its_age(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    first = is_due(database, now=NOW, days=30)
    rotate(database, path, reseal, now=NOW)

    assert first
    assert not is_due(database, now=NOW + timedelta(days=29), days=30)
    assert is_due(database, now=NOW + timedelta(days=30), days=30)


def test_a_file_is_overwritten_before_its_name_goes(tmp_path: Path) -> None:
    path, other = tmp_path / "key", tmp_path / "other-name"
    path.write_bytes(b"secret-secret")
    other.hardlink_to(path)
    destroy(path)
    destroy(path)

    assert not path.exists()
    assert b"secret" not in other.read_bytes()
    assert len(other.read_bytes()) == 13


def test_the_log_of_the_database_is_empty_after_a_rotation(tmp_path: Path) -> None:
    database, path = kept(tmp_path)
    rotate(database, path, reseal, now=NOW)
    with database.read() as session:
        session.execute(text("SELECT 1"))

    assert (tmp_path / "pots.db-wal").stat().st_size == 0
