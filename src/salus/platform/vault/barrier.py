"""Waiting for the disk: file by file for a few, once for the file system for many."""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from salus.platform.files import sync_folder, write_new

MANY = 8  # from here on one syncfs is quicker than an fsync for each file (measured on ext4)


class Barrier:
    """What was written before `wait` returns is on the disk afterwards."""

    def __init__(self, root: Path, *, files: int) -> None:
        self._root = root
        self._syncfs = _syncfs() if files >= MANY else None
        self._named: set[Path] = set()

    def write(self, path: Path, body: bytes) -> None:
        """Make a new file. Raises OSError."""
        write_new(path, body, synced=self._syncfs is None)

    def named(self, folder: Path) -> None:
        """A name in this folder changed."""
        self._named.add(folder)

    def wait(self) -> None:
        """Raises OSError."""
        if self._syncfs is not None:
            self._syncfs(self._root)
            return
        for folder in self._named:
            sync_folder(folder)
        self._named.clear()


@cache
def _syncfs() -> Callable[[Path], None] | None:
    """Linux's syncfs, which reports failed writes since 5.8; None where there is none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if function is None:
        return None

    def sync(root: Path) -> None:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if function(descriptor) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code))
        finally:
            os.close(descriptor)

    return sync
