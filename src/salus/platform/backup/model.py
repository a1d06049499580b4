"""What a backup says of itself. Pure."""

from dataclasses import dataclass

from salus.kernel.ids import Digest

VERSION = 1
MANIFEST = "manifest.json"
KEYS_SUFFIX = ".keys"
LARGEST_MANIFEST = 256 * 2**20  # bytes
LARGEST_KEYS = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the home: its place in it, its bytes and their SHA-256."""

    path: str
    bytes: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Manifest:
    """The last member of a backup: who has it has the whole file.

    `id` is random and stands in the file of keys too; `block` is the last one in the index, -1 for
    a home without one.
    """

    version: int
    id: Digest
    made: str
    chain: int
    genesis: Digest
    block: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """A file of the home that holds keys."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """What lies sealed beside a backup: all secrets of the home, for the backup of that id."""

    version: int
    id: Digest
    secrets: tuple[Secret, ...]
