"""The home of a node: a folder with a version, one writer, and files that are never half there."""

import errno
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from salus.kernel.encoding import from_hex, to_hex
from salus.platform.errors import (
    DiskFull,
    HomeBusy,
    HomeDamaged,
    HomeExists,
    HomeMissing,
    HomeVersion,
)

VERSION = 1
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LOG = "salus.log"
_MARK, _LOCK = "home.json", "home.lock"
_NUMBER = 20  # bytes that say whose process holds the lock
_TRIES, _PAUSE = 20, 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that belongs to one chain."""

    path: Path
    chain: int
    genesis: bytes

    @classmethod
    def open(cls, path: Path) -> "Home":
        """Raises HomeMissing, HomeVersion, HomeDamaged."""
        mark = path / _MARK
        try:
            members = json.loads(mark.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise HomeMissing(home=str(path)) from None
        except ValueError:
            raise HomeDamaged(file=str(mark)) from None
        return cls._read(path, members)

    @classmethod
    def _read(cls, path: Path, members: Any) -> "Home":
        damaged = HomeDamaged(file=str(path / _MARK))
        if not isinstance(members, dict):
            raise damaged
        if (version := members.get("version")) != VERSION:
            raise HomeVersion(home=str(path), version=str(version), expected=VERSION)
        try:
            chain, genesis = int(members["chain"]), from_hex(members["genesis"], 32)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise damaged from None
        return cls(path, chain, genesis)

    @classmethod
    def mark(cls, path: Path, *, chain: int, genesis: bytes) -> "Home":
        """Make the folder a home, as the last step of building one. Raises HomeExists."""
        refuse_home(path)
        members = {"version": VERSION, "chain": chain, "genesis": to_hex(genesis)}
        write_atomic(path / _MARK, json.dumps(members, indent=2).encode() + b"\n")
        return cls(path, chain, genesis)


def is_home(path: Path) -> bool:
    """Whether the folder was made a home; one that is being built is none yet."""
    return (path / _MARK).exists()


def refuse_home(path: Path) -> None:
    """Raises HomeExists when there is a home already."""
    if is_home(path):
        raise HomeExists(home=str(path))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the writer's lock of a home; it ends with the process. Raises HomeBusy."""
    private_folder(path)
    descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _is_ours(descriptor):
            holder = os.pread(descriptor, _NUMBER, 0).decode("ascii", "replace").strip()
            raise HomeBusy(pid=holder or "?", home=str(path))
        os.pwrite(descriptor, str(os.getpid()).ljust(_NUMBER).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_locking(path: Path) -> bool:
    """Whether somebody holds the writer's lock of a folder, or did when it ended."""
    return (path / _LOCK).exists()


def _is_ours(descriptor: int) -> bool:
    """Whoever only looks whether it is held holds it for a moment, so it is tried again."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


@contextmanager
def taking_turns(path: Path) -> Iterator[None]:
    """Hold a lock for a moment; who comes meanwhile waits."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it, that only the owner may enter. Raises DiskFull."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        full_or(error)
    return path


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is whole, old or new. Raises DiskFull."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(draft, content)
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        full_or(error)
    finally:
        draft.unlink(missing_ok=True)


def write_new(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Make a new file of the owner's; `synced` waits until the disk has it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if synced:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the disk has the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def full_or(error: OSError) -> NoReturn:
    """Raises DiskFull for a disk without space, else the error itself."""
    if error.errno in FULL:
        raise DiskFull from error
    raise error
