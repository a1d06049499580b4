"""The port: bodies under the 32 bytes of their hash."""

from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO, Protocol

from salus.platform.vault.errors import NotItsName

DigestOf = Callable[[bytes], bytes]
"""How a name follows from a body, for vaults that check it: `crypt4gh.segment_root`."""


class Vault(Protocol):
    """A name is given once: whoever puts it again changes nothing."""

    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        """Keep each body under its name, durable on return: all of them, or an error and none.

        Raises VaultFull, and NotItsName in a vault that checks.
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


def check(bodies: Mapping[bytes, bytes], digest_of: DigestOf | None) -> None:
    """Raises NotItsName for the first body that does not have the hash it is put under."""
    if digest_of is not None:
        for name, body in bodies.items():
            if digest_of(body) != name:
                raise NotItsName(name=name)
