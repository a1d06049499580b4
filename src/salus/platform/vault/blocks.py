"""A body as the blocks of its own tree, so that its name is the content address of its first block.

The name of a body is the root of RFC 6962 over its segments: SHA-256 over `00 60` and a segment,
and over `01` and two children above them. Bytes that are hashed like this are blocks: whoever
stores `00 60` + segment and `01` + left + right under their SHA-256 stores the body under its name,
and any node of IPFS can check it without knowing Salus. An odd node is promoted, as in the tree.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise

from salus.kernel.crypt4gh import SEGMENT

LEAF, NODE = b"\0\x60", b"\1"
DIGEST = 32
NODE_SIZE = len(NODE) + 2 * DIGEST
RAW, LIST = "raw", "dag-cbor"
_CODECS = {RAW: b"\x55", LIST: b"\x71"}
_HASH = b"\x12\x20"  # SHA-256, 32 bytes: multiformats.io
_CID = b"\x01" + _CODECS[RAW] + _HASH
_LINK = b"\xd8\x2a\x58\x25\x00"  # tag 42, 37 bytes of which the first says nothing: IPLD DAG-CBOR
MOST_LINKED = 8_192  # by one list, which then has 336 KB: blocks above one megabyte do not travel

Block = bytes
Read = Callable[[Sequence[bytes]], list[Block]]
"""The blocks of some digests, in their order, each checked against its digest."""


def cid(digest: bytes, codec: str = RAW) -> str:
    """The content address (CIDv1) of the block with this SHA-256, in base32."""
    address = b"\x01" + _CODECS[codec] + _HASH + digest
    return "b" + base64.b32encode(address).decode().rstrip("=").lower()


def digest_of_cid(text: str) -> bytes | None:
    """The inverse of `cid`; None for an address of another kind."""
    padded = text[1:].upper() + "=" * (-len(text[1:]) % 8)
    try:
        raw = base64.b32decode(padded)
    except ValueError:
        return None
    is_ours = text.startswith("b") and raw.startswith(_CID) and len(raw) == len(_CID) + DIGEST
    return raw[len(_CID) :] if is_ours else None


def blocks(body: bytes) -> Iterator[tuple[bytes, Block]]:
    """Each block with its digest, children before what names them; the last one is the root."""
    level = []
    for at in range(0, len(body), SEGMENT):
        block = LEAF + body[at : at + SEGMENT]
        level.append(sha256(block).digest())
        yield level[-1], block
    while len(level) > 1:
        above = []
        for left, right in list(pairwise(level))[::2]:
            block = NODE + left + right
            above.append(sha256(block).digest())
            yield above[-1], block
        level = above + level[len(level) & ~1 :]


def lists(digests: Iterable[bytes]) -> list[tuple[bytes, Block]]:
    """Blocks, with their digests, that name others in the order of these: what one pin can hold."""
    ordered = sorted(digests)
    found = []
    for at in range(0, len(ordered), MOST_LINKED):
        links = [_LINK + _CID + digest for digest in ordered[at : at + MOST_LINKED]]
        block = b"\x99" + len(links).to_bytes(2) + b"".join(links)
        if len(links) < 256:  # a number is written as short as it can be
            short = len(links).to_bytes()
            block = (bytes([0x80 + len(links)]) if len(links) < 24 else b"\x98" + short) + block[3:]
        found.append((sha256(block).digest(), block))
    return found


def linked(block: Block) -> list[bytes]:
    """The digests that a list names."""
    size = len(_LINK) + len(_CID) + DIGEST
    links = block[len(block) % size :]  # behind the number, which is shorter than a link
    return [links[at + size - DIGEST : at + size] for at in range(0, len(links), size)]


def children(block: Block) -> tuple[bytes, ...]:
    """The digests that a node names; none for a leaf."""
    if len(block) == NODE_SIZE and block.startswith(NODE):
        return block[1 : 1 + DIGEST], block[1 + DIGEST :]
    return ()


def segment(block: Block) -> bytes:
    """What a leaf holds."""
    return block[len(LEAF) :]


def joined(root: Block, read: Read) -> bytes:
    """The body under a root, level by level."""
    row = [root]
    while any(children(block) for block in row):
        wanted = [digest for block in row for digest in children(block)]
        found = iter(read(wanted))
        row = [
            each for block in row for each in ([next(found) for _ in children(block)] or [block])
        ]
    return b"".join(map(segment, row))


def count(root: Block, read: Read) -> int:
    """How many segments a body has: left of each node the tree is full, so its depth says it."""
    total = 0
    while pair := children(root):
        left, root = read(pair)
        depth = 0
        while below := children(left):
            (left,), depth = read(below[:1]), depth + 1
        total += 2**depth
    return total + 1


def last(root: Block, read: Read) -> Block:
    """The leaf of the last segment, the only one that may be short."""
    while pair := children(root):
        (root,) = read(pair[1:])
    return root


def leaf(root: Block, read: Read, *, number: int, total: int) -> Block:
    """The leaf of one segment, down from the root."""
    while pair := children(root):
        left = 1 << (total - 1).bit_length() - 1
        if number < left:
            (root,), total = read(pair[:1]), left
        else:
            (root,), number, total = read(pair[1:]), number - left, total - left
    return root
