"""The keys of a validator, in the forms that CometBFT and go-ethereum read."""

import json
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PUBLIC, _SECRET = "tendermint/PubKeyEd25519", "tendermint/PrivKeyEd25519"


@dataclass(frozen=True, slots=True)
class CometKey:
    """An Ed25519 key of CometBFT: of a validator, or of its node among peers."""

    secret: bytes = field(repr=False)
    public: bytes

    @classmethod
    def generate(cls) -> "CometKey":
        return cls.of(secrets.token_bytes(32))

    @classmethod
    def of(cls, secret: bytes) -> "CometKey":
        key = Ed25519PrivateKey.from_private_bytes(secret)
        return cls(secret, key.public_key().public_bytes_raw())

    def address(self) -> str:
        return comet_address(self.public)

    def node_file(self) -> bytes:
        """`node_key.json`."""
        return json.dumps({"priv_key": self._private()}).encode()

    def validator_file(self) -> bytes:
        """`priv_validator_key.json`."""
        content = {
            "address": self.address().upper(),
            "pub_key": public_key(self.public),
            "priv_key": self._private(),
        }
        return json.dumps(content).encode()

    def _private(self) -> dict[str, str]:
        return {"type": _SECRET, "value": b64encode(self.secret + self.public).decode()}


def public_key(public: bytes) -> dict[str, str]:
    """A public key as a member of CometBFT's files."""
    return {"type": _PUBLIC, "value": b64encode(public).decode()}


def comet_address(public: bytes) -> str:
    """40 hex digits that name a key, by CometBFT's crypto/ed25519."""
    return sha256(public).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The secp256k1 key of an execution client among its peers (devp2p)."""

    secret: bytes = field(repr=False)
    public: bytes
    """64 bytes: the point without its prefix."""

    @classmethod
    def generate(cls) -> "ClientKey":
        key = PrivateKey()
        return cls(key.secret, key.public_key.format(compressed=False)[1:])
