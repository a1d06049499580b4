"""Bodies in memory: most sections of a record fit into a few segments.

The standard alone does not notice a truncated, swapped or repeated segment, so every body is known
by the root over its segments, and all of them are checked against it before any plaintext leaves.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from salus.kernel.crypt4gh.errors import BodyDamaged, BodyReplaced
from salus.kernel.crypt4gh.segments import (
    NONCE,
    OVERHEAD,
    PLAIN,
    SEGMENT,
    body_size,
    leaves,
    open_into,
    padded_size,
    plain_capacity,
    seal_into,
    segment_count,
)
from salus.kernel.merkle import root


def unpad(plain: bytes, plain_size: int) -> bytes:
    """The first `plain_size` bytes. Raises BodyDamaged when the rest is not the zero padding."""
    padding = padded_size(plain_size) - plain_size
    if len(plain) != plain_size + padding or not plain.endswith(bytes(padding)):
        raise BodyDamaged(segment=plain_size // PLAIN)
    return plain[:plain_size]


def seal_body(plain: bytes, dek: bytes) -> bytes:
    """Encrypt under a data key of 32 bytes that is never used again."""
    cipher = ChaCha20Poly1305(dek)
    if 0 < len(plain) <= PLAIN:
        nonce = secrets.token_bytes(NONCE)
        return nonce + cipher.encrypt(nonce, plain, None)
    body = bytearray(body_size(len(plain)))
    seal_into(cipher, memoryview(plain), memoryview(body))
    return bytes(body)


def segment_root(body: bytes) -> bytes:
    """The root over the segments: the name of the body in the vault."""
    return root(leaves(body))


def open_body(body: bytes, dek: bytes, expected_root: bytes) -> bytes:
    """The padded plaintext of a whole body.

    Raises BodyDamaged with the segment's number, BodyReplaced when each segment opens, but the
    body is not the one of that root: segments were cut off, swapped, repeated or inserted.
    """
    cipher = ChaCha20Poly1305(dek)
    is_known = body and root(leaves(body)) == expected_root
    if is_known and OVERHEAD < len(body) <= SEGMENT:
        return _open_one(cipher, body)
    plain = bytearray(plain_capacity(len(body)))
    open_into(cipher, memoryview(body), memoryview(plain), 0)
    if not is_known:
        raise BodyReplaced(segments=segment_count(len(body)))
    return bytes(plain)


def _open_one(cipher: ChaCha20Poly1305, segment: bytes) -> bytes:
    try:
        return cipher.decrypt(segment[:NONCE], segment[NONCE:], None)
    except InvalidTag:
        raise BodyDamaged(segment=0) from None
