"""The port, and the vault of tests."""

from collections.abc import Mapping
from typing import Protocol

from salus.platform.vault.errors import BlobMissing


class Vault(Protocol):
    def put(self, blobs: Mapping[bytes, bytes]) -> None:
        """Keep each body under its name, durable on return: all of them, or an error.

        A name already there is left alone. Raises VaultFull.
        """

    def get(self, name: bytes) -> bytes:
        """Raises BlobMissing."""

    def has(self, name: bytes) -> bool: ...

    def delete(self, name: bytes) -> None:
        """Remove it if it is there."""


class MemoryVault:
    def __init__(self) -> None:
        self._blobs: dict[bytes, bytes] = {}

    def put(self, blobs: Mapping[bytes, bytes]) -> None:
        for name, body in blobs.items():
            self._blobs.setdefault(name, body)

    def get(self, name: bytes) -> bytes:
        try:
            return self._blobs[name]
        except KeyError:
            raise BlobMissing(name=name) from None

    def has(self, name: bytes) -> bool:
        return name in self._blobs

    def delete(self, name: bytes) -> None:
        self._blobs.pop(name, None)
