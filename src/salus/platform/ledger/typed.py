"""EIP-712 digests of verbs, derived from the ABI: the twin of what each contract computes.

The primary type is the verb capitalized; its members are the arguments in their order without
those of type Intent and Actor, then `uint256 nonce,uint64 deadline`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from salus.kernel.eip712 import digest, domain_separator
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.contracts import Contract, Interface, Json

_AUTHORITY = ("Intent", "Actor")
_NONCE: Json = {"name": "nonce", "type": "uint256"}
_DEADLINE: Json = {"name": "deadline", "type": "uint64"}
_Encode = Callable[[Any], bytes]

_separator = lru_cache(maxsize=256)(domain_separator)


def typed_digest(
    contract: Contract,
    verb: str,
    arguments: Sequence[Any],
    *,
    nonce: int,
    deadline: int,
    chain_id: int,
    primary: str | None = None,
) -> bytes:
    """What the signer of a verb signs, 32 bytes.

    `arguments` are those of the verb but the authorities. `primary` names another party's own
    type. Raises ValueError when a value does not fit its type.
    """
    kind = _verb_type(contract.interface, verb, primary or verb[0].upper() + verb[1:])
    separator = _separator(contract.name, chain_id, contract.address)
    return digest(separator, kind.encode((*arguments, nonce, deadline)))


def type_string(interface: Interface, verb: str, primary: str | None = None) -> str:
    """The EIP-712 type of a verb: `Revoke(bytes32 grant,uint256 nonce,uint64 deadline)`."""
    return _verb_type(interface, verb, primary or verb[0].upper() + verb[1:]).text


@dataclass(frozen=True, slots=True)
class _Struct:
    text: str
    encode: _Encode


@lru_cache(maxsize=1024)
def _verb_type(interface: Interface, verb: str, primary: str) -> _Struct:
    inputs = [
        entry
        for entry in interface.functions[verb].entry["inputs"]
        if _struct_name(entry) not in _AUTHORITY
    ]
    return _struct(primary, [*inputs, _NONCE, _DEADLINE])


def _struct(name: str, parts: Sequence[Json]) -> _Struct:
    """Encoding of a struct: its type hash, then one word a member (EIP-712, encodeData)."""
    referenced = dict(_referenced(parts))
    text = _line(name, parts) + "".join(
        _line(other, referenced[other]) for other in sorted(referenced)
    )
    type_hash, encoders = keccak256(text.encode()), [_encoder(part) for part in parts]

    def encode(values: Any) -> bytes:
        if len(values) != len(encoders):
            raise ValueError(f"{name} has {len(encoders)} members, not {len(values)}")
        pairs = zip(encoders, values, strict=True)
        return keccak256(type_hash + b"".join([word(value) for word, value in pairs]))

    return _Struct(text, encode)


def _line(name: str, parts: Sequence[Json]) -> str:
    members = ",".join(f"{_typed(part)} {part['name']}" for part in parts)
    return f"{name}({members})"


def _referenced(parts: Sequence[Json]) -> Iterator[tuple[str, Sequence[Json]]]:
    for part in parts:
        if part["type"].startswith("tuple"):
            yield _struct_name(part), part["components"]
            yield from _referenced(part["components"])


def _struct_name(entry: Json) -> str:
    """`struct IConsentRegistry.Proposal[]` is `Proposal`; what is no struct has no name."""
    kind, _, name = str(entry.get("internalType", "")).partition(" ")
    return name.rpartition(".")[2].partition("[")[0] if kind == "struct" else ""


def _typed(entry: Json) -> str:
    kind = str(entry["type"])
    return _struct_name(entry) + kind[5:] if kind.startswith("tuple") else kind


# ENCODERS: one word of 32 bytes for each member


def _encoder(entry: Json) -> _Encode:
    kind = str(entry["type"])
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        return _array(_encoder({**entry, "type": inner}), int(count) if count else None)
    if kind == "tuple":
        return _struct(_struct_name(entry), entry["components"]).encode
    if kind == "string":
        return lambda value: keccak256(value.encode())
    if kind == "bytes":
        return lambda value: keccak256(bytes(value))
    return _word(kind)


def _word(kind: str) -> _Encode:
    if kind == "bool":
        return lambda value: bytes(31) + bytes((bool(value),))
    if kind == "address":
        return _bytes(20, left=True)
    if kind.startswith("bytes"):
        return _bytes(int(kind[5:]), left=False)
    if kind.startswith("uint"):
        return _integer(0, 2 ** int(kind[4:]))
    return _integer(-(2 ** (int(kind[3:]) - 1)), 2 ** (int(kind[3:]) - 1))


def _array(inner: _Encode, count: int | None) -> _Encode:
    def encode(values: Sequence[Any]) -> bytes:
        if count is not None and len(values) != count:
            raise ValueError(f"{len(values)} elements, not {count}")
        return keccak256(b"".join([inner(value) for value in values]))

    return encode


def _bytes(size: int, *, left: bool) -> _Encode:
    padding = bytes(32 - size)

    def encode(value: bytes) -> bytes:
        if len(value) != size:
            raise ValueError(f"{len(value)} bytes, not {size}")
        return padding + value if left else value + padding

    return encode


def _integer(low: int, high: int) -> _Encode:
    def encode(value: int) -> bytes:
        if not low <= value < high:
            raise ValueError(f"{value} is not from {low} to {high - 1}")
        return int(value).to_bytes(32, "big", signed=low < 0)

    return encode
