"""Merkle trees of RFC 6962 section 2.1: SHA-256, leaf = H(00, data), node = H(01, left, right).

An odd node is promoted. A tree is never empty. All hashes are 32 bytes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module

short_sha256 = sha256
with suppress(ImportError):
    # For one to three blocks, OpenSSL takes longer to begin than this one for the whole hash.
    short_sha256 = import_module("_sha256").sha256

_LEAF, _NODE = b"\0", b"\1"
_SHORT = 192  # bytes, three blocks


def leaf_hash(content: bytes) -> bytes:
    return (short_sha256 if len(content) < _SHORT else sha256)(_LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return short_sha256(_NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes. Raises ValueError when there is none."""
    if not leaves:
        raise ValueError("a tree is never empty")
    level = list(leaves)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def _next_level(level: list[bytes]) -> list[bytes]:
    pairs = iter(level)
    above = [
        sha256(_NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=False)
    ]
    if len(level) % 2:
        above.append(level[-1])
    return above


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf, RFC 6962 section 2.1.1. Raises ValueError outside the tree."""
    if not 0 <= index < len(leaves):
        raise ValueError("no such leaf")
    path, level = [], list(leaves)
    while len(level) > 1:
        if (index ^ 1) < len(level):
            path.append(level[index ^ 1])
        level, index = _next_level(level), index // 2
    return path


def inclusions(leaves: Sequence[bytes], indexes: Sequence[int]) -> list[list[bytes]]:
    """The audit paths of several leaves, over one pass of the tree. Raises ValueError outside."""
    if any(not 0 <= index < len(leaves) for index in indexes):
        raise ValueError("no such leaf")
    paths: list[list[bytes]] = [[] for _ in indexes]
    level, places = list(leaves), list(indexes)
    while len(level) > 1:
        for path, place in zip(paths, places, strict=True):
            if (place ^ 1) < len(level):
                path.append(level[place ^ 1])
        level, places = _next_level(level), [place // 2 for place in places]
    return paths


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to, or None when its length does not fit (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, last, steps = leaf, size - 1, iter(path)
    while last > 0:
        if index % 2 or index < last:
            sibling = next(steps, None)
            if sibling is None:
                return None
            node = node_hash(sibling, node) if index % 2 else node_hash(node, sibling)
        index, last = index // 2, last // 2
    return node if next(steps, None) is None else None


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes
) -> bool:
    return root_of_inclusion(leaf, index, size, path) == expected


def compact(size: int, paths: Mapping[int, Sequence[bytes]]) -> list[bytes]:
    """The audit paths of several leaves without the nodes that can be computed from the others.

    For one leaf it is the path itself. In the order of levels, in each from left to right.
    """
    nodes: list[dict[int, bytes]] = [{} for _ in range(size.bit_length())]
    for index, path in paths.items():
        at, width, steps = index, size, iter(path)
        for level in nodes:
            if (at ^ 1) < width:
                level[at ^ 1] = next(steps)
            at, width = at // 2, (width + 1) // 2
    known, kept = set(paths), []
    for level in nodes:
        kept += [level[at ^ 1] for at in sorted(known) if at ^ 1 in level and at ^ 1 not in known]
        known = {at // 2 for at in known}
    return kept


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the tree over `leaves[:first]` is a prefix, RFC 6962 section 2.1.2."""
    if not 0 < first <= len(leaves):
        raise ValueError("no such tree")
    return [] if first == len(leaves) else _subproof(leaves, first, is_whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [root(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, is_whole=is_whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, is_whole=False), root(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def verify_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2, with exact length of the proof."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not steps or not proof:
        return False
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node // 2, last // 2
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            new = node_hash(new, step)
        node, last = node // 2, last // 2
    return last == 0 and old == first_root and new == second_root


class Frontier:
    """An append-only tree that keeps one node for each power of two in its size."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[bytes] = []  # largest subtree first

    def append(self, leaf: bytes) -> None:
        self._nodes.append(leaf)
        self.size += 1
        merges = (self.size & -self.size).bit_length() - 1
        for _ in range(merges):
            right, left = self._nodes.pop(), self._nodes.pop()
            self._nodes.append(node_hash(left, right))

    def root(self) -> bytes:
        """Raises ValueError when nothing was appended."""
        if not self._nodes:
            raise ValueError("a tree is never empty")
        node = self._nodes[-1]
        for left in reversed(self._nodes[:-1]):
            node = node_hash(left, node)
        return node
