"""Decryption file to file, under a known root: no plaintext of an unproven segment leaves."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.crew import Progress, Work, share_out
from salus.kernel.crypt4gh.disk import appearing, read_at, reading, write_at
from salus.kernel.crypt4gh.errors import BodyDamaged, BodyReplaced
from salus.kernel.crypt4gh.segments import (
    BATCH,
    BATCH_BODY,
    BATCH_PLAIN,
    PLAIN,
    body_size,
    is_zero,
    leaves,
    open_into,
    padded_size,
    segment_count,
)
from salus.kernel.merkle import root


def segment_leaves(body: Path, *, threads: int = 2) -> tuple[bytes, ...]:
    """The leaf of each segment of a body. Raises FileChanged, OSError."""
    with reading(body) as descriptor:
        size = os.fstat(descriptor).st_size
        found = [b""] * segment_count(size)

        def worker() -> Work:
            buffer = memoryview(bytearray(BATCH_BODY))

            def work(piece: int) -> int:
                start = piece * BATCH_BODY
                part = buffer[: min(BATCH_BODY, size - start)]
                read_at(descriptor, part, start, body)
                hashes = leaves(part)
                found[piece * BATCH : piece * BATCH + len(hashes)] = hashes
                return len(part)

            return work

        share_out(-(-size // BATCH_BODY), worker, threads=threads, progress=None)
    return tuple(found)


def open_file(
    source: Path,
    target: Path,
    dek: bytes,
    *,
    plain_size: int,
    segment_root: bytes,
    known: Sequence[bytes] | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> None:
    """Decrypt a body under its root; `plain_size` of its bytes are no padding.

    `known` are its leaves, where there are some; otherwise the body is read twice. Each segment is
    checked against its leaf in the memory that it is decrypted from. `target` appears only when
    all of it is right. Raises BodyDamaged with the segment's number, BodyReplaced, FileChanged,
    OSError.
    """
    found = segment_leaves(source, threads=threads) if known is None else tuple(known)
    with reading(source) as body:
        size = os.fstat(body).st_size
        replaced = BodyReplaced(segments=segment_count(size))
        if size != body_size(padded_size(plain_size)) or len(found) != segment_count(size):
            raise replaced
        run = _Opening(source, body, dek, plain_size, found)
        if root(found) != segment_root:
            run.start(None, threads, None)  # names the segment if one does not open
            raise replaced
        with appearing(target) as plain:
            run.start(plain, threads, progress)


@dataclass(frozen=True, slots=True)
class _Opening:
    path: Path
    source: int
    dek: bytes = field(repr=False)
    size: int
    known: tuple[bytes, ...]

    def start(self, target: int | None, threads: int, progress: Progress | None) -> None:
        count = -(-len(self.known) // BATCH)
        share_out(count, lambda: self._worker(target), threads=threads, progress=progress)

    def _worker(self, target: int | None) -> Work:
        cipher = ChaCha20Poly1305(self.dek)
        plain, body = memoryview(bytearray(BATCH_PLAIN)), memoryview(bytearray(BATCH_BODY))
        padded = padded_size(self.size)

        def work(piece: int) -> int:
            start = piece * BATCH_PLAIN
            sealed = body[: body_size(min(BATCH_PLAIN, padded - start))]
            read_at(self.source, sealed, piece * BATCH_BODY, self.path)
            require_leaves(sealed, piece * BATCH, self.known[piece * BATCH : (piece + 1) * BATCH])
            part = plain[: open_into(cipher, sealed, plain, piece * BATCH)]
            real = min(len(part), self.size - start)
            if not is_zero(part[real:]):
                raise BodyDamaged(segment=self.size // PLAIN)
            if target is not None:
                write_at(target, part[:real], start)
            return real

        return work


def require_leaves(body: memoryview, first: int, known: Sequence[bytes]) -> None:
    """Raises BodyDamaged for a segment, the first having that number, that is not its leaf."""
    for number, (found, expected) in enumerate(zip(leaves(body), known, strict=True), first):
        if found != expected:
            raise BodyDamaged(segment=number)
