"""Nothing of a deleted row is left in the files of a database."""

import secrets
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from salus.platform.database import (
    Database,
    StillRead,
    open_database,
    open_memory,
    scrub,
    scrubbing,
)


def leaves(seed: int, folder: Path) -> bytes:
    """Random lives of a table with long rows, after which `gone-` marks what was deleted."""
    random, database = Random(seed), open_database(folder / f"{seed}.db")
    people = [secrets.token_hex(8) for _ in range(30)]
    with database.write() as session, session.begin():
        session.execute(text("CREATE TABLE cup (person, name, tea, PRIMARY KEY (person, name))"))
    for person in people:
        with database.write() as session, session.begin():
            for _ in range(random.randrange(50, 200)):
                name = f"{person}-{secrets.token_hex(12)}"
                cup = {"person": person, "name": name, "tea": secrets.token_bytes(64)}
                session.execute(text("INSERT INTO cup VALUES (:person, :name, :tea)"), cup)
    gone = people[::2]
    for person in gone:
        with database.write() as session, session.begin():
            session.execute(text("DELETE FROM cup WHERE person = :person"), {"person": person})
    scrub(database)
    content = b"".join(each.read_bytes() for each in folder.glob(f"{seed}.db*"))
    assert any(person.encode() in content for person in people[1::2])
    return b"".join(person.encode() for person in gone if person.encode() in content)


@pytest.mark.parametrize("seed", range(12))
def test_no_copy_that_a_split_page_left_behind_survives(seed: int, tmp_path: Path) -> None:
    assert leaves(seed, tmp_path) == b""


def test_without_a_file_written_anew_some_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason why this is done: `secure_delete` alone is not enough."""
    monkeypatch.setattr(scrubbing, "AT_ONCE", 0)

    assert any(leaves(seed, tmp_path) for seed in range(40))


def test_a_large_file_is_left_to_the_next_key_unless_asked_for_wholly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "AT_ONCE", 0)
    database = _filled(tmp_path)
    size = (tmp_path / "cups.db").stat().st_size
    scrub(database)
    unchanged = (tmp_path / "cups.db").stat().st_size
    scrub(database, whole=True)

    assert unchanged == size
    assert (tmp_path / "cups.db").stat().st_size < size // 2


def _filled(folder: Path) -> Database:
    """Most of its rows are gone; its file is as large as it was."""
    database = open_database(folder / "cups.db")
    with database.write() as session, session.begin():
        session.execute(text("CREATE TABLE cup (tea)"))
        session.execute(
            text("INSERT INTO cup VALUES (:tea)"), [{"tea": bytes(2_000)} for _ in range(500)]
        )
        session.execute(text("DELETE FROM cup WHERE rowid > 5"))
    driver = database.engine.raw_connection().driver_connection
    assert driver is not None
    scrubbing._empty_log(driver)
    return database


def test_a_reader_that_holds_the_log_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salus.platform.database.engine.WAIT_SECONDS", 0)
    monkeypatch.setattr(
        "salus.platform.database.engine._PRAGMAS",
        ("PRAGMA secure_delete=ON", "PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=1"),
    )
    database = _filled(tmp_path)
    with database.read() as reading:
        reading.execute(text("SELECT count(*) FROM cup")).scalar()
        with pytest.raises(StillRead):
            scrub(database)

    scrub(database)


def test_a_database_in_memory_has_no_files_and_keeps_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_memory()
    with database.write() as session, session.begin():
        session.execute(text("CREATE TABLE cup (tea)"))
        session.execute(text("INSERT INTO cup VALUES ('green')"))
    scrub(database)

    with database.read() as session:
        assert session.execute(text("SELECT tea FROM cup")).scalar() == "green"
    assert list(tmp_path.iterdir()) == []
