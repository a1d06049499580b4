"""Which process supervises a validator."""

import fcntl
import json
import os
import time

from salus.platform.errors import HomeDamaged
from salus.surfaces.network.folder import Folder

_LOCK = "home.lock"  # that of `platform.files.writing`
_TRIES, _PAUSE = 100, 0.01  # seconds


def holder(folder: Folder) -> int | None:
    """The process that supervises a validator. Raises HomeDamaged."""
    try:
        descriptor = os.open(folder.engine / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _number(_content(descriptor), folder)
    else:
        return None
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> bytes:
    """Who has just taken the lock needs a moment to write down who it is."""
    for _ in range(_TRIES):
        if content := os.pread(descriptor, 20, 0):
            return content
        time.sleep(_PAUSE)
    return b""


def _number(content: bytes, folder: Folder) -> int:
    try:
        return int(content)
    except ValueError:
        raise HomeDamaged(file=str(folder.engine / _LOCK)) from None


def pids(folder: Folder) -> dict[str, int]:
    """The process of each part that was started, by the name of the part."""
    try:
        content = json.loads(folder.state.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): int(pid) for name, pid in content.items()}
