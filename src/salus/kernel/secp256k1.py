"""Keys and signatures of the ledger: secp256k1 with recovery, Keccak-256 addresses."""

from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey
from sha3 import keccak_256

from salus.kernel.ids import Address

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF_ORDER = ORDER // 2


def keccak256(data: bytes) -> bytes:
    return bytes(keccak_256(data).digest())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret scalar; its repr never shows it."""

    _key: PrivateKey
    address: Address

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls._of(PrivateKey())

    @classmethod
    def from_bytes(cls, secret: bytes) -> "SigningKey":
        """`secret`: 32 bytes. Raises ValueError when it is not in 1..n-1."""
        return cls._of(PrivateKey(secret))

    @classmethod
    def _of(cls, key: PrivateKey) -> "SigningKey":
        return cls(key, _address(key.public_key))

    def secret(self) -> bytes:
        return self._key.secret

    def sign(self, digest: bytes) -> bytes:
        """65 bytes r, s, v over a 32-byte digest; v is 27 or 28 and s is low (EIP-2)."""
        raw = self._key.sign_recoverable(digest, hasher=None)
        return raw[:64] + bytes([raw[64] + 27])

    def __repr__(self) -> str:
        return f"SigningKey(0x{self.address.hex()})"


def recover(digest: bytes, signature: bytes) -> Address | None:
    """Who signed, or None for anything but 65 bytes with a low s and v of 27 or 28."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64], "big") > HALF_ORDER:
        return None
    raw = signature[:64] + bytes([signature[64] - 27])
    try:
        return _address(PublicKey.from_signature_and_message(raw, digest, hasher=None))
    except Exception:  # noqa: BLE001 - coincurve raises bare Exception for a bad signature
        return None


def _address(key: PublicKey) -> Address:
    return Address(keccak256(key.format(compressed=False)[1:])[12:])
