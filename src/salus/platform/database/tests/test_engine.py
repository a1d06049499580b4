"""Claims about every connection."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import (
    Database,
    DatabaseBusy,
    DatabaseDamaged,
    PrivateTable,
    engine,
    open_database,
    open_memory,
)
from salus.platform.errors import DiskFull


class Cup(PrivateTable):
    __tablename__ = "test_cup"

    number: Mapped[int] = mapped_column(primary_key=True)
    tea: Mapped[str]


TABLE = PrivateTable.metadata.tables["test_cup"]


def opened(path: Path) -> Database:
    database = open_database(path)
    TABLE.create(database.engine)
    return database


def pragma(database: Database, name: str) -> object:
    with database.read() as session:
        return session.execute(text(f"PRAGMA {name}")).scalar()


def test_every_connection_erases_what_it_deletes_and_waits_for_the_disk(tmp_path: Path) -> None:
    database = opened(tmp_path / "node.db")
    with database.read() as first, database.read() as second:
        settings = [
            [session.execute(text(f"PRAGMA {name}")).scalar() for session in (first, second)]
            for name in ("secure_delete", "synchronous", "foreign_keys", "journal_mode")
        ]

    assert settings == [[1, 1], [2, 2], [1, 1], ["wal", "wal"]]


def test_a_deleted_row_leaves_no_byte_once_the_log_is_folded_in(tmp_path: Path) -> None:
    database = opened(tmp_path / "node.db")
    with database.write() as session, session.begin():
        session.add(Cup(number=1, tea="planted-marker"))
    with database.write() as session, session.begin():
        session.delete(session.get_one(Cup, 1))
    with database.read() as session:
        session.connection().connection.execute("ROLLBACK")
        session.connection().connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"planted-marker" not in left


def test_writers_take_turns_and_none_of_them_fails(tmp_path: Path) -> None:
    database = opened(tmp_path / "node.db")

    def pour(first: int) -> None:
        for number in range(first, first + 20):
            with database.write() as session, session.begin():
                session.get(Cup, number)  # reads first: an upgrade of the lock would deadlock
                session.add(Cup(number=number, tea="green"))

    threads = [threading.Thread(target=pour, args=(start,)) for start in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM test_cup")).scalar() == 80


def test_a_reader_sees_a_snapshot_while_another_writes(tmp_path: Path) -> None:
    database = opened(tmp_path / "node.db")
    with database.write() as writer, writer.begin():
        writer.add(Cup(number=1, tea="green"))
        writer.flush()
        with database.read() as reader:
            assert reader.get(Cup, 1) is None


def test_a_lock_that_stays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PRAGMAS", (*engine._PRAGMAS, "PRAGMA busy_timeout=1"))
    database = opened(tmp_path / "node.db")
    other = sqlite3.connect(tmp_path / "node.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy), database.write() as session, session.begin():
        session.add(Cup(number=1, tea="green"))
    other.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "node.db").write_bytes(b"not a database, but long enough to be read as one" * 9)

    with pytest.raises(DatabaseDamaged) as refused:
        opened(tmp_path / "node.db")

    named = {"database": str(tmp_path / "node.db"), "reason": "SQLITE_NOTADB"}
    assert refused.value.details == named


def test_a_full_disk_stores_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path / "node.db")
    with database.write() as session:
        session.execute(text("PRAGMA max_page_count=3"))
        session.add(Cup(number=1, tea="x" * 100_000))
        with pytest.raises(DiskFull):
            session.commit()
    with database.read() as session:
        assert session.get(Cup, 1) is None


def test_a_database_in_memory_ends_with_its_engine() -> None:
    one, two = open_memory(), open_memory()
    TABLE.create(one.engine)

    assert pragma(one, "table_info(test_cup)") is not None
    assert pragma(two, "table_info(test_cup)") is None


def test_only_the_owner_reads_a_database_and_its_log(tmp_path: Path) -> None:
    database = opened(tmp_path / "deep" / "er" / "node.db")
    with database.write() as session, session.begin():
        session.add(Cup(number=1, tea="green"))
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "deep").rglob("*")}
    database.close()

    assert modes == {0}
    assert (tmp_path / "deep").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("part", ["COLUMN tea TO pea", "TO test_cap"])
def test_a_table_that_lost_its_names_is_a_damaged_database(tmp_path: Path, part: str) -> None:
    database = opened(tmp_path / "damaged.db")
    with database.write() as session, session.begin():
        session.execute(text(f"ALTER TABLE test_cup RENAME {part}"))

    with pytest.raises(DatabaseDamaged), database.write() as session, session.begin():
        session.add(Cup(number=1, tea="green"))
    with pytest.raises(DatabaseDamaged), database.read() as session:
        session.get(Cup, 1)


def test_a_text_that_is_none_any_more_is_a_damaged_database(tmp_path: Path) -> None:
    database = open_database(tmp_path / "damaged.db")
    with database.write() as session, session.begin():
        session.execute(text("CREATE TABLE said (what TEXT)"))
        session.execute(text("INSERT INTO said VALUES (CAST(x'61ff62' AS TEXT))"))

    with pytest.raises(DatabaseDamaged), database.read() as session:
        session.execute(text("SELECT what FROM said")).all()
    database.close()


def test_a_statement_is_spelled_once_for_all_files_and_asks_the_right_one(tmp_path: Path) -> None:
    left, right = opened(tmp_path / "left.db"), opened(tmp_path / "right.db")
    for database, tea in ((left, "green"), (right, "black")):
        with database.write() as session, session.begin():
            session.add(Cup(number=1, tea=tea))
    asked = select(Cup.tea).where(Cup.number == 1)
    with left.read() as session:
        first = session.scalar(asked)
    spelled = len(engine._STATEMENTS)
    with right.read() as session:
        second = session.scalar(asked)

    assert (first, second) == ("green", "black")
    assert len(engine._STATEMENTS) == spelled
    left.close()
    right.close()
