"""Folders for half-written files, each under the lock of the process that writes there."""

import fcntl
import os
import shutil
from pathlib import Path
from secrets import token_hex
from weakref import finalize


class Drafts:
    """One writer's folder, made when the first draft needs it and gone with the writer."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None

    def path(self, name: bytes) -> Path:
        if self._folder is None:
            self._folder, lock = _locked_folder(self._parent)
            finalize(self, _end, self._folder, lock)
        return self._folder / name.hex()


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A new folder and its lock; again if a sweep took it before the lock was there."""
    while True:
        folder = parent / token_hex(8)
        folder.mkdir(mode=0o700)
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _end(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def sweep(parent: Path) -> None:
    """Remove what writers left behind that are gone."""
    for folder in parent.iterdir():
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # its writer lives
        finally:
            os.close(lock)
