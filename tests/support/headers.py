"""The hash of a block from its payload, written from the standards and not from our code.

RLP and the Merkle Patricia trie of Ethereum's yellow paper; EIP-1559, EIP-4895, EIP-4844 and
EIP-4788 add the last members of a header.
"""

from collections.abc import Sequence
from typing import Any

import rlp

from salus.kernel.secp256k1 import keccak256
from salus.surfaces.validator.rules import beacon_root

NO_UNCLES = keccak256(rlp.encode([]))
EMPTY_TRIE = keccak256(rlp.encode(b""))


def block_hash(payload: dict[str, Any]) -> bytes:
    """What the execution client must compute too."""
    parent = _bytes(payload["parentHash"])
    return keccak256(
        rlp.encode(
            [
                parent,
                NO_UNCLES,
                _bytes(payload["feeRecipient"]),
                _bytes(payload["stateRoot"]),
                _root([_bytes(each) for each in payload["transactions"]]),
                _bytes(payload["receiptsRoot"]),
                _bytes(payload["logsBloom"]),
                b"",  # difficulty
                _number(payload["blockNumber"]),
                _number(payload["gasLimit"]),
                _number(payload["gasUsed"]),
                _number(payload["timestamp"]),
                _bytes(payload["extraData"]),
                _bytes(payload["prevRandao"]),
                bytes(8),  # nonce
                _number(payload["baseFeePerGas"]),
                _root([_withdrawal(each) for each in payload["withdrawals"]]),
                _number(payload["blobGasUsed"]),
                _number(payload["excessBlobGas"]),
                beacon_root(parent),
            ]
        )
    )


def _withdrawal(found: dict[str, str]) -> bytes:
    names = ("index", "validatorIndex", "address", "amount")
    return bytes(
        rlp.encode(
            [_bytes(found[name]) if name == "address" else _number(found[name]) for name in names]
        )
    )


def _root(values: Sequence[bytes]) -> bytes:
    """Of a trie from position to value; at most two, which is all that is needed here."""
    paths = {bytes(rlp.encode(_trimmed(place))): value for place, value in enumerate(values)}
    if not paths:
        return EMPTY_TRIE
    if len(paths) == 1:
        ((path, value),) = paths.items()
        return keccak256(rlp.encode([_leaf(_nibbles(path)), value]))
    assert len(paths) == 2, "this is not a whole trie"
    branch: list[Any] = [b""] * 17
    for path, value in paths.items():
        first, *rest = _nibbles(path)
        node = [_leaf(rest), value]
        encoded = rlp.encode(node)
        branch[first] = node if len(encoded) < 32 else keccak256(encoded)
    return keccak256(rlp.encode(branch))


def _leaf(nibbles: Sequence[int]) -> bytes:
    """A path of a leaf with its flag: 2 when even, 3 when odd."""
    padded = [3, *nibbles] if len(nibbles) % 2 else [2, 0, *nibbles]
    return bytes(16 * high + low for high, low in zip(padded[::2], padded[1::2], strict=True))


def _nibbles(path: bytes) -> list[int]:
    return [half for byte in path for half in (byte >> 4, byte & 15)]


def _number(text: str) -> bytes:
    return _trimmed(int(text, 16))


def _trimmed(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
