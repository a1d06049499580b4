"""Files of a ledger that only their owner may read."""

from contextlib import suppress
from pathlib import Path


def private_file(path: Path) -> None:
    """Before SQLite opens it: a new one is made so, an older one made so; its log follows it.

    What is wrong with the place, SQLite says.
    """
    with suppress(OSError):
        path.touch(mode=0o600)
        path.chmod(path.stat().st_mode & 0o700)
