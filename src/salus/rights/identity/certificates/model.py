"""What a member says of its next certificate, signed with the key that everybody knows. Pure."""

from dataclasses import dataclass
from hashlib import sha256

from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey, keccak256, recover

TYPE = keccak256(b"Certificate(bytes32 genesis,string name,bytes32 certificate)")


@dataclass(frozen=True, slots=True)
class Announcement:
    """`certificate` is PEM; the signature is of the member's signing key, 65 bytes."""

    chain: int
    genesis: Digest
    name: str
    certificate: str
    signature: bytes

    def is_signed_by(self, member: Address) -> bool:
        hashed = digest_of(self.chain, self.genesis, self.name, self.certificate)
        return recover(hashed, self.signature) == member


def announce(
    chain: int, genesis: Digest, name: str, certificate: str, *, by: SigningKey
) -> Announcement:
    signature = by.sign(digest_of(chain, genesis, name, certificate))
    return Announcement(chain, genesis, name, certificate, signature)


def digest_of(chain: int, genesis: Digest, name: str, certificate: str) -> Digest:
    """EIP-712, so that no other signature of the key can be taken for this one."""
    hashed = sha256(certificate.encode()).digest()
    struct = struct_hash(TYPE, word(genesis), keccak256(name.encode()), word(hashed))
    return Digest(digest(domain_separator("Salus", chain, NOBODY), struct))
