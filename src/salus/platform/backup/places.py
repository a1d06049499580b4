"""What of a home goes where: rows, files and bodies into the backup, keys apart from it."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from salus.platform.database.places import MARK
from salus.platform.files import LOG

MOVED = ".moved"
"""How the name of a file ends that a move of the home left behind."""
_SQLITE = b"SQLite format 3\x00"
_SECRET = re.compile(r"(\.key(\.next)?|\.key\.json|/key\.pem|\.credentials)$")
_LEFT_OUT = re.compile(rf"(-wal|-shm|-journal|\.lock|\.key\.old|\.moved|^{re.escape(LOG)})$")
_FIRST, _LEDGER, _FILES, _BODIES = range(4)
_CHAIN, _OUTBOX, _VAULT = "ledger/chain.db", "ledger/outbox.db", "vault/"


def files_of(home: Path) -> Iterator[tuple[str, Path]]:
    """Every file that is to be kept, in the order in which it must be copied.

    Rows come before the ledger that they follow, so that no index is ahead of its ledger, and
    bodies last, so that none is missing of which a row knows.
    """
    found = ((_name(home, file), file) for file in home.rglob("*") if file.is_file())
    kept = [(name, file) for name, file in found if not is_left_out(name, home)]
    yield from sorted(kept, key=lambda each: (_rank(*each), each[0]))


def _name(home: Path, file: Path) -> str:
    return PurePosixPath(file.relative_to(home)).as_posix()


def is_left_out(name: str, home: Path) -> bool:
    """Drafts, locks, logs and what was moved; where rows are, and the ledger if it is served here.

    The rows of a backup are in its files, so nothing of it says that they are at a server.
    """
    if name.startswith(MARK):
        return True
    if any(part.startswith(".") for part in name.split("/")) or "drafts" in name.split("/"):
        return True
    if name.endswith("/served.json"):
        return (home / _CHAIN).exists()
    return _LEFT_OUT.search(name) is not None


def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def is_database(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_SQLITE)) == _SQLITE


def _rank(name: str, file: Path) -> int:
    if name.startswith(_VAULT):
        return _BODIES
    if name in {_CHAIN, _OUTBOX}:
        return _LEDGER
    return _FIRST if is_database(file) else _FILES


def is_safe(name: str) -> bool:
    """Whether a name in a backup stays inside the home that is made of it, and is no lock or log.

    Least of all may a backup say that its rows are at a server: what fails is cleared there.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or {"..", "."} & set(parts):
        return False
    return not parts[0].startswith(MARK) and _LEFT_OUT.search("/".join(parts)) is None
