"""The data part: segments of nonce 12, ciphertext of up to 65,536 plaintext bytes, tag 16.

ChaCha20-Poly1305 (RFC 8439) without associated data. The standard alone does not notice a
truncated, swapped or repeated segment, so every body is known by the root over its segments, and
each segment is checked against it before its plaintext leaves this module.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.errors import BodyDamaged
from salus.kernel.merkle import leaf_hash, root

PLAIN = 65_536
NONCE = 12
TAG_SIZE = 16
OVERHEAD = NONCE + TAG_SIZE
SEGMENT = PLAIN + OVERHEAD
LEAF = b"\x60"
_BUCKETS = (4 * 1024, 16 * 1024, 64 * 1024)


def padded_size(plain_size: int) -> int:
    """4, 16 or 64 KiB, then multiples of 64 KiB: what a stored size may tell."""
    for bucket in _BUCKETS:
        if plain_size <= bucket:
            return bucket
    return -(-plain_size // PLAIN) * PLAIN


def unpad(plain: bytes, plain_size: int) -> bytes:
    """The first `plain_size` bytes. Raises BodyDamaged when the rest is not the zero padding."""
    if len(plain) != padded_size(plain_size) or any(plain[plain_size:]):
        raise BodyDamaged(segment=plain_size // PLAIN)
    return plain[:plain_size]


def seal_body(plain: bytes, dek: bytes) -> bytes:
    """Encrypt under a data key of 32 bytes that is never used again."""
    cipher = ChaCha20Poly1305(dek)
    starts = range(0, len(plain), PLAIN)
    nonces = secrets.token_bytes(NONCE * len(starts))
    view = memoryview(plain)
    body = bytearray(len(plain) + OVERHEAD * len(starts))
    out = memoryview(body)
    at = 0
    for number, start in enumerate(starts):
        nonce = nonces[NONCE * number : NONCE * (number + 1)]
        size = min(PLAIN, len(plain) - start)
        out[at : at + NONCE] = nonce
        end = at + OVERHEAD + size
        cipher.encrypt_into(nonce, view[start : start + size], None, out[at + NONCE : end])
        at = end
    return bytes(body)


def segment_leaf(segment: bytes) -> bytes:
    return leaf_hash(LEAF + segment)


def segments(body: bytes) -> list[bytes]:
    return [body[at : at + SEGMENT] for at in range(0, len(body), SEGMENT)]


def segment_root(body: bytes) -> bytes:
    """The root over the segments: the name of the body in the vault."""
    return root([segment_leaf(segment) for segment in segments(body)])


def open_body(body: bytes, dek: bytes, expected_root: bytes) -> bytes:
    """The padded plaintext of a whole body. Raises BodyDamaged with the segment's number."""
    parts = segments(body)
    if not parts or root([segment_leaf(part) for part in parts]) != expected_root:
        raise BodyDamaged(segment=0)
    cipher = ChaCha20Poly1305(dek)
    return b"".join(_open_segment(cipher, part, number) for number, part in enumerate(parts))


def _open_segment(cipher: ChaCha20Poly1305, segment: bytes, number: int) -> bytes:
    try:
        return cipher.decrypt(segment[:NONCE], segment[NONCE:], None)
    except (InvalidTag, ValueError):
        raise BodyDamaged(segment=number) from None
