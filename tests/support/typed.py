"""What the general encoder of EIP-712 signs, for types that are hashed by hand."""

from collections.abc import Mapping
from typing import Any

from eth_account.messages import encode_typed_data

from salus.kernel.secp256k1 import keccak256


def general(
    owner: str, chain: int, contract: bytes, kind: str, message: Mapping[str, Any]
) -> bytes:
    """The digest of a flat type, such as `Held(bytes32 dealing,uint8 index)`."""
    primary, _, members = kind.removesuffix(")").partition("(")
    typed = [
        dict(zip(("type", "name"), each.split(" "), strict=True)) for each in members.split(",")
    ]
    domain = {
        "name": owner,
        "version": "1",
        "chainId": chain,
        "verifyingContract": "0x" + contract.hex(),
    }
    signed = encode_typed_data(domain, {primary: typed}, dict(message))
    return keccak256(b"\x19" + signed.version + signed.header + signed.body)
