"""Proofs of a few segments: leaves in tiles of 256, each with its path in the segment tree.

A tile of 256 leaves is a whole subtree of RFC 6962, so its root is a node of the segment tree
eight levels above the leaves, and the roots of all tiles make the same tree. Whoever stores a body
stores its tiles; whoever reads a range needs a `Run` of one tile, some 600 bytes, not all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from salus.kernel.merkle import inclusion, node_hash, root, root_of_inclusion

TILE = 256


@dataclass(frozen=True, slots=True)
class Run:
    """Leaves of neighboring segments of one tile, from segment `first` on, with their proof.

    `steps` are the nodes beside them inside the tile, from left to right; `path` leads from the
    tile's root to the segment root.
    """

    first: int
    leaves: tuple[bytes, ...]
    steps: tuple[bytes, ...]
    path: tuple[bytes, ...]

    def belongs(self, segments: int, segment_root: bytes) -> bool:
        """Whether the body of so many segments under that root has exactly these leaves here."""
        number = self.first // TILE
        end = min(segments, (number + 1) * TILE)
        if not 0 <= self.first < self.first + len(self.leaves) <= end:
            return False
        steps = iter(self.steps)
        tile = self._climb(number * TILE, end, steps)
        if tile is None or next(steps, None) is not None:
            return False
        tiles = -(-segments // TILE)
        return root_of_inclusion(tile, number, tiles, self.path) == segment_root

    def _climb(self, low: int, high: int, steps: Iterator[bytes]) -> bytes | None:
        """The node over segments `low` to before `high`; None when a step is missing."""
        if high <= self.first or low >= self.first + len(self.leaves):
            return next(steps, None)
        if high - low == 1:
            return self.leaves[low - self.first]
        middle = _middle(low, high)
        left = self._climb(low, middle, steps)
        right = self._climb(middle, high, steps)
        return None if left is None or right is None else node_hash(left, right)


@dataclass(frozen=True, slots=True)
class Tile:
    """Leaves 256 x `number` and following, with the path from their root to the segment root."""

    number: int
    leaves: tuple[bytes, ...]
    path: tuple[bytes, ...]

    def run(self, first: int, last: int) -> Run:
        """Proof of the segments `first` to `last`. Raises ValueError for one of another tile."""
        start = self.number * TILE
        if not start <= first <= last < start + len(self.leaves):
            raise ValueError("a segment of another tile")
        leaves = self.leaves[first - start : last + 1 - start]
        steps = tuple(self._steps(start, start + len(self.leaves), first, last))
        return Run(first, leaves, steps, self.path)

    def _steps(self, low: int, high: int, first: int, last: int) -> Iterator[bytes]:
        if high <= first or low > last:
            start = self.number * TILE
            yield root(self.leaves[low - start : high - start])
        elif high - low > 1:
            middle = _middle(low, high)
            yield from self._steps(low, middle, first, last)
            yield from self._steps(middle, high, first, last)


def tiles(leaves: Sequence[bytes]) -> list[Tile]:
    """All tiles of a body, for whoever stores them beside it."""
    groups = [tuple(leaves[at : at + TILE]) for at in range(0, len(leaves), TILE)]
    roots = [root(group) for group in groups]
    return [
        Tile(number, group, tuple(inclusion(roots, number))) for number, group in enumerate(groups)
    ]


def runs(tiles: Sequence[Tile], first: int, last: int) -> list[Run]:
    """Proof of the segments `first` to `last`, out of all tiles of a body in order."""
    return [
        tile.run(max(first, tile.number * TILE), min(last, tile.number * TILE + TILE - 1))
        for tile in tiles[first // TILE : last // TILE + 1]
    ]


def _middle(low: int, high: int) -> int:
    """Where RFC 6962 divides a tree: after the largest power of two that leaves something."""
    return low + (1 << (high - low - 1).bit_length() - 1)
