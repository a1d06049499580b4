"""Make a new home from a backup and its keys: checked to the last byte, then there at once."""

import glob
import secrets
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

from salus.kernel.documents import BadDocument, parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest
from salus.kernel.passphrase import open_under
from salus.platform.backup.errors import (
    BackupDamaged,
    BackupVersion,
    KeysMissing,
    OtherKeys,
    RestoreOver,
)
from salus.platform.backup.looking import fits
from salus.platform.backup.model import (
    LARGEST_KEYS,
    LARGEST_MANIFEST,
    MANIFEST,
    VERSION,
    Entry,
    Keys,
    Manifest,
)
from salus.platform.backup.packing import KEYS_PLACE, Step
from salus.platform.backup.places import is_database, is_safe, is_secret
from salus.platform.backup.stores import Filled, Store, filled, forget
from salus.platform.database.places import Server, move_to, server_of
from salus.platform.errors import HomeBusy
from salus.platform.files import (
    Home,
    full_or,
    is_locking,
    private_folder,
    sync_folder,
    write_new,
    writing,
)
from salus.platform.storage import destroy

_PART = 2**20
T = TypeVar("T", Manifest, Keys)


@dataclass(frozen=True, slots=True)
class Backup:
    """The two files of a backup, and the words that open the second."""

    file: Path
    keys: Path
    passphrase: str

    def opened_keys(self) -> Keys:
        """Raises KeysMissing, PassphraseWrong, BackupVersion."""
        try:
            sealed = self.keys.read_bytes()[: LARGEST_KEYS + 1]
        except FileNotFoundError:
            raise KeysMissing(file=str(self.keys)) from None
        return _parsed(Keys, open_under(self.passphrase, KEYS_PLACE, sealed), self.keys)


@contextmanager
def unpacked(backup: Backup, home: Path, *, step: Step) -> Iterator[tuple[Path, Manifest]]:
    """A checked copy beside where the home is to be; it is removed with its keys at the end.

    So is what a restore of the same home left that died.

    Raises RestoreOver, BackupDamaged, BackupVersion, OtherKeys and what opens the keys.
    """
    refuse_over(home)
    keys = backup.opened_keys()
    folder = private_folder(home.absolute().parent)
    _clear(folder, home.name)
    draft = private_folder(folder / f".{home.name}.{secrets.token_hex(4)}")
    with writing(draft):
        try:
            yield draft, _fill(backup, draft, keys, step)
        except OSError as error:
            full_or(error)
        finally:
            _remove(draft)


def _clear(folder: Path, name: str) -> None:
    """Drafts of a restore that lives are locked, and those of other commands have no lock."""
    for draft in folder.glob(f".{glob.escape(name)}.*"):
        if is_locking(draft):
            with suppress(HomeBusy):
                with writing(draft):
                    pass
                _remove(draft)


def put_in_place(draft: Path, home: Path) -> None:
    """The copy becomes the home, at once. Raises RestoreOver."""
    refuse_over(home)
    draft.replace(home)
    sync_folder(home.absolute().parent)


def put_at_server(
    draft: Path, home: Path, stores: Sequence[Store], server: Server
) -> tuple[Filled, ...]:
    """The rows of the copy go to an empty database, all of them, and the rest becomes the home.

    Raises RestoreOver and what `filled` raises.
    """
    refuse_over(home)
    files = files_in(draft, stores)
    with filled(server, files) as arrived:
        move_to(draft, server)
        for _store, file in files:
            file.unlink()
    put_in_place(draft, home)
    return arrived


def files_in(draft: Path, stores: Sequence[Store]) -> list[tuple[Store, Path]]:
    """The stores that a copy has."""
    places = [(store, draft / store.place) for store in stores]
    return [(store, file) for store, file in places if file.exists()]


def refuse_over(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise RestoreOver(home=str(home))


def _remove(draft: Path) -> None:
    """Rows that came to a server, for a home that did not, go too; else it is noted where they are.

    The next restore of this home tries that again.
    """
    if not draft.exists():
        return
    for file in draft.rglob("*"):
        if file.is_file() and is_secret(file.relative_to(draft).as_posix()):
            destroy(file)
    with suppress(SalusError):
        server = server_of(draft)
        if server is not None:
            forget(server)
        rmtree(draft, ignore_errors=True)


def _fill(backup: Backup, draft: Path, keys: Keys, step: Step) -> Manifest:
    manifest = _unpack(backup, draft, step)
    if keys.id != manifest.id:
        raise OtherKeys(place=backup.file.name)
    for secret in keys.secrets:
        _write(draft, secret.path, secret.content, backup)
    for entry in manifest.entries:
        place = draft / entry.path
        if is_database(place) and not fits(entry.path, place, keys):
            raise OtherKeys(place=entry.path)
    home = Home.open(draft)
    if (home.chain, home.genesis) != (manifest.chain, manifest.genesis):
        raise BackupDamaged(file=str(backup.file), entry="home.json")
    return manifest


def _unpack(backup: Backup, draft: Path, step: Step) -> Manifest:
    found: dict[str, Entry] = {}
    manifest = None
    try:
        with tarfile.open(backup.file, mode="r:") as tar:
            for member in tar:
                if manifest is not None or not member.isfile():
                    raise BackupDamaged(file=str(backup.file), entry=member.name[:100])
                opened = tar.extractfile(member)
                assert opened is not None, "it is a file"
                if member.name == MANIFEST:
                    manifest = _parsed(Manifest, opened.read(LARGEST_MANIFEST), backup.file)
                    continue
                if member.name in found:
                    raise BackupDamaged(file=str(backup.file), entry=member.name[:100])
                parts = iter(lambda opened=opened: opened.read(_PART), b"")  # type: ignore[misc]
                found[member.name] = _stream(draft, member.name, parts, backup)
                step(1)
    except (tarfile.TarError, EOFError):
        raise BackupDamaged(file=str(backup.file), entry="its structure") from None
    if manifest is None:
        raise BackupDamaged(file=str(backup.file), entry="its end")
    _compare(backup, manifest, found)
    return manifest


def _compare(backup: Backup, manifest: Manifest, found: dict[str, Entry]) -> None:
    told = {entry.path: entry for entry in manifest.entries}
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise BackupDamaged(file=str(backup.file), entry=name[:100])


def _place(draft: Path, name: str, backup: Backup) -> Path:
    if not is_safe(name):
        raise BackupDamaged(file=str(backup.file), entry=name[:100])
    place = draft / name
    private_folder(place.parent)
    return place


def _stream(draft: Path, name: str, parts: Iterator[bytes], backup: Backup) -> Entry:
    digest, size = sha256(), 0
    place = _place(draft, name, backup)
    write_new(place, b"", synced=False)
    with place.open("wb") as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
    return Entry(name, size, Digest(digest.digest()))


def _write(draft: Path, name: str, content: bytes, backup: Backup) -> None:
    place = _place(draft, name, backup)
    if place.exists():
        raise BackupDamaged(file=str(backup.keys), entry=name[:100])
    write_new(place, content)


def _parsed(kind: type[T], raw: bytes, file: Path) -> T:
    """Raises BackupVersion for another version, and BackupDamaged."""
    try:
        known = parse(kind, raw)
    except BadDocument:
        raise BackupDamaged(file=str(file), entry=MANIFEST) from None
    if (version := known.version) != VERSION:
        raise BackupVersion(file=str(file), version=version, expected=VERSION)
    return known
