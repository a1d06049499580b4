"""Homes whose rows move between files and a server, and looking into both."""

import gc
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url

from tests.journeys.stage import (
    ALLERGY,
    PERSON,
    Said,
    bundle,
    copy,
    grant,
    observation,
    opening,
    record_of,
    run,
    written,
)

MARKER = "Quillfeather-Moving-Marker"
CONTENT = bundle(PERSON, ALLERGY, observation("o1", MARKER))
DIES = "import os, signal; die = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
MAIN = "; from salus.surfaces.cli import main; main()"


def with_record(founded: Path, folder: Path) -> tuple[Path, str]:
    """A home in files with a record that was shared and read."""
    home = copy(founded, folder / "home")
    record = record_of(home, written(folder, "chart.json", CONTENT))
    grant(home, record, "laboratory")
    assert opens(home, record, folder)
    return home, record


def opens(home: Path, record: str, folder: Path) -> bool:
    """Whether the clinic reads what it was granted."""
    out = folder / "read"
    said = run(home, "open", record, *opening("laboratory", out, reader="clinic"))
    found = out.read_bytes() if out.exists() else b""
    out.unlink(missing_ok=True)
    return said.status == 0 and MARKER.encode() in found


def try_move(home: Path, to: str) -> Said:
    """As in a process of its own: what commands before had open of the home is closed."""
    for each in gc.get_objects():
        if isinstance(each, Engine) and str(each.url.database).startswith(f"{home}/"):
            each.dispose()
    return run(home, "home", "move", "--to", to, "--json")


def move(home: Path, to: str) -> Any:
    said = try_move(home, to)
    assert said.status == 0, said.out + said.err
    return said.json()


def connected(url: str, **more: str) -> "psycopg.Connection[tuple[Any, ...]]":
    known = make_url(url)
    return psycopg.connect(
        dbname=known.database,
        user=known.username,
        host=str(known.query["host"]),
        autocommit=True,
        **more,  # type: ignore[arg-type]
    )


def execute(url: str, statement: str) -> None:
    with connected(url) as connection:
        connection.execute(statement)


def schemas(url: str) -> set[str]:
    """Those of Salus, by whatever name."""
    with connected(url) as connection:
        found = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ 'salus|drill'"
        ).fetchall()
    return {str(name) for (name,) in found}


def kind(said: Said) -> str:
    """What went wrong, in a word."""
    return str(said.json()["error"]["type"]).rsplit("/", 1)[1]
