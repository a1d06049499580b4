"""A vault in a folder: written beside, flushed, renamed, and the folder flushed."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from salus.platform.vault.errors import BlobMissing, VaultFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderVault:
    """Two hex digits of fan-out; a file under its name is always whole."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        for torn in self._incoming.iterdir():  # of a process that was killed
            torn.unlink()

    def put(self, blobs: Mapping[bytes, bytes]) -> None:
        waiting: dict[Path, Path] = {}
        try:
            for name, body in blobs.items():
                if not self.has(name):
                    waiting[self._write(name, body)] = self._place(name)
            self._rename(waiting)
        except OSError as error:
            for temporary in self._torn(blobs):
                temporary.unlink(missing_ok=True)
            if error.errno in _NO_ROOM:
                raise VaultFull(size=sum(map(len, blobs.values()))) from None
            raise

    def _write(self, name: bytes, body: bytes) -> Path:
        temporary = self._incoming / f"{name.hex()}.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            view = memoryview(body)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return temporary

    def _rename(self, waiting: Mapping[Path, Path]) -> None:
        for folder in {place.parent for place in waiting.values()}:
            if not folder.exists():
                folder.mkdir()
                _flush(self._root)
        for temporary, place in waiting.items():
            temporary.replace(place)
        for folder in {place.parent for place in waiting.values()}:
            _flush(folder)

    def _torn(self, blobs: Mapping[bytes, bytes]) -> Iterator[Path]:
        return (self._incoming / f"{name.hex()}.{os.getpid()}" for name in blobs)

    def get(self, name: bytes) -> bytes:
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(name=name) from None

    def has(self, name: bytes) -> bool:
        return self._place(name).exists()

    def delete(self, name: bytes) -> None:
        with suppress(FileNotFoundError):
            self._place(name).unlink()

    def _place(self, name: bytes) -> Path:
        text = name.hex()
        return self._root / text[:2] / text


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
