"""The one transaction of a CometBFT block: a compressed payload of the execution chain."""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from salus.kernel.ids import Address, Digest
from salus.surfaces.validator.errors import Oversized, Undecodable
from salus.surfaces.validator.model import Head

PACKED_LIMIT = 20 * 2**20  # bytes; CometBFT takes blocks of 21 MiB
LIMIT = 40 * 2**20  # bytes of JSON: 60 million gas of calldata are 30 MB in hex
_FASTEST = 1
_QUANTITY = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,63})")
_HEX = re.compile(r"0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Payload:
    """ExecutionPayloadV3 of the Engine API: what the rules look at, and all of it as JSON."""

    parent: Digest
    recipient: Address
    mix: bytes
    number: int
    gas_limit: int
    time: int
    hash: Digest
    transactions: int
    withdrawals: int
    blob_gas: int
    document: Mapping[str, Any]

    @property
    def head(self) -> Head:
        return Head(self.number, self.hash, self.time)


def pack(payload: Payload) -> bytes:
    return zlib.compress(orjson.dumps(payload.document), _FASTEST)


def unpack(packed: bytes) -> Payload:
    """Raises Oversized and Undecodable; what comes out never grows beyond the limit."""
    if len(packed) > PACKED_LIMIT:
        raise Oversized(limit=PACKED_LIMIT)
    inflating = zlib.decompressobj()
    try:
        raw = inflating.decompress(packed, LIMIT + 1)
    except zlib.error:
        raise Undecodable(member="compression") from None
    if len(raw) > LIMIT:
        raise Oversized(limit=LIMIT)
    if not inflating.eof or inflating.unused_data:
        raise Undecodable(member="compression")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Undecodable(member="JSON") from None
    return read(document)


def read(document: Any) -> Payload:
    """A payload from its JSON members, no more and no fewer. Raises Undecodable."""
    if not isinstance(document, dict) or document.keys() != _MEMBERS.keys():
        raise Undecodable(member="members")
    found = {}
    for name, decode in _MEMBERS.items():
        try:
            found[name] = decode(document[name])
        except (ValueError, TypeError, AttributeError):
            raise Undecodable(member=name) from None
    return Payload(
        Digest(found["parentHash"]),
        Address(found["feeRecipient"]),
        found["prevRandao"],
        found["blockNumber"],
        found["gasLimit"],
        found["timestamp"],
        Digest(found["blockHash"]),
        found["transactions"],
        found["withdrawals"],
        found["blobGasUsed"],
        document,
    )


def _of(size: int) -> Callable[[str], bytes]:
    def decode(text: str) -> bytes:
        if len(text) != 2 + 2 * size:
            raise ValueError("of another size")
        return _bytes(text)

    return decode


def _bytes(text: str) -> bytes:
    if not _is_bytes(text):
        raise ValueError("not lower-case hex")
    return bytes.fromhex(text[2:])


def _is_bytes(text: str) -> bool:
    return len(text) % 2 == 0 and _HEX.fullmatch(text) is not None


def _quantity(text: str) -> int:
    if not _QUANTITY.fullmatch(text):
        raise ValueError("not a quantity")
    return int(text, 16)


def _transactions(found: list[str]) -> int:
    if not isinstance(found, list) or not all(map(_is_bytes, found)):
        raise ValueError("not transactions")
    return len(found)


def _withdrawals(found: list[Any]) -> int:
    if not isinstance(found, list):
        raise TypeError("not withdrawals")
    return len(found)


_MEMBERS: dict[str, Callable[[Any], Any]] = {
    "parentHash": _of(32),
    "feeRecipient": _of(20),
    "stateRoot": _of(32),
    "receiptsRoot": _of(32),
    "logsBloom": _of(256),
    "prevRandao": _of(32),
    "blockNumber": _quantity,
    "gasLimit": _quantity,
    "gasUsed": _quantity,
    "timestamp": _quantity,
    "extraData": _bytes,
    "baseFeePerGas": _quantity,
    "blockHash": _of(32),
    "transactions": _transactions,
    "withdrawals": _withdrawals,
    "blobGasUsed": _quantity,
    "excessBlobGas": _quantity,
}
