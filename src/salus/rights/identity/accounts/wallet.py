"""A hosted wallet: one root of 32 bytes, from which every key of a person follows.

The node keeps the root only sealed: under the password, and under the recovery code. Whoever has
the database and neither of them opens nothing.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from salus.kernel.encoding import TAG
from salus.kernel.hpke import SECRET_SIZE, ReaderKey
from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.rights.identity.accounts import stretching
from salus.rights.identity.accounts.stretching import SALT

ROOT_SIZE = 32
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1, SEC 2


@dataclass(frozen=True, slots=True)
class Wallet:
    """The keys of one person."""

    root: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "Wallet":
        return cls(secrets.token_bytes(ROOT_SIZE))

    def controller(self, record: RecordId) -> SigningKey:
        """The key that controls a record; each record has one of its own."""
        wide = self._derive(b"controller" + record_text(record).encode(), 48)
        number = int.from_bytes(wide, "big") % (_ORDER - 1) + 1  # FIPS 186-5 A.2.1
        return SigningKey.from_bytes(number.to_bytes(32, "big"))

    def guardian(self) -> SigningKey:
        """The key by which this person guards or acts for others."""
        wide = self._derive(b"guardian", 48)
        number = int.from_bytes(wide, "big") % (_ORDER - 1) + 1
        return SigningKey.from_bytes(number.to_bytes(32, "big"))

    def reader(self) -> ReaderKey:
        """The key that is sealed to when this person reads."""
        return ReaderKey.from_bytes(self._derive(b"reader", SECRET_SIZE))

    def _derive(self, what: bytes, length: int) -> bytes:
        info = TAG("salus/wallet/1") + what
        return HKDF(SHA256(), length=length, salt=None, info=info).derive(self.root)


def seal(root: bytes, secret: str) -> bytes:
    """A keystore: salt, then AES-256-GCM under Argon2id of a password or code (RFC 9106 4)."""
    salt = secrets.token_bytes(SALT)
    return salt + seal_at_rest(_stretched(secret, salt), TAG("salus/keystore/1"), root)


def open_keystore(keystore: bytes, secret: str) -> Wallet:
    """Raises KeyDamaged for another secret."""
    key = _stretched(secret, keystore[:SALT])
    return Wallet(open_at_rest(key, TAG("salus/keystore/1"), keystore[SALT:]))


def _stretched(secret: str, salt: bytes) -> bytes:
    return stretching.argon2id(salt, stretching.KEYSTORE).derive(secret.encode())
