"""A vault that ends with the process."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import BinaryIO

from salus.platform.vault.errors import BlobMissing
from salus.platform.vault.port import DigestOf, check


class MemoryVault:
    def __init__(self, *, digest_of: DigestOf | None = None) -> None:
        self._digest_of = digest_of
        self._bodies: dict[bytes, bytes] = {}

    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        check(bodies, self._digest_of)
        for name, body in bodies.items():
            self._bodies.setdefault(name, body)

    def get(self, name: bytes) -> bytes:
        try:
            return self._bodies[name]
        except KeyError:
            raise BlobMissing(name=name) from None

    def open(self, name: bytes) -> BinaryIO:
        return BytesIO(self.get(name))

    def has(self, name: bytes) -> bool:
        return name in self._bodies

    def size(self, name: bytes) -> int:
        return len(self.get(name))

    def delete(self, name: bytes) -> None:
        self.delete_all([name])

    def delete_all(self, names: Iterable[bytes]) -> None:
        for name in names:
            self._bodies.pop(name, None)

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        return iter(sorted(name for name in self._bodies if name > after))
