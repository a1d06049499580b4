"""A vault in a node of IPFS: each body under its own name as content address."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

from salus.kernel.crypt4gh import SEGMENT, segment_root
from salus.kernel.errors import SalusError
from salus.platform.vault import blocks as b
from salus.platform.vault.errors import BlobDamaged, BlobMissing, VaultFull
from salus.platform.vault.kubo import IN_ONE, Absent, Kubo
from salus.platform.vault.port import DigestOf, check
from salus.platform.vault.ranges import as_file

BODY, PART = "salus", "salus-part"
"""Names of the pins: of the first block of a body, and of those below it."""


class IpfsVault:
    """A body is there when its first block is: it comes last, and it goes last.

    Names are always checked, since here they are addresses. What a killed process had put of a
    body stays as pinned parts that nothing names; what it had left of a deletion goes with the
    next deletion of the same name.
    """

    def __init__(self, node: Kubo, *, digest_of: DigestOf = segment_root) -> None:
        self._node, self._digest_of = node, digest_of

    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        check(bodies, self._digest_of)
        new = [name for name in bodies if not self.has(name)]
        begun: list[bytes] = []
        try:
            for name in new:
                begun.append(name)
                self._put(bodies[name])
        except BaseException as error:
            with suppress(SalusError):
                self._take_back([bodies[name] for name in begun])
            if isinstance(error, VaultFull):
                raise VaultFull(size=sum(len(bodies[name]) for name in new)) from None
            raise

    def _put(self, body: bytes) -> None:
        """Each block is pinned before one that names it is there."""
        coming = b.blocks(body)
        batch = list(islice(coming, IN_ONE))
        while following := list(islice(coming, IN_ONE)):
            self._keep(batch, PART)
            batch = following
        *parts, root = batch
        if parts:
            self._keep(parts, PART)
        self._keep([root], BODY)

    def _keep(self, found: Sequence[tuple[bytes, b.Block]], name: str) -> None:
        self._node.put(found)
        self._node.pin([digest for digest, _ in found], name)

    def _take_back(self, bodies: Iterable[bytes]) -> None:
        for body in bodies:
            for digest, _ in reversed(list(b.blocks(body))):
                self._node.remove(digest)

    def get(self, name: bytes) -> bytes:
        root = self._root(name)
        return b.joined(root, lambda digests: self._read(name, digests))

    def open(self, name: bytes) -> BinaryIO:
        root = self._root(name)

        def read(digests: Sequence[bytes]) -> list[b.Block]:
            return self._read(name, digests)

        total = b.count(root, read)
        size = (total - 1) * SEGMENT + len(b.segment(b.last(root, read)))

        def ranged(start: int, end: int) -> bytes:
            first, behind = start // SEGMENT, -(-end // SEGMENT)
            leaves = (b.leaf(root, read, number=n, total=total) for n in range(first, behind))
            content = b"".join(map(b.segment, leaves))
            return content[start - first * SEGMENT : end - first * SEGMENT]

        return as_file(size, ranged)

    def has(self, name: bytes) -> bool:
        return self._node.has(name)

    def size(self, name: bytes) -> int:
        with self.open(name) as file:
            return file.seek(0, 2)

    def delete(self, name: bytes) -> None:
        """Leaves first, the root last: wherever it ends, the next deletion finds what is left."""
        levels = [[name]]
        while levels[-1]:
            found = [self._node_of(digest) for digest in levels[-1]]
            levels.append([child for block in found for child in b.children(block)])
        for level in reversed(levels):
            for digest in level:
                self._node.remove(digest)

    def delete_all(self, names: Iterable[bytes]) -> None:
        for name in names:
            self.delete(name)

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        return iter(sorted(name for name in self._node.pinned(BODY) if name > after))

    def _root(self, name: bytes) -> b.Block:
        try:
            root = self._node.block(name)
        except Absent:
            raise BlobMissing(name=name) from None
        return _checked(name, [name], [root])[0]

    def _read(self, name: bytes, digests: Sequence[bytes]) -> list[b.Block]:
        try:
            return _checked(name, digests, self._node.blocks(digests))
        except Absent:
            raise BlobDamaged(name=name) from None

    def _node_of(self, digest: bytes) -> b.Block:
        try:
            return self._node.block(digest)
        except Absent:
            return b""


def _checked(name: bytes, digests: Sequence[bytes], found: list[b.Block]) -> list[b.Block]:
    """Raises BlobDamaged: a node may answer what it likes."""
    for digest, block in zip(digests, found, strict=True):
        if sha256(block).digest() != digest:
            raise BlobDamaged(name=name)
    return found
