"""The life of a record in a home that keeps its rows at a PostgreSQL server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    answer,
    bundle,
    grant,
    observation,
    opening,
    record_of,
    run,
    written,
)
from tests.support.postgresql import URL, Server, copied, discarded

CONTENT = bundle(PERSON, ALLERGY, observation("o1", "12.0 g/dL"))


@pytest.fixture(scope="module")
def founded_there(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    home = tmp_path_factory.mktemp("there") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL, server.database())
        assert run(home, "init").status == 0
    return home


@pytest.fixture
def home(founded_there: Path, tmp_path: Path, server: Server) -> Iterator[Path]:
    made = copied(founded_there, tmp_path / "home", server)
    yield made
    discarded(made, server)


@pytest.fixture
def record(home: Path, tmp_path: Path) -> str:
    return record_of(home, written(tmp_path, "chart.json", CONTENT))


def test_a_record_is_shared_opened_and_erased(home: Path, record: str, tmp_path: Path) -> None:
    output = tmp_path / "opened.ndjson"
    grant(home, record, "laboratory")
    asked = opening("laboratory", output, reader="clinic")
    assert run(home, "open", record, *asked).status == 0
    assert b"12.0" in output.read_bytes()
    assert answer(home, "index", "rebuild") == {"differences": []}
    assert run(home, "erase", record, "--yes").status == 0
    output.unlink()

    assert run(home, "open", record, *asked).status == 1
    assert not output.exists()


def test_nothing_but_the_ledger_is_kept_in_files_of_sqlite(home: Path, record: str) -> None:
    found = {each.relative_to(home).as_posix() for each in home.rglob("*.db")}

    assert found == {"ledger/chain.db"}


def test_no_password_is_needed_in_the_home_and_none_is_there(home: Path) -> None:
    known = json.loads((home / "database.json").read_bytes())

    assert set(known) == {"url", "home"}


def test_a_server_that_is_down_is_said_and_nothing_is_lost(
    home: Path, record: str, server: Server
) -> None:
    server.started.kill()
    said = run(home, "records", "--json")
    server.started.start()

    assert said.status == 1
    assert said.json()["error"]["type"].endswith("/database-unreachable")
    assert [each["record"] for each in answer(home, "records")] == [record]
