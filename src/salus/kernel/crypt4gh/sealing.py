"""Encryption file to file, in batches of segments, on several threads."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.crew import Progress, Work, share_out
from salus.kernel.crypt4gh.disk import appearing, read_at, reading, write_at
from salus.kernel.crypt4gh.segments import (
    BATCH,
    BATCH_BODY,
    BATCH_PLAIN,
    body_size,
    leaves,
    padded_size,
    require_one_key,
    seal_into,
    segment_count,
)
from salus.kernel.merkle import root


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What to know of a body that was written: plaintext bytes, and the leaf of each segment."""

    plain_size: int
    leaves: tuple[bytes, ...]

    @property
    def body_size(self) -> int:
        return body_size(padded_size(self.plain_size))

    @property
    def segment_root(self) -> bytes:
        return root(self.leaves)


def seal_file(
    source: Path, target: Path, dek: bytes, *, threads: int = 2, progress: Progress | None = None
) -> SealedFile:
    """Pad and encrypt `source` under a data key that is never used again, and hash its segments.

    `target` appears when it is whole; that the disk keeps it is the vault's business. `progress`
    is told of plaintext bytes. Raises FileTooLarge, FileChanged, OSError.
    """
    with reading(source) as plain, appearing(target) as body:
        size = os.fstat(plain).st_size
        padded = padded_size(size)
        found = [b""] * segment_count(body_size(padded))

        def note(first: int, sealed: memoryview) -> None:
            hashes = leaves(sealed)
            found[first : first + len(hashes)] = hashes

        run = _Sealing(source, plain, body, dek, size=size, padded=padded, note=note)
        run.start(threads, progress)
    return SealedFile(size, tuple(found))


def encrypt_file(
    source: Path,
    target: Path,
    dek: bytes,
    header: bytes,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> None:
    """Write a whole Crypt4GH file as other tools do: header, then segments without padding.

    Nothing proves its segments to be whole and in order: for exchange with foreign tools only.
    Raises FileTooLarge, FileChanged, OSError.
    """
    with reading(source) as plain, appearing(target) as body:
        size = os.fstat(plain).st_size
        write_at(body, memoryview(header), 0)
        run = _Sealing(source, plain, body, dek, size=size, padded=size, target_at=len(header))
        run.start(threads, progress)


@dataclass(frozen=True, slots=True)
class _Sealing:
    path: Path
    source: int
    target: int
    dek: bytes = field(repr=False)
    size: int
    padded: int
    note: Callable[[int, memoryview], None] | None = None  # sees sealed segments from a number on
    target_at: int = 0

    def start(self, threads: int, progress: Progress | None) -> None:
        require_one_key(self.size)
        count = -(-self.padded // BATCH_PLAIN)
        share_out(count, self._worker, threads=threads, progress=progress)

    def _worker(self) -> Work:
        cipher = ChaCha20Poly1305(self.dek)
        plain, body = memoryview(bytearray(BATCH_PLAIN)), memoryview(bytearray(BATCH_BODY))

        def work(piece: int) -> int:
            start = piece * BATCH_PLAIN
            part = plain[: min(BATCH_PLAIN, self.padded - start)]
            real = min(len(part), self.size - start)
            read_at(self.source, part[:real], start, self.path)
            part[real:] = bytes(len(part) - real)
            sealed = body[: seal_into(cipher, part, body)]
            if self.note is not None:
                self.note(piece * BATCH, sealed)
            write_at(self.target, sealed, self.target_at + piece * BATCH_BODY)
            return real

        return work
