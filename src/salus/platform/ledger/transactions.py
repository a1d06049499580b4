"""Signed transactions of the relayer: EIP-1559 with few or no fees, and the hashes of blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256, recover
from salus.platform.ledger import rlp
from salus.platform.ledger.errors import BadTransaction
from salus.platform.ledger.port import Call

MAX_GAS = 100_000_000  # of one transaction; the engine panics from 2^64 on
MAX_INPUT = 1_000_000  # bytes
_TYPE = b"\x02"
_FIELDS = 12
_ACCESS_LIST = 8  # its place
_NUMBERS = (0, 1, 2, 3, 4, 6, 9, 10, 11)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One signed transaction; `to` is empty when it creates a contract."""

    hash: bytes
    sender: Address
    nonce: int
    to: bytes
    input: bytes
    gas: int


def sign(
    call: Call, *, nonce: int, chain_id: int, price: int, key: SigningKey, tip: int = 0
) -> tuple[Transaction, bytes]:
    """The transaction (EIP-2718 type 2) that carries a call, and its bytes.

    `price` and `tip` are the most that a gas may cost, and what its proposer gets of it, in wei.
    Raises BadTransaction when the call is out of bounds.
    """
    _check_bounds(call.to, call.input, call.gas)
    body = b"".join(
        (
            rlp.number(chain_id),
            rlp.number(nonce),
            rlp.number(tip),
            rlp.number(price),
            rlp.number(call.gas),
            rlp.string(call.to),
            rlp.EMPTY_STRING,  # no value
            rlp.string(call.input),
            rlp.EMPTY_LIST,
        )
    )
    signature = key.sign(keccak256(_TYPE + rlp.sequence((body,))))
    parity = rlp.number(signature[64] - 27)
    r, s = (rlp.string(half.lstrip(b"\0")) for half in (signature[:32], signature[32:64]))
    raw = _TYPE + rlp.sequence((body, parity, r, s))
    return Transaction(keccak256(raw), key.address, nonce, call.to, call.input, call.gas), raw


def read(raw: bytes, *, chain_id: int, sender: Address | None = None) -> Transaction:
    """Decode a raw transaction; its signature is checked unless `sender` is already known.

    Raises BadTransaction.
    """
    if raw[:1] != _TYPE:
        raise BadTransaction(reason="only EIP-1559 transactions (type 2) are taken")
    try:
        fields = rlp.flat(raw[1:], empty_list_at=_ACCESS_LIST)
    except rlp.NotRlp:
        raise BadTransaction(reason="it is not RLP, or has an access list") from None
    if len(fields) != _FIELDS or not all(_is_number(fields[at]) for at in _NUMBERS):
        raise BadTransaction(reason="it has not the 12 fields of EIP-1559")
    chain, nonce, _, _, gas, to, value, content, _, parity, r, s = fields
    if len(nonce) > 8:
        raise BadTransaction(reason="its nonce is above 2^64")
    if _int(chain) != chain_id:
        raise BadTransaction(reason="it is for another chain")
    if _int(value):
        raise BadTransaction(reason="this chain has no money to send")
    _check_bounds(to, content, _int(gas))
    if sender is None:
        sender = _signer(fields[:9], parity, r, s)
    return Transaction(keccak256(raw), sender, _int(nonce), to, content, _int(gas))


def priced(raw: bytes) -> tuple[int, int]:
    """Tip and price of a transaction that `sign` made."""
    fields = rlp.flat(raw[1:], empty_list_at=_ACCESS_LIST)
    return _int(fields[2]), _int(fields[3])


def _signer(fields: Sequence[bytes], parity: bytes, r: bytes, s: bytes) -> Address:
    body = [*(rlp.string(each) for each in fields[:8]), rlp.EMPTY_LIST]
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes((27 + (_int(parity) & 1),))
    found = recover(keccak256(_TYPE + rlp.sequence(body)), signature)
    if found is None or _int(parity) > 1:
        raise BadTransaction(reason="its signature is wrong")
    return found


def _is_number(field: bytes) -> bool:
    return len(field) <= 32 and field[:1] != b"\0"


def _check_bounds(to: bytes, content: bytes, gas: int) -> None:
    """What the engine would not survive must not reach the log."""
    if len(to) not in {0, 20}:
        raise BadTransaction(reason="its receiver is not an address")
    if len(content) > MAX_INPUT:
        raise BadTransaction(reason=f"it has more than {MAX_INPUT} bytes")
    if not 0 <= gas <= MAX_GAS:
        raise BadTransaction(reason=f"its gas is above {MAX_GAS}")


def intrinsic_gas(to: bytes, content: bytes) -> int:
    """What a transaction costs before it runs (yellow paper, EIP-2028, EIP-3860)."""
    zeros = content.count(0)
    creation = 0 if to else 32_000 + 2 * ((len(content) + 31) // 32)
    return 21_000 + 4 * zeros + 16 * (len(content) - zeros) + creation


def _int(field: bytes) -> int:
    return int.from_bytes(field, "big")


def created_address(sender: bytes, nonce: int) -> Address:
    """Where CREATE puts a contract."""
    return Address(keccak256(rlp.sequence((rlp.string(sender), rlp.number(nonce))))[12:])


def block_hash(parent: bytes, number: int, time: int, transactions: Sequence[bytes]) -> bytes:
    """The hash of an embedded block: over its parent, number, time and transaction hashes."""
    content = rlp.sequence([rlp.string(each) for each in transactions])
    head = (rlp.string(parent), rlp.number(number), rlp.number(time), content)
    return keccak256(rlp.sequence(head))
