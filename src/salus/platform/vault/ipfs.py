"""A vault in a node of IPFS: each body under its own name as content address."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

from salus.kernel.crypt4gh import SEGMENT, segment_root
from salus.kernel.errors import SalusError
from salus.platform.operations import observed
from salus.platform.vault import blocks as b
from salus.platform.vault.errors import BlobDamaged, BlobMissing, VaultFull
from salus.platform.vault.kubo import AT_ONCE, IN_ONE, Absent, Kubo
from salus.platform.vault.port import DigestOf, check
from salus.platform.vault.ranges import as_file

BODY, PART = "salus", "salus-part-"
"""Names of the pins: of the first block of a body, and, with its name, of lists of those below."""


class IpfsVault:
    """A body is there when its first block is pinned: that comes last, and goes last.

    Names are always checked, since here they are addresses. What a killed process had put of a
    body stays as pinned parts that nothing names; what it had left of a deletion goes with the
    next deletion of the same name.
    """

    def __init__(self, node: Kubo, *, digest_of: DigestOf = segment_root) -> None:
        self._node, self._digest_of = node, digest_of

    @observed("vault.ipfs.put")
    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        check(bodies, self._digest_of)
        new = {name: body for name, body in bodies.items() if not self.has(name)}
        begun: list[bytes] = []
        try:
            for name, body in new.items():
                begun.append(name)
                self._put_parts(name, body)
            self._put_roots(list(new.values()))
        except BaseException as error:
            with suppress(SalusError):
                parts = {name: [each for each, _ in b.blocks(new[name])][:-1] for name in begun}
                self._remove(parts)
            if isinstance(error, VaultFull):
                raise VaultFull(size=sum(map(len, new.values()))) from None
            raise

    def _put_parts(self, name: bytes, body: bytes) -> None:
        """All but the first block, and what pins them; a body of one segment has none."""
        if len(body) <= SEGMENT:
            return
        coming, digests = b.blocks(body), []
        batch = list(islice(coming, IN_ONE))
        while batch:
            following = list(islice(coming, IN_ONE))
            if not following:
                batch.pop()  # the first block, which comes last
            if batch:
                self._node.put(batch)
            digests += [digest for digest, _ in batch]
            batch = following
        for digest, block in b.lists(digests):
            self._node.put([(digest, block)], b.LIST)
            self._node.pin([b.cid(digest, b.LIST)], PART + name.hex())

    def _put_roots(self, bodies: Sequence[bytes]) -> None:
        for at in range(0, len(bodies), IN_ONE):
            roots = [deque(b.blocks(body), 1)[0] for body in bodies[at : at + IN_ONE]]
            self._node.put(roots)
            self._node.pin([b.cid(digest) for digest, _ in roots], BODY)

    @observed("vault.ipfs.get")
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
        return self._node.is_pinned(name)

    def size(self, name: bytes) -> int:
        with self.open(name) as file:
            return file.seek(0, 2)

    def delete(self, name: bytes) -> None:
        self.delete_all([name])

    def delete_all(self, names: Iterable[bytes]) -> None:
        """Leaves first, first blocks last: wherever it ends, the next one finds what is left."""
        self._remove({name: self._parts(name) for name in names})

    def _parts(self, name: bytes) -> list[bytes]:
        """All that is there of a body below its first block, each before what names it."""
        levels, is_whole = [[name]], True
        while levels[-1]:
            found = self._found(levels[-1])
            is_whole = is_whole and None not in found
            levels.append([child for block in found if block for child in b.children(block)])
        parts = [digest for level in reversed(levels[1:]) for digest in level]
        return parts if is_whole else [*(self._listed(name) - set(parts)), *parts]

    def _listed(self, name: bytes) -> set[bytes]:
        """What the lists name that pin the parts of a body, whose tree has a gap; they go."""
        addresses = list(self._node.pinned(PART + name.hex()))
        named = {digest for each in addresses for digest in b.linked(self._node.at(each))}
        self._node.unpin(addresses)
        self._node.remove(addresses)
        return named

    def _remove(self, doomed: Mapping[bytes, Sequence[bytes]]) -> None:
        """Bodies by their names, with their parts; Kubo looks at all pins for each request."""
        lists = [b.cid(each, b.LIST) for parts in doomed.values() for each, _ in b.lists(parts)]
        below = [b.cid(each) for parts in doomed.values() for each in parts]
        roots = [b.cid(name) for name in doomed]
        self._node.unpin([*lists, *roots])
        self._node.remove([*lists, *below, *roots])

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        found = map(b.digest_of_cid, self._node.pinned(BODY))
        return iter(sorted(name for name in found if name is not None and name > after))

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

    def _found(self, digests: Sequence[bytes]) -> list[b.Block | None]:
        """Each block, or None where it is gone."""

        def one(digest: bytes) -> b.Block | None:
            try:
                return self._node.block(digest)
            except Absent:
                return None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, digests))


def _checked(name: bytes, digests: Sequence[bytes], found: list[b.Block]) -> list[b.Block]:
    """Raises BlobDamaged: a node may answer what it likes."""
    for digest, block in zip(digests, found, strict=True):
        if sha256(block).digest() != digest:
            raise BlobDamaged(name=name)
    return found
