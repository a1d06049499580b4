"""The import door: Crypt4GH files that others wrote, read as the standard says, within limits.

The standard authenticates each segment, not their order or number: what comes in here is as
trustworthy as whoever handed the file over. Sealed objects never go this way.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.crew import Progress, Work, share_out
from salus.kernel.crypt4gh.disk import appearing, read_at, reading, write_at
from salus.kernel.crypt4gh.errors import (
    BadEditList,
    BodyDamaged,
    HeaderDamaged,
    HeaderTooLarge,
    NotForThisReader,
    UnknownPacket,
)
from salus.kernel.crypt4gh.header import (
    DATA_KEY,
    EDIT_LIST,
    KEY,
    LEAST_PACKET,
    PREFIX,
    SecretKey,
    read_prefix,
)
from salus.kernel.crypt4gh.segments import (
    BATCH,
    BATCH_BODY,
    BATCH_PLAIN,
    NONCE,
    OVERHEAD,
    SEGMENT,
    body_size,
    plain_capacity,
)

MOST_PACKETS = 65_536
LONGEST_PACKET = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ForeignHeader:
    """What one reader could open: data keys, the edit list if any, and where the body begins."""

    deks: tuple[bytes, ...] = field(repr=False)
    edits: tuple[int, ...] | None
    size: int


@dataclass(frozen=True, slots=True)
class Span:
    """Plaintext from `start` to before `end` that the edit list keeps, and where it goes."""

    start: int
    end: int
    target: int


def spans(edits: Sequence[int] | None, plain_size: int) -> list[Span]:
    """What an edit list of (skip, keep, skip, ...) keeps; an odd list keeps the rest.

    As the standard has it, parts beyond the end are left out, and no list or an empty one keeps
    everything.
    """
    lengths = [*edits] if edits else [0]
    if len(lengths) % 2:
        lengths.append(plain_size)
    kept: list[Span] = []
    at = target = 0
    for skip, keep in zip(lengths[::2], lengths[1::2], strict=True):
        start = min(at + skip, plain_size)
        end = min(start + keep, plain_size)
        if start < end:
            kept.append(Span(start, end, target))
        at, target = end, target + end - start
    return kept


def read_foreign_header(source: Path, secret: bytes) -> ForeignHeader:
    """Raises NotCrypt4gh, UnknownCrypt4gh, HeaderTooLarge, HeaderDamaged, UnknownPacket,
    BadEditList, NotForThisReader, OSError.
    """
    reader = SecretKey.of(secret)
    deks: dict[bytes, None] = {}
    edits: tuple[int, ...] | None = None
    size = PREFIX
    for number, packet in enumerate(_packets(source)):
        size += len(packet)
        content = reader.opened(packet)
        if content is None:
            continue
        kind = int.from_bytes(content[:4], "little")
        if kind == DATA_KEY:
            deks[_data_key(content, number)] = None
        elif kind == EDIT_LIST and edits is None:
            edits = _edit_list(content, number)
        else:
            raise (BadEditList if kind == EDIT_LIST else UnknownPacket)(packet=number)
    if not deks:
        raise NotForThisReader
    return ForeignHeader(tuple(deks), edits, size)


def _packets(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        count = read_prefix(file.read(PREFIX))
        if count > MOST_PACKETS:
            raise HeaderTooLarge(packet=count, limit=MOST_PACKETS)
        for number in range(count):
            length = file.read(4)
            size = int.from_bytes(length, "little")
            if size > LONGEST_PACKET:
                raise HeaderTooLarge(packet=number, limit=LONGEST_PACKET)
            packet = length + file.read(max(0, size - 4))
            if size < LEAST_PACKET or len(packet) != size:
                raise HeaderDamaged(packet=number)
            yield packet


def _data_key(content: bytes, number: int) -> bytes:
    if len(content) < 8 + KEY or content[4:8] != bytes(4):
        raise UnknownPacket(packet=number)
    return content[8 : 8 + KEY]  # what follows is padding, which the standard allows


def _edit_list(content: bytes, number: int) -> tuple[int, ...]:
    count = int.from_bytes(content[4:8], "little")
    if len(content) < 8 + 8 * count:
        raise BadEditList(packet=number)
    places = range(8, 8 + 8 * count, 8)
    return tuple(int.from_bytes(content[at : at + 8], "little") for at in places)


def decrypt_file(
    source: Path,
    target: Path,
    secret: bytes,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> int:
    """Decrypt a foreign file for a reader's 32 secret bytes; answers the plaintext bytes kept.

    `target` appears only when all of it is right. Raises what `read_foreign_header` does, and
    BodyDamaged with the segment's number, FileChanged.
    """
    header = read_foreign_header(source, secret)
    with reading(source) as body, appearing(target) as plain:
        capacity = plain_capacity(os.fstat(body).st_size - header.size)
        kept = spans(header.edits, capacity)
        run = _Import(source, body, plain, header, capacity, tuple(kept))
        run.start(threads, progress)
        return sum(span.end - span.start for span in kept)


@dataclass(frozen=True, slots=True)
class _Import:
    path: Path
    source: int
    target: int
    header: ForeignHeader
    capacity: int
    kept: tuple[Span, ...]

    def start(self, threads: int, progress: Progress | None) -> None:
        count = -(-self.capacity // BATCH_PLAIN)
        share_out(count, self._worker, threads=threads, progress=progress)

    def _worker(self) -> Work:
        ciphers = [ChaCha20Poly1305(dek) for dek in self.header.deks]
        plain, body = memoryview(bytearray(BATCH_PLAIN)), memoryview(bytearray(BATCH_BODY))

        def work(piece: int) -> int:
            start = piece * BATCH_PLAIN
            end = min(start + BATCH_PLAIN, self.capacity)
            parts = self._parts(start, end)
            if not parts:
                return 0
            sealed = body[: body_size(end - start)]
            read_at(self.source, sealed, self.header.size + piece * BATCH_BODY, self.path)
            _open_with(ciphers, sealed, plain, piece * BATCH)
            for part in parts:
                write_at(self.target, plain[part.start - start : part.end - start], part.target)
            return sum(part.end - part.start for part in parts)

        return work

    def _parts(self, start: int, end: int) -> list[Span]:
        """What is kept of one batch."""
        parts: list[Span] = []
        place = max(0, bisect_right(self.kept, start, key=lambda span: span.start) - 1)
        while place < len(self.kept) and self.kept[place].start < end:
            span = self.kept[place]
            low, high = max(span.start, start), min(span.end, end)
            if low < high:
                parts.append(Span(low, high, span.target + low - span.start))
            place += 1
        return parts


def _open_with(
    ciphers: list[ChaCha20Poly1305], body: memoryview, plain: memoryview, first: int
) -> None:
    """Decrypt a batch; the key that opened one segment is tried first on the next."""
    at = 0
    for number, start in enumerate(range(0, len(body), SEGMENT), first):
        segment = body[start : start + SEGMENT]
        end = at + len(segment) - OVERHEAD
        for place, cipher in enumerate(ciphers):
            if _opens(cipher, segment, plain[at:end]):
                ciphers.insert(0, ciphers.pop(place))
                break
        else:
            raise BodyDamaged(segment=number)
        at = end


def _opens(cipher: ChaCha20Poly1305, segment: memoryview, plain: memoryview) -> bool:
    try:
        cipher.decrypt_into(segment[:NONCE], segment[NONCE:], None, plain)
    except InvalidTag:
        return False
    return True
