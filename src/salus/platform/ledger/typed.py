"""EIP-712 digests of verbs, derived from the ABI: the twin of what each contract computes.

The primary type is the verb capitalized; its members are the arguments in their order without
those of type Intent and Actor, then `uint256 nonce,uint64 deadline`.
"""

import re
from collections.abc import Sequence
from typing import Any

from eth_account.messages import encode_typed_data

from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.contracts import Contract, Json

_AUTHORITY = ("Intent", "Actor")
_STRUCT = re.compile(r"struct (?:\w+\.)?(\w+)")


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
    """What the signer of a verb signs. `primary` names another party's own type."""
    inputs = [
        entry
        for entry in contract.interface.functions[verb].entry["inputs"]
        if _struct_name(entry) not in _AUTHORITY
    ]
    primary = primary or verb[0].upper() + verb[1:]
    types: dict[str, list[dict[str, str]]] = {
        primary: [
            *({"name": each["name"], "type": _typed(each)} for each in inputs),
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint64"},
        ]
    }
    for each in inputs:
        _collect(each, types)
    message = {
        each["name"]: _value(each, value) for each, value in zip(inputs, arguments, strict=True)
    } | {"nonce": nonce, "deadline": deadline}
    domain = {
        "name": contract.name,
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": "0x" + contract.address.hex(),
    }
    signable = encode_typed_data(domain, types, message)
    return keccak256(b"\x19\x01" + signable.header + signable.body)


def _struct_name(entry: Json) -> str:
    """`struct IConsentRegistry.Proposal[]` is `Proposal`."""
    found = _STRUCT.match(str(entry["internalType"]))
    return found[1] if found else ""


def _typed(entry: Json) -> str:
    kind = str(entry["type"])
    return _struct_name(entry) + kind[5:] if kind.startswith("tuple") else kind


def _collect(entry: Json, types: dict[str, list[dict[str, str]]]) -> None:
    if not entry["type"].startswith("tuple"):
        return
    parts = entry["components"]
    types[_struct_name(entry)] = [{"name": each["name"], "type": _typed(each)} for each in parts]
    for each in parts:
        _collect(each, types)


def _value(entry: Json, value: Any) -> Any:
    kind = str(entry["type"])
    if kind.endswith("]"):
        inner = entry | {"type": kind[: kind.rindex("[")]}
        return [_value(inner, each) for each in value]
    if kind == "tuple":
        parts = zip(entry["components"], value, strict=True)
        return {each["name"]: _value(each, part) for each, part in parts}
    if kind == "address":
        return "0x" + bytes(value).hex()
    return value
