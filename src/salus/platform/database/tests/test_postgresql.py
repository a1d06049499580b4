"""What only a server can do wrong, and what only several processes need."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import (
    Database,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseUnreachable,
    DatabaseVersion,
    PrivateTable,
    StillRead,
    elected,
    migrate,
    postgresql,
    scrub,
    scrubbing,
)
from salus.platform.database.engine import open_database
from salus.platform.database.errors import (
    DatabaseAddress,
    DatabaseOfAnother,
    DatabaseOrder,
    DatabaseServer,
    HomeInFiles,
)
from salus.platform.database.places import MARK, claim, open_in, schema_of
from salus.platform.database.postgresql import open_server
from salus.platform.errors import HomeDamaged
from salus.platform.files import Home
from tests.support.postgresql import SCHEMA, URL, Server

PLACE = Path("node") / "node.db"


class Kettle(PrivateTable):
    __tablename__ = "test_kettle"

    number: Mapped[int] = mapped_column(primary_key=True)
    tea: Mapped[str]


TABLE = PrivateTable.metadata.tables["test_kettle"]


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    made = server.empty()
    TABLE.create(made.engine)
    yield made
    made.close()
    server.drop(made.engine.url.render_as_string())


@pytest.fixture
def home(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that was made at a server."""
    made = tmp_path / "home"
    monkeypatch.setenv(URL, server.database())
    claim(made)
    open_in(made, PLACE).close()
    Home.mark(made, chain=1, genesis=bytes(32))
    monkeypatch.delenv(URL)
    return made


def add(database: Database, *numbers: int, tea: str = "green") -> None:
    with database.write() as session, session.begin():
        session.add_all(Kettle(number=number, tea=tea) for number in numbers)


def numbers(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(Kettle.number).order_by(Kettle.number)))


"""OPENING"""


def test_a_home_remembers_its_server_but_no_password(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(server.database()).set(password="planted-marker")
    monkeypatch.setenv(URL, url.render_as_string(hide_password=False))
    claim(tmp_path)
    open_in(tmp_path, PLACE).close()
    Home.mark(tmp_path, chain=1, genesis=bytes(32))
    monkeypatch.delenv(URL)
    again = open_in(tmp_path, PLACE)
    again.close()

    assert "planted-marker" not in (tmp_path / MARK).read_text()
    assert again.is_server


def test_each_store_of_a_home_is_apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [schema_of(Path(place)) for place in ("node/n.db", "keepers/c1/s.db")]
    odd = {schema_of(Path(f"keepers/{name}/store.db")) for name in ("é", "è", "C1", "x" * 40)}

    assert names == ["salus_node", "salus_keepers_c1"]
    assert len(odd) == 4
    assert all(name.isascii() and len(name) < 63 for name in odd)


def test_a_home_without_its_rows_is_not_begun_anew(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, server.database())
    with pytest.raises(DatabaseOfAnother):
        open_in(home, PLACE)


def test_a_database_of_another_home_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    other = tmp_path / "other"
    taken = server.database()
    monkeypatch.setenv(URL, taken)
    claim(other)
    open_in(other, PLACE).close()
    with pytest.raises(DatabaseOfAnother):
        open_in(home, PLACE)
    third = tmp_path / "third"
    claim(third)
    with pytest.raises(DatabaseOfAnother):
        open_in(third, PLACE)


def test_a_home_in_files_says_that_the_setting_is_not_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_in(tmp_path, PLACE).close()
    monkeypatch.setenv(URL, "postgresql://there/salus")
    with pytest.raises(HomeInFiles):
        open_in(tmp_path, PLACE)

    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize(
    "url", ["there", "mysql://there/salus", "postgresql://there", "postgresql://there:port/salus"]
)
def test_an_address_that_does_not_fit_is_named_without_quoting_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, url)
    with pytest.raises(DatabaseAddress) as refused:
        claim(tmp_path)

    assert url not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": "postgresql://a/b"}'])
def test_a_damaged_mark_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / MARK).write_text(content)
    with pytest.raises(HomeDamaged):
        open_in(tmp_path, PLACE)


