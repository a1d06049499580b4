"""Storage keys: what secrets lie under at rest, replaced so that old copies open nothing.

A database names the key that its rows are sealed under by a fingerprint. A new key lies in a file
of its own before the rows move to it in one transaction, and the old file is destroyed after it:
wherever the process dies, the fingerprint says which of the two files is the key.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import LargeBinary, bindparam, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from salus.kernel.clock import moment, seconds
from salus.kernel.encoding import TAG
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.database import Database, KeyReplaced, PrivateTable, scrub
from salus.platform.files import private_folder, sync_folder, taking_turns, write_atomic

Reseal = Callable[[Session, bytes, bytes], None]
"""`reseal(session, old, new)`: what lies under the old key is sealed under the new one."""
_ONE, _CHUNK = 1, 5_000


class StorageKey(PrivateTable):
    """Which key the rows of this database lie under; `since` in seconds."""

    __tablename__ = "platform_storage_key"

    number: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    since: Mapped[int]


def fingerprint(key: bytes) -> bytes:
    """32 bytes that tell keys apart and reveal nothing of them: keys are 32 random bytes."""
    return sha256(TAG("salus/storage-key/1") + key).digest()


def write_secret(path: Path, secret: bytes) -> None:
    private_folder(path.parent)
    write_atomic(path, secret.hex().encode() + b"\n")


def read_secret(path: Path) -> bytes:
    return bytes.fromhex(path.read_text().strip())


def destroy(path: Path) -> None:
    """Overwrite a file, wait until the disk has that, and remove it; twice is once.

    A disk that never writes in place (flash, snapshots) may keep the old bytes: see SECURITY.md.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.pwrite(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def settle(database: Database, path: Path) -> None:
    """Finish a change of the key that a process left when it died, forward or backward."""
    if not _next(path).exists() and not _old(path).exists():
        return
    with taking_turns(_lock(path)):
        _settle(database, path)


def _settle(database: Database, path: Path) -> None:
    coming = _next(path)
    if coming.exists():
        with database.read() as session:
            row = session.get(StorageKey, _ONE)
        if row is not None and row.fingerprint == fingerprint(read_secret(coming)):
            _promote(path)
        else:
            destroy(coming)
    destroy(_old(path))


def _promote(path: Path) -> None:
    """The new file in the place of the old one, which gets another name to be destroyed under."""
    if not _old(path).exists():
        os.link(path, _old(path))
    _next(path).replace(path)
    sync_folder(path.parent)


def rotate(database: Database, path: Path, reseal: Reseal, *, now: datetime) -> int:
    """Replace the key in a file and seal every row anew; the generation of the new key.

    Whoever still holds the old key is refused by `guard`. Raises StillRead when a reader keeps the
    old rows in the log; the new key is in force then, and the next rotation tidies up.
    """
    with taking_turns(_lock(path)):
        _settle(database, path)
        old, new = read_secret(path), secrets.token_bytes(32)
        write_secret(_next(path), new)
        with database.write() as session, session.begin():
            reseal(session, old, new)
            number = _name(session, new, now)
        _settle(database, path)
    scrub(database, whole=True)
    return number


def _name(session: Session, key: bytes, now: datetime) -> int:
    row = session.get(StorageKey, _ONE)
    number = row.generation + 1 if row else 1
    session.merge(
        StorageKey(number=_ONE, generation=number, fingerprint=fingerprint(key), since=seconds(now))
    )
    return number


def guard(session: Session, key: bytes) -> None:
    """Raises KeyReplaced when a key is not the one that this database lies under any more.

    To be asked in the transaction that writes what was sealed: rows under a destroyed key are lost.
    """
    row = session.get(StorageKey, _ONE)
    if row is not None and row.fingerprint != fingerprint(key):
        raise KeyReplaced


def reseal_column(
    session: Session,
    table: type[PrivateTable],
    column: str,
    primary: Sequence[str],
    place: Callable[..., bytes],
    *,
    keys: tuple[bytes, bytes],
) -> None:
    """Move a column under a new key; `place(*primary)` is what a row's secret is tied to.

    `keys` are the old and the new one. Raises KeyDamaged, and nothing is moved then.
    """
    (old, new), columns = keys, table.__table__.columns
    ids = [columns[each.name] for each in table.__table__.primary_key]
    names = [f"id_{each.name}" for each in ids]
    same = [each == bindparam(name) for each, name in zip(ids, names, strict=True)]
    change = update(table.__table__).where(*same).values({column: bindparam("sealed")})  # type: ignore[arg-type]
    asked = select(columns[column], *(columns[name] for name in primary), *ids)
    asked = asked.order_by(*ids).limit(_CHUNK)
    rows = session.execute(asked).all()
    while rows:
        moved = []
        for sealed, *found in rows:
            at = place(*found[: len(primary)])
            row = dict(zip(names, found[len(primary) :], strict=True))
            moved.append(row | {"sealed": seal_at_rest(new, at, open_at_rest(old, at, sealed))})
        session.connection().execute(change, moved)
        last = rows[-1][1 + len(primary) :]
        rows = session.execute(asked.where(tuple_(*ids) > tuple_(*last))).all()


def generation(database: Database) -> int:
    """How often the key was replaced."""
    with database.read() as session:
        row = session.get(StorageKey, _ONE)
    return row.generation if row else 0


def is_due(database: Database, *, now: datetime, days: int) -> bool:
    """Whether the key is older than that many days; the first one, whose age nobody knows, is."""
    with database.read() as session:
        row = session.get(StorageKey, _ONE)
    return row is None or moment(row.since) + timedelta(days=days) <= now


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _old(path: Path) -> Path:
    return path.with_name(f"{path.name}.old")


def _lock(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")
