"""Move the rows of a home to a server and back. What was left behind keeps another name.

The home changes sides with one rename: of `database.json.next` to `database.json`, or of that away.
A move that dies before it has moved nothing, and the next one clears away what it left.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from salus.platform.backup.errors import HomeAtServer, HomeInUse, MovedExists, NoServer
from salus.platform.backup.places import MOVED
from salus.platform.backup.stores import Filled, Store, copy_into_file, filled, forget
from salus.platform.database.engine import name_of
from salus.platform.database.errors import DatabaseOfAnother
from salus.platform.database.notes import note_of
from salus.platform.database.places import MARK, Server, move_to, schema_of, server_of
from salus.platform.files import Home, full_or, sync_folder

_NEXT = f"{MARK}.next"
_HEADER = 100  # bytes, https://www.sqlite.org/fileformat.html
_LONGEST_NAME = 63  # of PostgreSQL
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'salus' AND pid <> pg_backend_pid()"
)


"""TO A SERVER"""


def move_to_server(home: Path, stores: Sequence[Store], server: Server) -> tuple[Filled, ...]:
    """All stores in one transaction at an empty database; then the home is there.

    The files stay under another name. Raises HomeMissing, HomeAtServer, HomeInUse, MovedExists,
    and what `filled` raises.
    """
    Home.open(home)
    if server_of(home) is not None:
        _clear_files(home, stores)
        raise HomeAtServer(home=str(home))
    present = [store for store in stores if (home / store.place).exists()]
    with ExitStack() as held:
        alone = [held.enter_context(_alone(home, store)) for store in present]
        _clear_server(home, present, server)
        _refuse_moved(home, present)
        move_to(home, server, mark=_NEXT)
        files = [_kept(home, *each) for each in zip(present, alone, strict=True)]
        arrived = _sent(home, server, list(zip(present, files, strict=True)))
        _rename(home / _NEXT, home / MARK)
        for store in present:
            _end(home / store.place)
    return arrived


@contextmanager
def _alone(home: Path, store: Store) -> Iterator[sqlite3.Connection]:
    """Its file with nobody else on it: whoever comes meanwhile waits, and finds it ended."""
    place = home / store.place
    with closing(sqlite3.connect(place, isolation_level=None, timeout=0)) as file:
        try:
            file.execute("PRAGMA locking_mode=EXCLUSIVE")
            (mode,) = file.execute("PRAGMA journal_mode=DELETE").fetchone()
            file.execute("BEGIN EXCLUSIVE")
            file.execute("COMMIT")
        except sqlite3.OperationalError:
            raise HomeInUse(home=str(home), store=str(store.place)) from None
        if mode != "delete":
            raise HomeInUse(home=str(home), store=str(store.place))
        yield file


def _clear_server(home: Path, stores: Sequence[Store], server: Server) -> None:
    """What a move left that died before the home had changed sides.

    The address that is given now may have the password that is written down nowhere.
    """
    left = server_of(home, mark=_NEXT)
    if left is None:
        return
    is_same = name_of(left.url) == name_of(server.url)
    forget(Server(server.url if is_same else left.url, left.home))
    _take_back(home, stores)


def _take_back(home: Path, stores: Sequence[Store]) -> None:
    for store in stores:
        _moved(home, store).unlink(missing_ok=True)
    (home / _NEXT).unlink()
    sync_folder(home)


def _sent(home: Path, server: Server, files: Sequence[tuple[Store, Path]]) -> tuple[Filled, ...]:
    """Once every row is there the server may keep them, whatever becomes of its answer."""
    arrived = None
    try:
        with filled(server, files) as arrived:
            pass
    except BaseException:
        if arrived is None:
            _take_back(home, [store for store, _file in files])
        raise
    return arrived


def _clear_files(home: Path, stores: Sequence[Store]) -> None:
    """What a move left that died when the home had changed sides."""
    for store in stores:
        if (home / store.place).exists() and _moved(home, store).exists():
            _end(home / store.place)


def _refuse_moved(home: Path, stores: Sequence[Store]) -> None:
    for store in stores:
        if _moved(home, store).exists():
            raise MovedExists(file=str(_moved(home, store)))


def _moved(home: Path, store: Store) -> Path:
    return home / f"{store.place}{MOVED}"


def _kept(home: Path, store: Store, file: sqlite3.Connection) -> Path:
    """Its rows under another name, without those that were deleted from it."""
    kept = _moved(home, store)
    kept.touch(mode=0o600)
    try:
        file.execute("VACUUM INTO ?", (str(kept),))
        _sync(kept)
    except OSError as error:
        full_or(error)
    return kept


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _rename(file: Path, to: Path) -> None:
    file.replace(to)
    sync_folder(to.parent)


def _end(file: Path) -> None:
    """A process that waits for the file must not write into it: it is no database any more."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, bytes(_HEADER), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _unlink(file)
    sync_folder(file.parent)


def _unlink(file: Path) -> None:
    """With its log, which must not be taken for that of another file of the same name."""
    for each in (file, file.with_name(f"{file.name}-shm"), file.with_name(f"{file.name}-wal")):
        each.unlink(missing_ok=True)


"""TO FILES"""


def move_to_files(home: Path, stores: Sequence[Store]) -> tuple[Filled, ...]:
    """All stores into files while nobody writes at the server; then the home is in them.

    The schemas stay under another name. Raises HomeMissing, NoServer, HomeInUse, MovedExists,
    DatabaseVersion, DatabaseOfAnother and CopyDiffers.
    """
    Home.open(home)
    server = server_of(home)
    if server is None:
        raise NoServer(home=str(home))
    database = server.open(stores[0].place)
    try:
        with database.write() as session, session.begin():
            present = _alone_there(home, session, stores, server)
            arrived = tuple(_fetched(home, session, store) for store in present)
            _rename(home / MARK, home / f"{MARK}{MOVED}")
            for store in present:
                _put_aside(session, store)
    finally:
        database.close()
    return arrived


def _alone_there(
    home: Path, session: Session, stores: Sequence[Store], server: Server
) -> list[Store]:
    from salus.platform.database.postgresql import hold_writers  # noqa: PLC0415 - rarely needed

    connection = session.connection()
    if connection.exec_driver_sql(_OTHERS).scalar():
        raise HomeInUse(home=str(home), store=str(stores[0].place))
    present = []
    for store in stores:
        hold_writers(connection, schema_of(store.place))
        connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema_of(store.place)}"')
        note = note_of(session)
        if note is not None and note.home == server.home:
            present.append(store)
        elif (home / store.place).parent.exists():
            raise DatabaseOfAnother(database=schema_of(store.place))
    return present


def _fetched(home: Path, session: Session, store: Store) -> Filled:
    """The file has its name when it is whole; while the home is at the server nobody opens it."""
    place = home / store.place
    draft = place.with_name(f".{place.name}.draft")
    _unlink(draft)
    session.connection().exec_driver_sql(f'SET LOCAL search_path TO "{schema_of(store.place)}"')
    found = Filled(store, copy_into_file(session, store, draft))
    _sync(draft)
    _unlink(place)
    _rename(draft, place)
    return found


def _put_aside(session: Session, store: Store) -> None:
    name = schema_of(store.place)
    aside = f"moved_{name}"[:_LONGEST_NAME]
    session.connection().exec_driver_sql(f'ALTER SCHEMA "{name}" RENAME TO "{aside}"')