def test_a_database_that_does_not_exist_or_answer_is_named(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (server.started.url("nowhere"), "postgresql://x@127.0.0.1:1/salus"):
        monkeypatch.setenv(URL, url)
        claim(tmp_path)
        with pytest.raises(DatabaseUnreachable):
            open_in(tmp_path, PLACE)


def test_an_older_server_is_refused(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, server.database())
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    claim(tmp_path)
    with pytest.raises(DatabaseServer):
        open_in(tmp_path, PLACE)


def test_a_database_that_sorts_by_language_is_refused(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run(
        "CREATE DATABASE speaks TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'"
    )
    monkeypatch.setenv(URL, server.started.url("speaks"))
    claim(tmp_path)
    with pytest.raises(DatabaseOrder):
        open_in(tmp_path, PLACE)


def test_every_migration_runs_once_and_a_later_one_is_refused(home: Path) -> None:
    database = open_in(home, PLACE)
    migrate(database)
    migrate(database)
    with database.write() as session, session.begin():
        session.execute(
            text("UPDATE alembic_version SET version_num = 'later_1' WHERE version_num = 'audit_1'")
        )
        session.execute(text('COMMENT ON SCHEMA salus_node IS \'{"home": "00"}\''))
    with pytest.raises(DatabaseVersion):
        migrate(database)
    database.close()


def test_rows_travel_under_tls_unless_they_stay_on_this_machine() -> None:
    far = postgresql._arguments(make_url("postgresql://there/salus"), SCHEMA)
    here = postgresql._arguments(make_url("postgresql:///salus?host=/run/postgresql"), SCHEMA)
    chosen = postgresql._arguments(make_url("postgresql://there/salus?sslmode=require"), SCHEMA)

    assert (far["sslmode"], far["sslrootcert"]) == ("verify-full", "system")
    assert "sslmode" not in here
    assert {"sslmode", "sslrootcert"}.isdisjoint(chosen)


"""WRITING AND READING"""


def test_a_writer_that_stays_is_named(
    server: Server, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql._SETTINGS, "lock_timeout", "50ms")
    other = open_server(database.engine.url, SCHEMA)
    with database.write() as session, session.begin():
        session.add(Kettle(number=1, tea="green"))
        session.flush()
        with pytest.raises(DatabaseBusy):
            add(other, 2)

        assert numbers(other) == []
    other.close()


def test_a_reader_sees_a_snapshot_and_writes_nothing(database: Database) -> None:
    add(database, 1)
    with database.read() as reader:
        before = list(reader.scalars(select(Kettle.number)))
        add(database, 2)
        after = list(reader.scalars(select(Kettle.number)))
        with pytest.raises(DatabaseUnreachable):
            reader.execute(text("DELETE FROM test_kettle"))

    assert before == after == [1]
    assert numbers(database) == [1, 2]


def test_a_server_that_was_killed_is_named_and_used_again_when_it_is_back(
    server: Server, database: Database
) -> None:
    add(database, 1)
    with database.write() as session:
        session.add(Kettle(number=2, tea="green"))
        session.flush()
        server.started.kill()
        with pytest.raises(DatabaseUnreachable):
            session.commit()
    with pytest.raises(DatabaseUnreachable):
        add(database, 3)
    server.started.start()
    add(database, 4)

    assert numbers(database) == [1, 4]


"""ERASING"""


def _bytes(server: Server, database: Database) -> bytes:
    """What the files of the database hold; its write-ahead log is elsewhere."""
    with database.write() as session:
        number = session.scalar(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        )
    server.run("CHECKPOINT")
    folder = server.started.folder / "rows" / "base" / str(number)
    return b"".join(each.read_bytes() for each in folder.iterdir() if each.is_file())


def test_nothing_of_a_deleted_row_is_left_in_the_files(server: Server, database: Database) -> None:
    add(database, *range(100), tea="planted-marker " + "x" * 40)
    add(database, *range(100, 120), tea="kept")
    with database.write() as session, session.begin():
        session.execute(text("CREATE INDEX ix_kettle ON test_kettle (tea)"))
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE test_kettle")
    with database.write() as session, session.begin():
        session.execute(text("DELETE FROM test_kettle WHERE number < 100"))
    before = _bytes(server, database)
    scrub(database)

    assert b"planted-marker" in before
    assert b"planted-marker" not in _bytes(server, database)
    assert numbers(database) == list(range(100, 120))


def test_a_reader_that_may_still_see_deleted_rows_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "_TRIES", 1)
    add(database, 1, 2)
    with database.read() as reader:
        reader.scalars(select(Kettle.number)).all()
        with database.write() as session, session.begin():
            session.execute(text("DELETE FROM test_kettle WHERE number = 1"))
        with pytest.raises(StillRead):
            scrub(database)
    scrub(database)

    assert numbers(database) == [2]


"""ELECTION"""


def _hold(url: str, told: "multiprocessing.connection.Connection") -> None:
    database = open_server(make_url(url), SCHEMA)
    with elected(database, "follower") as is_mine:
        told.send(is_mine)
        told.recv()


def test_a_role_is_free_again_when_the_process_of_its_holder_dies(database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    url = database.engine.url.render_as_string()
    holder = context.Process(target=_hold, args=(url, there))
    holder.start()
    was_elected = here.recv()
    with elected(database, "follower") as meanwhile, elected(database, "runner") as other:
        pass
    holder.kill()
    holder.join()
    free = any(_is_elected(database) for _ in range(1_000))

    assert (was_elected, meanwhile, other) == (True, False, True)
    assert free


def _is_elected(database: Database) -> bool:
    with elected(database, "follower") as is_mine:
        return is_mine


def test_two_stores_of_one_server_have_a_role_each(database: Database) -> None:
    other = open_server(database.engine.url, "salus_keepers_c1")
    with elected(database, "follower") as first, elected(other, "follower") as second:
        assert (first, second) == (True, True)
    other.close()


def test_a_role_is_lost_with_the_connection(server: Server, database: Database) -> None:
    with elected(database, "follower") as is_mine:
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ~ 'test'")

    assert is_mine
    assert _is_elected(database)


def test_in_a_file_everybody_has_every_role(tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db")
    with elected(database, "follower") as first, elected(database, "follower") as second:
        assert (first, second) == (True, True)
    database.close()


def test_stores_of_servers_spell_a_statement_once(server: Server) -> None:
    left, right = server.ready(), server.ready()
    add(left, 1)
    add(right, 2)

    assert (numbers(left), numbers(right)) == ([1], [2])
    assert left.engine.dialect is right.engine.dialect
    left.close()
    right.close()


def test_a_table_that_is_gone_is_named(database: Database) -> None:
    TABLE.drop(database.engine)

    with pytest.raises(DatabaseDamaged) as refused:
        add(database, 1)

    assert refused.value.details["reason"] == (
        'SQLSTATE 42P01: relation "test_kettle" does not exist'
    )
