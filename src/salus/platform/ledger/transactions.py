"""Signed transactions of the relayer: EIP-1559 without fees, and the hashes of blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.platform.ledger.port import Call

_TYPE = b"\x02"


class Malformed(ValueError):
    """Not a signed EIP-1559 transaction."""


@dataclass(frozen=True, slots=True)
class Transaction:
    hash: bytes
    sender: Address
    nonce: int
    to: bytes
    input: bytes
    gas: int


def sign(call: Call, *, nonce: int, chain_id: int, price: int, key: SigningKey) -> bytes:
    """The raw transaction (EIP-2718 type 2) that carries a call."""
    fields: list[Any] = [chain_id, nonce, 0, price, call.gas, call.to, 0, call.input, []]
    signature = key.sign(keccak256(_TYPE + rlp.encode(fields)))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return _TYPE + rlp.encode([*fields, signature[64] - 27, r, s])


def read(raw: bytes, *, chain_id: int, sender: Address | None = None) -> Transaction:
    """Decode a raw transaction; its signature is checked unless `sender` is already known.

    Raises Malformed.
    """
    if raw[:1] != _TYPE:
        raise Malformed("only EIP-1559 transactions")
    try:
        fields = rlp.decode(raw[1:])
        chain, nonce, _, _, gas, to, _, content, _, parity, r, s = fields
    except (rlp.DecodingError, ValueError, TypeError):
        raise Malformed("not RLP of 12 fields") from None
    if _int(chain) != chain_id:
        raise Malformed("another chain")
    if sender is None:
        signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([27 + _int(parity)])
        sender = recover(keccak256(_TYPE + rlp.encode(fields[:9])), signature)
        if sender is None:
            raise Malformed("bad signature")
    return Transaction(keccak256(raw), sender, _int(nonce), to, content, _int(gas))


def _int(field: bytes) -> int:
    return int.from_bytes(field, "big")


def created_address(sender: bytes, nonce: int) -> Address:
    """Where CREATE puts a contract."""
    return Address(keccak256(rlp.encode([sender, nonce]))[12:])


def block_hash(parent: bytes, number: int, time: int, transactions: Sequence[bytes]) -> bytes:
    """The hash of an embedded block: over its parent, number, time and transaction hashes."""
    return keccak256(rlp.encode([parent, number, time, list(transactions)]))
