"""A body somewhere else as a file: only what is read is asked for."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer

AHEAD = 2**18  # bytes asked for at once, four segments of a body


class _Ranges(io.RawIOBase):
    """Bytes `start` to `end` of `size`, each range by one question."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        self._size, self._read, self._at = size, read, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "Buffer") -> int:
        target = memoryview(buffer).cast("B")
        end = min(self._size, self._at + len(target))
        if self._at >= end:
            return 0
        content = self._read(self._at, end)
        target[: len(content)] = content
        self._at += len(content)
        return len(content)


def as_file(size: int, read: Callable[[int, int], bytes]) -> BinaryIO:
    """A file of `size` bytes that asks `read(start, end)` for what it does not have yet."""
    return cast("BinaryIO", io.BufferedReader(_Ranges(size, read), AHEAD))
