"""Where the rows of a home are: in its files, or at a server that its `database.json` names.

At a server each store of the home is a schema, and a comment on it says whose it is. The password
is in nobody's file: it comes from SALUS_DATABASE_URL, PGPASSWORD or PGPASSFILE.
"""

import json
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from salus.platform.database.engine import Database, open_database
from salus.platform.database.errors import DatabaseAddress, DatabaseOfAnother, HomeInFiles
from salus.platform.database.notes import SchemaNote, make_schema, note_of
from salus.platform.database.settings import DatabaseSettings
from salus.platform.errors import HomeDamaged
from salus.platform.files import is_home, private_folder, write_atomic
from salus.platform.settings import read, variable

MARK = "database.json"
_DRIVERS = ("postgresql", "postgresql+psycopg")
_SECRET = ("password", "sslpassword", "passfile")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Server:
    """The server of one home, and the random name by which its schemas know the home."""

    url: URL
    home: str

    def open(self, place: Path) -> Database:
        """The store that would be the file `place` of the home."""
        from salus.platform.database.postgresql import open_server  # noqa: PLC0415 - rarely needed

        return open_server(self.url, schema_of(place))


def open_in(home: Path, place: Path) -> Database:
    """The store `place`, relative to its home, wherever the home keeps its rows.

    Raises HomeInFiles, DatabaseAddress, DatabaseUnreachable, DatabaseServer, DatabaseOrder and
    DatabaseOfAnother.
    """
    server = server_of(home)
    if server is None:
        _refuse_setting(home)
        return open_database(home / place)
    database = server.open(place)
    try:
        _settle_in(database, server, place, is_new=not is_home(home))
    except BaseException:
        database.close()
        raise
    return database


def _settle_in(database: Database, server: Server, place: Path, *, is_new: bool) -> None:
    """While a home is built its stores are made; later one that is not there is not its own."""
    from salus.platform.database.postgresql import examine  # noqa: PLC0415

    with database.read() as session:
        note = note_of(session)
    if note is None and is_new:
        examine(database)
        note = make_schema(database, schema_of(place), SchemaNote(server.home))
    if note is None or note.home != server.home:
        raise DatabaseOfAnother(database=database.name)


def claim(home: Path) -> None:
    """Let a new home keep its rows where the setting says; without a setting, in its files.

    Raises DatabaseAddress.
    """
    server = server_in_settings()
    if server is not None:
        move_to(home, server)


def server_in_settings() -> Server | None:
    """The server that the setting names for a new home. Raises DatabaseAddress."""
    given = read(DatabaseSettings).url
    return server_at(given) if given else None


def server_at(given: str) -> Server:
    """A server by its address, for a home that gets its name there now. Raises DatabaseAddress."""
    return Server(_parsed(given), secrets.token_hex(16))


def move_to(home: Path, server: Server, *, mark: str = MARK) -> None:
    """From now on the rows of the home are there; with another `mark` they are to be there."""
    known = {"url": _without_secrets(server.url), "home": server.home}
    private_folder(home)
    write_atomic(home / mark, json.dumps(known, indent=2).encode() + b"\n")


def server_of(home: Path, *, mark: str = MARK) -> Server | None:
    """The server of a home; a setting may name it by another address or with a password.

    Raises HomeDamaged and DatabaseAddress.
    """
    place = home / mark
    if not place.exists():
        return None
    try:
        known: Any = json.loads(place.read_bytes())
        url, name = str(known["url"]), str(known["home"])
    except (ValueError, KeyError, TypeError):
        raise HomeDamaged(file=str(place)) from None
    return Server(_parsed(read(DatabaseSettings).url or url), name)


def _refuse_setting(home: Path) -> None:
    if read(DatabaseSettings).url:
        raise HomeInFiles(home=str(home), setting=variable(DatabaseSettings, "url"))


def _parsed(given: str) -> URL:
    """Raises DatabaseAddress, which quotes nothing of what was given: it may hold a password."""
    setting = variable(DatabaseSettings, "url")
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise DatabaseAddress(reason="it is no URL", setting=setting) from None
    if url.drivername not in _DRIVERS:
        raise DatabaseAddress(reason="it is not one of PostgreSQL", setting=setting)
    if not url.database:
        raise DatabaseAddress(reason="it names no database", setting=setting)
    return url.set(drivername=_DRIVERS[-1])


def _without_secrets(url: URL) -> str:
    parts = {name: value for name, value in url._asdict().items() if name != "password"}
    bare = URL.create(**parts).difference_update_query(_SECRET)
    return bare.render_as_string(hide_password=False)


def schema_of(place: Path) -> str:
    """`salus_node` for `node/node.db`, `salus_keepers_c1` for `keepers/c1/store.db`."""
    name = "_".join(place.parent.parts)
    if not re.fullmatch(f"[a-z0-9_]{{1,{_LONGEST}}}", name):
        name = f"{place.parts[0]}_{sha256(name.encode()).hexdigest()[:16]}"
    return f"salus_{name}"
