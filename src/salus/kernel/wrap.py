"""Keys that protect keys: the unit key (KEK), its check value, wraps, and sealing at rest."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from salus.kernel.encoding import TAG
from salus.kernel.errors import SalusError


class KeyDamaged(SalusError):
    """A stored key does not open: it was changed, or the storage key is another one."""

    hint = "Restore the store together with the storage key that belongs to it."
    status = 500


def kek(x_cust: int, x_gate: bytes, bind: bytes) -> bytes:
    """The key of a unit, 32 bytes, from both halves and the 64 bytes that bind them."""
    return _derive(x_cust, x_gate, TAG("salus/kek/1") + bind)


def kek_check(x_cust: int, x_gate: bytes, bind: bytes) -> bytes:
    """Proves that a combination is right and reveals nothing of the KEK; 32 bytes."""
    return _derive(x_cust, x_gate, TAG("salus/kek-check/1") + bind)


def _derive(x_cust: int, x_gate: bytes, info: bytes) -> bytes:
    hkdf = HKDF(SHA256(), length=32, salt=TAG("salus/unit-key/1"), info=info)
    return hkdf.derive(x_cust.to_bytes(32, "little") + x_gate)


def wrap_keys(kek: bytes, dek: bytes, seed: bytes) -> bytes:
    """AES-256-KWP over data key and seed of 32 bytes each (RFC 5649), 72 bytes."""
    return aes_key_wrap_with_padding(kek, dek + seed)


def unwrap_keys(kek: bytes, wrap: bytes) -> tuple[bytes, bytes]:
    """Data key and seed. Raises KeyDamaged."""
    try:
        both = aes_key_unwrap_with_padding(kek, wrap)
    except InvalidUnwrap:
        raise KeyDamaged from None
    if len(both) != 64:
        raise KeyDamaged
    return both[:32], both[32:]


def seal_at_rest(storage_key: bytes, place: bytes, plain: bytes) -> bytes:
    """AES-256-GCM; `place` names table and primary key, so that rows cannot be swapped."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(storage_key).encrypt(nonce, plain, place)


def open_at_rest(storage_key: bytes, place: bytes, sealed: bytes) -> bytes:
    """Raises KeyDamaged."""
    try:
        return AESGCM(storage_key).decrypt(sealed[:12], sealed[12:], place)
    except (InvalidTag, ValueError):
        raise KeyDamaged from None
