"""`salus home move`: where a home keeps its rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.encoding import to_hex
from salus.platform.backup.moving import move_to_files, move_to_server
from salus.platform.backup.places import MOVED
from salus.platform.backup.stores import Filled, Store
from salus.platform.cli import Commands, Console
from salus.platform.database.places import server_at
from salus.platform.node import DATABASE
from salus.rights.custody.household import BRANCHES, STORES

app, home = Commands(), Commands()
app.add_typer(home, name="home", help="Where this home keeps its rows.")
_FILES = "files"


def stores_of(path: Path) -> list[Store]:
    """The node's own store and one for each keeper that lives in the home."""
    folder = path / STORES
    names = (
        sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.exists() else []
    )
    return [Store(DATABASE), *(Store(STORES / name / "store.db", BRANCHES) for name in names)]


@home.command()
def move(
    console: Console,
    *,
    to: Annotated[
        str,
        typer.Option(
            help="`postgresql://role@host:5432/name` of an empty database, or `files`. Give the"
            " password in PGPASSFILE or PGPASSWORD: others may see what is written here."
        ),
    ],
) -> None:
    """Move the rows of this home to a PostgreSQL server, or back into files.

    End its programs first. Every table is read again where it arrived and compared; then the home
    changes sides at once. What was left behind keeps another name until you remove it.

    Example: salus home move --to postgresql://salus@localhost:5432/salus
    """
    stores = stores_of(console.home)
    if to == _FILES:
        moved = move_to_files(console.home, stores)
    else:
        moved = move_to_server(console.home, stores, server_at(to))
    _report(console, moved, is_in_files=to == _FILES)


def _report(console: Console, moved: Sequence[Filled], *, is_in_files: bool) -> None:
    console.answer(
        {
            "rows": "files" if is_in_files else "server",
            "stores": [
                {
                    "store": str(each.store.place),
                    "tables": [
                        {"table": t.table, "rows": t.rows, "sha256": to_hex(t.sha256)}
                        for t in each.tables
                    ],
                }
                for each in moved
            ],
        }
    )
    rows = [(str(each.store.place), len(each.tables), rows_in(each)) for each in moved]
    console.table(("store", "tables", "rows"), rows)
    if is_in_files:
        console.say("The rows of this home are in its files now.")
        console.warn(
            "The schemas that were left at the server begin with {name}. What is erased from now"
            " on stays in them; drop them soon.",
            name="moved_",
        )
    else:
        console.say("The rows of this home are at the server now.")
        console.warn(
            "The files that were left behind end with {name}. What is erased from now on stays in"
            " them; remove them soon.",
            name=MOVED,
        )


def rows_in(filled: Filled) -> int:
    """How many rows arrived in a store."""
    return sum(table.rows for table in filled.tables)
