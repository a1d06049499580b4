"""Segments of the data part: nonce 12, ciphertext of up to 65,536 plaintext bytes, tag 16.

ChaCha20-Poly1305 (RFC 8439) without associated data. The functions work on memory that the caller
owns and reuses; they release the interpreter lock while they encrypt and hash.
"""

import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.errors import BodyDamaged, FileTooLarge

PLAIN = 65_536
NONCE = 12
TAG_SIZE = 16
OVERHEAD = NONCE + TAG_SIZE
SEGMENT = PLAIN + OVERHEAD
BATCH = 8  # segments a file call: half a megabyte stays in the cache from read to write
BATCH_PLAIN, BATCH_BODY = BATCH * PLAIN, BATCH * SEGMENT
MOST_SEGMENTS = 2**28  # under one key: keeps the risk of a repeated random nonce below 2^-41
_BUCKETS = (4 * 1024, 16 * 1024, 64 * 1024)
_LEAF = sha256(b"\0\x60")  # RFC 6962 leaf, level 60: encrypted segments


def padded_size(plain_size: int) -> int:
    """4, 16 or 64 KiB, then multiples of 64 KiB: what a stored size may tell."""
    for bucket in _BUCKETS:
        if plain_size <= bucket:
            return bucket
    return -(-plain_size // PLAIN) * PLAIN


def require_one_key(plain_size: int) -> None:
    """Raises FileTooLarge for a file that needs more than one data key."""
    if plain_size > MOST_SEGMENTS * PLAIN:
        raise FileTooLarge(size=plain_size, limit=MOST_SEGMENTS * PLAIN)


def is_zero(plain: memoryview) -> bool:
    """Whether all bytes are zero, as padding has to be."""
    return bytes(plain) == bytes(len(plain))


def segment_count(body_size: int) -> int:
    return -(-body_size // SEGMENT)


def body_size(plain_size: int) -> int:
    """Bytes of the body that holds so many plaintext bytes, padding included."""
    return plain_size + OVERHEAD * -(-plain_size // PLAIN)


def plain_capacity(body_size: int) -> int:
    """Plaintext bytes in a body of this size. Raises BodyDamaged for a size that no body has."""
    whole, rest = divmod(body_size, SEGMENT)
    if 0 < rest <= OVERHEAD:
        raise BodyDamaged(segment=whole)
    return whole * PLAIN + max(0, rest - OVERHEAD)


def segment_leaf(segment: bytes | memoryview) -> bytes:
    """The hash that the segment tree is made of."""
    leaf = _LEAF.copy()
    leaf.update(segment)
    return leaf.digest()


def leaves(body: bytes | memoryview) -> list[bytes]:
    """The leaf of each segment, 32 bytes."""
    view = memoryview(body)
    return [segment_leaf(view[at : at + SEGMENT]) for at in range(0, len(view), SEGMENT)]


def seal_into(cipher: ChaCha20Poly1305, plain: memoryview, body: memoryview) -> int:
    """Encrypt all of `plain` into the start of `body`; answers how much of it is used."""
    starts = range(0, len(plain), PLAIN)
    nonces = secrets.token_bytes(NONCE * len(starts))
    at = 0
    for number, start in enumerate(starts):
        nonce = nonces[NONCE * number : NONCE * (number + 1)]
        piece = plain[start : start + PLAIN]
        end = at + OVERHEAD + len(piece)
        body[at : at + NONCE] = nonce
        cipher.encrypt_into(nonce, piece, None, body[at + NONCE : end])
        at = end
    return at


def open_into(cipher: ChaCha20Poly1305, body: memoryview, plain: memoryview, first: int) -> int:
    """Decrypt all of `body` into the start of `plain`; answers how much of it is used.

    Raises BodyDamaged with the segment's number, counted from `first`.
    """
    at = 0
    for number, start in enumerate(range(0, len(body), SEGMENT)):
        segment = body[start : start + SEGMENT]
        end = at + len(segment) - OVERHEAD
        try:
            cipher.decrypt_into(segment[:NONCE], segment[NONCE:], None, plain[at:end])
        except (InvalidTag, ValueError):
            raise BodyDamaged(segment=first + number) from None
        at = end
    return at
