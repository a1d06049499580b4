"""The same tests once more on PostgreSQL: what opens a file or memory opens a database of a server.

`pytest --postgresql` does so for a whole session; `make test` names the files that it is for.
"""

import gc
import json
import shutil
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from salus.platform.database import Database, create_all
from salus.platform.database.notes import SchemaNote, make_schema
from salus.platform.database.places import MARK
from salus.platform.database.postgresql import open_server
from tools.postgres import Running, running

SCHEMA = "salus_node"
URL = "SALUS_DATABASE_URL"
_numbers = count()


class Server:
    """A server for a session of tests, and databases in it that begin with every table."""

    def __init__(self, started: Running) -> None:
        self.started = started
        self._template: str | None = None

    def database(self, *, like: str = "template0") -> str:
        """The URL of a new database; whoever still has a line to the one it is like loses it."""
        name = f"test_{next(_numbers)}"
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{like}'")
        self.run(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.started.url(name)

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def run(self, statement: str) -> None:
        url = make_url(self.started.url("postgres"))
        with psycopg.connect(
            dbname="postgres", user=url.username, host=str(url.query["host"]), autocommit=True
        ) as connection:
            connection.execute(statement)

    def empty(self) -> Database:
        """A store without tables."""
        return self._opened(self.database())

    def ready(self) -> Database:
        """A store with the tables of every module that was imported."""
        if self._template is None:
            made = self.empty()
            create_all(made)
            made.close()
            self._template = str(make_url(made.engine.url).database)
        return self._opened(self.database(like=self._template))

    def _opened(self, url: str) -> Database:
        made = open_server(make_url(url), SCHEMA)
        make_schema(made, SCHEMA, SchemaNote("ab"))
        return made


@contextmanager
def servers() -> Iterator[Server]:
    with running() as started:
        yield Server(started)


@contextmanager
def in_place_of_memory(server: Server) -> Iterator[None]:
    """Whoever opens a database in memory opens one at the server; it goes when nobody uses it.

    The index that `rebuild` makes meanwhile stays in memory: the two are to be alike.
    """

    def memory() -> Database:
        made = server.ready()
        forgotten = weakref.finalize(made.engine, server.drop, made.engine.url.render_as_string())
        forgotten.atexit = False  # then the server is gone
        return made

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if hasattr(module, "open_memory") and not name.startswith("salus.platform.database."):
                patch.setattr(module, "open_memory", memory)
        yield
        gc.collect()


def copied(home: Path, to: Path, server: Server | None = None) -> Path:
    """A copy of a home that is its own: rows at a server are copied there."""
    shutil.copytree(home, to)
    mark = to / MARK
    if mark.exists():
        assert server is not None, "its rows are at a server"
        known = json.loads(mark.read_bytes())
        known["url"] = server.database(like=str(make_url(known["url"]).database))
        mark.write_text(json.dumps(known))
    return to


def discarded(home: Path, server: Server | None = None) -> None:
    """A copy that is not needed any more."""
    mark = home / MARK
    if server is not None and mark.exists():
        server.drop(json.loads(mark.read_bytes())["url"])
    shutil.rmtree(home)
