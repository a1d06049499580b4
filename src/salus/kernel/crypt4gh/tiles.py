"""Proofs of a few segments: leaves in tiles of 256, each with its path in the segment tree.

A tile of 256 leaves is a whole subtree of RFC 6962, so its own root is a node of the segment tree
eight levels above the leaves, and the roots of all tiles make the same tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from salus.kernel.merkle import inclusion, root, root_of_inclusion

TILE = 256


@dataclass(frozen=True, slots=True)
class Tile:
    """Leaves 256 x `number` and following, with the path from their root to the segment root."""

    number: int
    leaves: tuple[bytes, ...]
    path: tuple[bytes, ...]

    def belongs(self, segments: int, segment_root: bytes) -> bool:
        """Whether the body of so many segments under that root has exactly these leaves here."""
        return belongs(self, segments, segment_root)


@lru_cache(maxsize=64)  # a reader asks for one range after another
def belongs(tile: Tile, segments: int, segment_root: bytes) -> bool:
    count = -(-segments // TILE)
    if not 0 <= tile.number < count:
        return False
    if len(tile.leaves) != min(TILE, segments - TILE * tile.number):
        return False
    node = root_of_inclusion(root(tile.leaves), tile.number, count, tile.path)
    return node == segment_root


def tiles(leaves: Sequence[bytes]) -> list[Tile]:
    """All tiles of a body, for whoever stores them beside it."""
    groups = [tuple(leaves[at : at + TILE]) for at in range(0, len(leaves), TILE)]
    roots = [root(group) for group in groups]
    return [
        Tile(number, group, tuple(inclusion(roots, number))) for number, group in enumerate(groups)
    ]
