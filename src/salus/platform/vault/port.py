"""The port: bodies under the 32 bytes of their hash."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, Protocol

from salus.platform.vault.errors import NotItsName

DigestOf = Callable[[bytes], bytes]
"""How a name follows from a body, for vaults that check it: `crypt4gh.segment_root`."""


class Vault(Protocol):
    """A name is given once: whoever puts it again changes nothing."""

    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        """Keep each body under its name, durable on return: all of them, or an error and none.

        Raises VaultFull, and NotItsName in a vault that checks. A vault behind a network may
        raise StoreDown and StoreRefused, here and from every verb below.
        """

    def get(self, name: bytes) -> bytes:
        """Raises BlobMissing."""

    def open(self, name: bytes) -> BinaryIO:
        """A body to seek in and to read in ranges. Raises BlobMissing."""

    def has(self, name: bytes) -> bool: ...

    def size(self, name: bytes) -> int:
        """In bytes. Raises BlobMissing."""

    def delete(self, name: bytes) -> None:
        """Remove it if it is there, durably."""

    def delete_all(self, names: Iterable[bytes]) -> None:
        """Remove those that are there; all are gone from the disk on return."""

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        """What it holds, in order, from the first behind `after` on."""


def check(bodies: Mapping[bytes, bytes], digest_of: DigestOf | None) -> None:
    """Raises NotItsName for the first body that does not have the hash it is put under."""
    if digest_of is not None:
        for name, body in bodies.items():
            if not is_named(name, body, digest_of):
                raise NotItsName(name=name)


def is_named(name: bytes, body: bytes, digest_of: DigestOf) -> bool:
    """Whether a body, however damaged, has the hash that it is stored under."""
    return bool(body) and digest_of(body) == name
