"""What each kind of database promises alike."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import (
    Database,
    PrivateTable,
    Upsert,
    insert_missing,
    insert_or_replace,
    open_memory,
)


class Jar(PrivateTable):
    __tablename__ = "test_jar"

    name: Mapped[str] = mapped_column(primary_key=True)
    tea: Mapped[bytes]
    cups: Mapped[int]


@pytest.fixture
def database() -> Iterator[Database]:
    made = open_memory()
    PrivateTable.metadata.create_all(made.engine)
    with made.write() as session, session.begin():
        session.add(Jar(name="a", tea=b"green", cups=1))
    yield made
    made.close()


def jars(database: Database) -> list[tuple[str, bytes, int]]:
    with database.read() as session:
        return [(row.name, row.tea, row.cups) for row in session.scalars(select(Jar))]


NEWER = [{"name": "a", "tea": b"black", "cups": 2}]


def test_what_is_there_stays_or_is_replaced_as_asked(database: Database) -> None:
    with database.write() as session, session.begin():
        insert_missing(session, Jar, NEWER)
    kept = jars(database)
    with database.write() as session, session.begin():
        insert_or_replace(session, Jar, NEWER)

    assert kept == [("a", b"green", 1)]
    assert jars(database) == [("a", b"black", 2)]


def test_some_columns_of_what_is_there_change(database: Database) -> None:
    put = Upsert(Jar, key=("name",), changing=("cups",))
    with database.write() as session, session.begin():
        put(session, [("a", b"black", 7), ("b", b"white", 3)])
        put(session, [])

    assert sorted(jars(database)) == [("a", b"green", 7), ("b", b"white", 3)]


def test_a_refused_row_is_named_by_no_value(database: Database) -> None:
    with database.write() as session:
        session.add(Jar(name="a", tea=b"planted-marker", cups=1))
        with pytest.raises(IntegrityError) as refused:
            session.flush()

    assert "planted-marker" not in str(refused.value)
    assert "(a)" not in str(refused.value)


def test_text_sorts_by_its_bytes(database: Database) -> None:
    names = ["B", "b-c", "bb", "é", "Z", "_"]
    with database.write() as session, session.begin():
        session.add_all(Jar(name=name, tea=b"", cups=0) for name in names)
    with database.read() as session:
        found = list(session.scalars(select(Jar.name).order_by(Jar.name)))

    assert found == sorted(["a", *names])


def test_writers_that_read_first_take_turns(database: Database) -> None:
    """Each pours one cup more than it found: two that looked at once would lose one."""

    def pour() -> None:
        for _ in range(25):
            with database.write() as session, session.begin():
                row = session.get_one(Jar, "a")
                row.cups += 1

    threads = [threading.Thread(target=pour) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert jars(database) == [("a", b"green", 101)]


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def spill() -> None:
        with database.write() as session, session.begin():
            session.get_one(Jar, "a").cups = 9
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        spill()

    with database.read() as session:
        assert session.scalar(select(func.sum(Jar.cups))) == 1
