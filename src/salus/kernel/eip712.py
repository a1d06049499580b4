"""EIP-712 digests for the few types that are hashed on hot paths.

The general encoder costs half of a release, so the caller gives the encoded words; a test compares
each type with the general encoder over random values.
"""

from salus.kernel.encoding import u256
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256

_DOMAIN = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)


def domain_separator(name: str, chain_id: int, contract: Address) -> bytes:
    """The separator of `{name, "1", chain_id, contract}`, 32 bytes."""
    return keccak256(
        _DOMAIN + keccak256(name.encode()) + keccak256(b"1") + u256(chain_id) + word(contract)
    )


def word(value: bytes | int) -> bytes:
    """A value as one ABI word: integers and addresses right-aligned."""
    return u256(value) if isinstance(value, int) else value.rjust(32, b"\0")


def struct_hash(type_hash: bytes, *words: bytes) -> bytes:
    return keccak256(type_hash + b"".join(words))


def digest(separator: bytes, struct: bytes) -> bytes:
    """What is signed: keccak256(0x19 0x01 separator struct)."""
    return keccak256(b"\x19\x01" + separator + struct)
