"""HPKE (RFC 9180), base mode, single shot: ML-KEM-768 with X25519, SHAKE256, ChaCha20-Poly1305.

Binding is through `info` only. A public key is 1,184 + 32 bytes, the overhead 1,136 bytes.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest

PUBLIC_SIZE = 1184 + 32
SECRET_SIZE = 64 + 32
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.CHACHA20_POLY1305)


class NotForThisKey(SalusError):
    """The sealed message does not open with this key and place."""

    hint = "Ask for it again with the key of this reader."


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """A secret key to be sealed to; its repr never shows it."""

    _mlkem: MLKEM768PrivateKey
    _x25519: X25519PrivateKey
    _both: MLKEM768X25519PrivateKey

    @classmethod
    def generate(cls) -> "ReaderKey":
        return cls._of(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, secret: bytes) -> "ReaderKey":
        """`secret`: ML-KEM seed of 64 bytes, X25519 scalar of 32. Raises ValueError."""
        if len(secret) != SECRET_SIZE:
            raise ValueError("a reader key has 96 bytes")
        mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:64])
        return cls._of(mlkem, X25519PrivateKey.from_private_bytes(secret[64:]))

    @classmethod
    def _of(cls, mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey) -> "ReaderKey":
        return cls(mlkem, x25519, MLKEM768X25519PrivateKey(mlkem, x25519))

    def secret(self) -> bytes:
        return self._mlkem.private_bytes_raw() + self._x25519.private_bytes_raw()

    def public(self) -> bytes:
        """1,216 bytes."""
        mlkem, x25519 = self._mlkem.public_key(), self._x25519.public_key()
        return mlkem.public_bytes_raw() + x25519.public_bytes_raw()

    def open(self, info: bytes, sealed: bytes) -> bytes:
        """Raises NotForThisKey."""
        try:
            return _SUITE.decrypt(sealed, self._both, info)
        except (InvalidTag, ValueError):
            raise NotForThisKey from None

    def __repr__(self) -> str:
        return f"ReaderKey({key_hash(self.public()).hex()[:16]})"


def seal(public: bytes, info: bytes, message: bytes) -> bytes:
    """Raises ValueError when `public` is not a key of 1,216 bytes."""
    return _SUITE.encrypt(message, _public_key(public), info)


@lru_cache(maxsize=1024)
def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_SIZE:
        raise ValueError("a public key has 1216 bytes")
    mlkem = MLKEM768PublicKey.from_public_bytes(public[:1184])
    return MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(public[1184:]))


def key_hash(public: bytes) -> Digest:
    """What the ledger knows of a key to be sealed to."""
    return Digest(sha256(public).digest())
