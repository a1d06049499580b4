"""Positioned reads and writes of many threads on one file, and files that appear only whole."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salus.kernel.crypt4gh.errors import FileChanged


@contextmanager
def reading(path: Path) -> Iterator[int]:
    """A descriptor to read from. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def appearing(path: Path) -> Iterator[int]:
    """A descriptor of a draft that takes the name `path` when the block ends well, else goes.

    Only the owner may read it. Raises OSError, as of a full disk.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_at(descriptor: int, into: memoryview, at: int, path: Path) -> None:
    """Fill `into` with the bytes from `at` on. Raises FileChanged when the file ends before."""
    while into:
        count = os.preadv(descriptor, [into], at)
        if count == 0:
            raise FileChanged(file=path.name)
        into, at = into[count:], at + count


def write_at(descriptor: int, content: memoryview, at: int) -> None:
    """Write all of `content` from `at` on. Raises OSError."""
    while content:
        count = os.pwrite(descriptor, content, at)
        content, at = content[count:], at + count
