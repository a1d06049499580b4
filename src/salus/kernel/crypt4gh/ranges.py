"""A range of the plaintext, proven, from the segments that hold it and nothing else."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.disk import read_at, reading
from salus.kernel.crypt4gh.errors import (
    BodyDamaged,
    BodyReplaced,
    OutsideFile,
    SegmentUnproven,
)
from salus.kernel.crypt4gh.opening import require_leaves
from salus.kernel.crypt4gh.segments import (
    PLAIN,
    SEGMENT,
    body_size,
    is_zero,
    open_into,
    padded_size,
    segment_count,
)
from salus.kernel.crypt4gh.tiles import Run

Fetch = Callable[[int, int], bytes | memoryview]  # bytes of a body: from, how many


def open_range(
    fetch: Fetch,
    dek: bytes,
    *,
    start: int,
    end: int,
    plain_size: int,
    segment_root: bytes,
    runs: Iterable[Run],
) -> bytes:
    """Plaintext bytes from `start` to before `end`, whole segments being fetched at once.

    `runs` prove the segments that hold the range, in order and without a gap. Raises OutsideFile,
    SegmentUnproven, BodyReplaced, BodyDamaged.
    """
    if not 0 <= start <= end <= plain_size:
        raise OutsideFile(start=start, end=end, size=plain_size)
    if start == end:
        return b""
    first, last = start // PLAIN, (end - 1) // PLAIN
    whole = body_size(padded_size(plain_size))
    known = _proven(first, last, segment_count(whole), segment_root, runs)
    stop = min((last + 1) * SEGMENT, whole)
    body = memoryview(fetch(first * SEGMENT, stop - first * SEGMENT))
    if len(body) != stop - first * SEGMENT:
        raise BodyReplaced(segments=segment_count(whole))
    require_leaves(body, first, known)
    plain = memoryview(bytearray(len(body)))
    plain = plain[: open_into(ChaCha20Poly1305(dek), body, plain, first)]
    if not is_zero(plain[max(0, plain_size - first * PLAIN) :]):
        raise BodyDamaged(segment=last)
    return bytes(plain[start - first * PLAIN : end - first * PLAIN])


def _proven(
    first: int, last: int, segments: int, segment_root: bytes, runs: Iterable[Run]
) -> list[bytes]:
    """The leaves of these segments, out of runs that belong to the root."""
    leaves: list[bytes] = []
    for run in runs:
        if run.first != first + len(leaves) or not run.belongs(segments, segment_root):
            raise SegmentUnproven(segment=first + len(leaves))
        leaves.extend(run.leaves)
    if len(leaves) != last + 1 - first:
        raise SegmentUnproven(segment=min(last, first + len(leaves)))
    return leaves


def range_of_file(
    source: Path,
    dek: bytes,
    *,
    start: int,
    end: int,
    plain_size: int,
    segment_root: bytes,
    runs: Iterable[Run],
) -> bytes:
    """`open_range` of a body on this machine. Raises OSError besides."""
    with reading(source) as descriptor:
        size = os.fstat(descriptor).st_size
        if size != body_size(padded_size(plain_size)):
            raise BodyReplaced(segments=segment_count(size))

        def fetch(at: int, count: int) -> memoryview:
            buffer = memoryview(bytearray(count))
            read_at(descriptor, buffer, at, source)
            return buffer

        return open_range(
            fetch,
            dek,
            start=start,
            end=end,
            plain_size=plain_size,
            segment_root=segment_root,
            runs=runs,
        )
