"""Copy a home while its programs run: one snapshot of each database, then files, then bodies."""

import io
import os
import secrets
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from salus.kernel.clock import Clock, stamp
from salus.kernel.documents import text
from salus.kernel.ids import Digest
from salus.kernel.passphrase import seal_under
from salus.platform.backup.errors import BackupDisturbed, BackupExists
from salus.platform.backup.looking import block_of, fits
from salus.platform.backup.model import (
    KEYS_SUFFIX,
    MANIFEST,
    VERSION,
    Entry,
    Keys,
    Manifest,
    Secret,
)
from salus.platform.backup.places import files_of, is_database, is_secret
from salus.platform.backup.stores import Store, extract, refuse_unknown
from salus.platform.database.places import MARK
from salus.platform.files import Home, full_or, private_folder, sync_folder, write_atomic

Step = Callable[[int], None]
DATABASE = "node/node.db"
KEYS_PLACE = b"salus/backup-keys/1"


@dataclass(slots=True)
class _Parcel:
    """A tar file that grows, with the hash of each member."""

    tar: tarfile.TarFile
    scratch: Path
    entries: list[Entry] = field(default_factory=list)
    block: int = -1

    def add(self, name: str, file: Path) -> None:
        with file.open("rb") as opened:
            digest = Digest(file_digest(opened, "sha256").digest())
            size = opened.tell()
            opened.seek(0)
            self.tar.addfile(_member(name, size), opened)
        self.entries.append(Entry(name, size, digest))

    def close(self, manifest: Manifest) -> None:
        content = text(manifest)
        self.tar.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))


def back_up(
    home: Path, out: Path, passphrase: str, *, stores: Sequence[Store], clock: Clock, step: Step
) -> Manifest:
    """Write `out`, and `out.keys` sealed under a passphrase; both whole or neither.

    `stores` are those that a home at a server has. Raises HomeMissing, BackupExists,
    BackupDisturbed, PassphraseShort, DiskFull, and what `extract` raises.
    """
    known = Home.open(home)
    keys_file = keys_of(out)
    _refuse(out, keys_file)
    id_ = Digest(secrets.token_bytes(32))
    kept = Keys(VERSION, id_, tuple(_secrets(home)))
    sealed = seal_under(passphrase, KEYS_PLACE, text(kept))
    with _draft(out) as parcel:
        for store in (fetched := _at_server(home, stores)):
            _fetch(parcel, home, store, kept)
            step(1)
        elsewhere = {store.place.as_posix() for store in fetched}
        for name, file in files_of(home):
            if not is_secret(name) and name not in elsewhere:
                _copy(parcel, name, file, kept)
                step(1)
        manifest = Manifest(
            VERSION,
            id_,
            stamp(clock.now()),
            known.chain,
            Digest(known.genesis),
            parcel.block,
            tuple(parcel.entries),
        )
        parcel.close(manifest)
        write_atomic(keys_file, sealed)
    return manifest


def keys_of(out: Path) -> Path:
    return out.with_name(out.name + KEYS_SUFFIX)


def _refuse(out: Path, keys_file: Path) -> None:
    for file in (out, keys_file):
        if file.exists():
            raise BackupExists(file=str(file))


def _secrets(home: Path) -> Iterator[Secret]:
    for name, file in files_of(home):
        if is_secret(name):
            yield Secret(name, file.read_bytes())


def _at_server(home: Path, stores: Sequence[Store]) -> Sequence[Store]:
    if not (home / MARK).exists():
        return ()
    refuse_unknown(home, stores)
    return stores


def _fetch(parcel: _Parcel, home: Path, store: Store, kept: Keys) -> None:
    snapshot = parcel.scratch / "snapshot"
    extract(home, store, snapshot)
    _add(parcel, store.place.as_posix(), snapshot, kept)


def _copy(parcel: _Parcel, name: str, file: Path, kept: Keys) -> None:
    try:
        if not is_database(file):
            parcel.add(name, file)
            return
        snapshot = parcel.scratch / "snapshot"
        _snapshot(file, snapshot)
    except FileNotFoundError:  # a body that was deleted meanwhile
        return
    _add(parcel, name, snapshot, kept)


def _add(parcel: _Parcel, name: str, snapshot: Path, kept: Keys) -> None:
    """Raises BackupDisturbed."""
    if not fits(name, snapshot, kept):
        raise BackupDisturbed(place=name)
    if name == DATABASE:
        parcel.block = block_of(snapshot)
    parcel.add(name, snapshot)
    snapshot.unlink()


def _snapshot(file: Path, to: Path) -> None:
    """What the last transaction left, while others write on; rows that were deleted are in none.

    `VACUUM INTO` copies rows, and not the pages in which deleted ones still lie.
    """
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True)) as database:
        database.execute("PRAGMA busy_timeout=30000")
        database.execute("VACUUM INTO ?", (str(to),))


@contextmanager
def _draft(out: Path) -> Iterator[_Parcel]:
    """A file that has its name only when it is whole and on the disk."""
    folder = private_folder(out.absolute().parent)
    with TemporaryDirectory(dir=folder, prefix=f".{out.name}.") as scratch:
        draft = Path(scratch) / "draft"
        try:
            with draft.open("xb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    yield _Parcel(tar, Path(scratch))
                file.flush()
            _place(draft, out)
        except OSError as error:
            full_or(error)


def _place(draft: Path, out: Path) -> None:
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.chmod(0o600)
    draft.replace(out)
    sync_folder(out.absolute().parent)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Without owner and time: a backup says nothing about the machine it was made on."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
